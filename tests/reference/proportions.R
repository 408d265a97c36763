# Proportions, differences, contingency tables, multiplicity, power and descriptive summaries.
suppressPackageStartupMessages(library(jsonlite))
args <- commandArgs(trailingOnly = TRUE)
input <- fromJSON(args[1], simplifyVector = TRUE, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)
wilson <- function(x, n, level)
  suppressWarnings(as.vector(prop.test(x, n, conf.level = level, correct = FALSE)$conf.int))

proportion <- function(xn) lapply(input$levels, function(level) list(
  exact = as.vector(binom.test(xn[1], xn[2], conf.level = level)$conf.int),
  wilson = wilson(xn[1], xn[2], level)))

# Newcombe 1998, method 10, from prop.test's Wilson bounds
difference <- function(v) {
  a <- v[1] / v[2]; b <- v[3] / v[4]; wa <- wilson(v[1], v[2], 0.95); wb <- wilson(v[3], v[4], 0.95)
  c(a - b, a - b - sqrt((a - wa[1])^2 + (wb[2] - b)^2), a - b + sqrt((wa[2] - a)^2 + (b - wb[1])^2))
}

# conditional odds ratio: fisher.test's equations at full precision (its own roots stop at 1e-4)
odds <- function(m, level = 0.95) {
  row <- sum(m[1, ]); col <- sum(m[, 1]); n <- sum(m); x <- m[1, 1]
  s <- max(0, row + col - n):min(row, col)
  w <- function(l) { v <- dhyper(s, col, n - col, row, log = TRUE) + l * s; v <- exp(v - max(v)); v / sum(v) }
  root <- function(f) exp(uniroot(f, c(-40, 40), tol = 1e-14)$root)
  tail <- (1 - level) / 2
  c(if (x == min(s)) 0 else if (x == max(s)) NA else root(function(l) sum(s * w(l)) - x),
    if (x == min(s)) 0 else root(function(l) sum(w(l)[s >= x]) - tail),
    if (x == max(s)) NA else root(function(l) sum(w(l)[s <= x]) - tail))
}

table_results <- function(rows) {
  m <- do.call(rbind, rows)
  m <- m[rowSums(m) > 0, colSums(m) > 0, drop = FALSE]
  plain <- suppressWarnings(chisq.test(m, correct = FALSE))
  out <- list(fisher = fisher.test(m, workspace = 2e7)$p.value,
              chi_square = c(plain$statistic, plain$parameter, plain$p.value))
  if (all(dim(m) == 2)) {
    yates <- suppressWarnings(chisq.test(m, correct = TRUE))
    out$yates <- c(yates$statistic, yates$parameter, yates$p.value)
    out$odds <- odds(m)
  }
  lapply(out, unname)
}

power <- function(v) {
  total <- 0
  for (a in 0:v[2]) for (b in 0:v[4])
    if (fisher.test(rbind(c(a, v[2] - a), c(b, v[4] - b)))$p.value <= 0.05)
      total <- total + dbinom(a, v[2], v[1]) * dbinom(b, v[4], v[3])
  total
}

describe <- function(x)
  c(mean(x), if (length(x) > 1) sd(x) else NA, unname(quantile(x, c(0.5, 0.25, 0.75, 0, 1))))

write_json(list(
  proportions = lapply(input$proportions, proportion),
  differences = lapply(input$pairs, difference),
  tables = lapply(input$tables, table_results),
  holm = lapply(input$p_values, p.adjust, method = "holm"),
  benjamini_hochberg = lapply(input$p_values, p.adjust, method = "BH"),
  power = lapply(input$power, power),
  samples = lapply(input$samples, describe)
), args[2], digits = NA, na = "null", auto_unbox = FALSE, pretty = TRUE)

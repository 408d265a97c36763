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
    out$mid_p <- mid_p(m)
    if (sum(m) < 100) out$boschloo <- boschloo(m)
  }
  lapply(out, unname)
}

# mid-p: tables less likely than the observed one, and half of the equally likely ones
mid_p <- function(m) {
  s <- max(0, sum(m[1, ]) + sum(m[, 1]) - sum(m)):min(sum(m[1, ]), sum(m[, 1]))
  d <- dhyper(s, sum(m[, 1]), sum(m[, 2]), sum(m[1, ]))
  ratio <- d / d[s == m[1, 1]]; tied <- abs(ratio - 1) < 1e-7
  sum(d[ratio < 1 & !tied]) + sum(d[tied]) / 2
}

# Boschloo: every table of two binomials whose Fisher p is at most the observed one, its
# probability maximised over the common proportion on many short intervals
boschloo <- function(m) {
  n <- rowSums(m); all <- expand.grid(a = 0:n[1], b = 0:n[2])
  p <- mapply(function(a, b) fisher.test(rbind(c(a, n[1] - a), c(b, n[2] - b)))$p.value, all$a, all$b)
  all <- all[p <= fisher.test(m)$p.value * (1 + 1e-7), ]
  size <- function(share) sum(dbinom(all$a, n[1], share) * dbinom(all$b, n[2], share))
  ends <- seq(0, 1, length.out = 401)
  max(sapply(ends, size), sapply(1:400, function(i)
    optimize(size, ends[i + 0:1], maximum = TRUE, tol = 1e-10)$objective))
}

trend <- function(case) {
  test <- suppressWarnings(prop.trend.test(case$counts, case$totals, case$scores))
  unname(c(test$statistic, test$parameter, test$p.value))
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
  trends = lapply(input$trends, trend),
  holm = lapply(input$p_values, p.adjust, method = "holm"),
  benjamini_hochberg = lapply(input$p_values, p.adjust, method = "BH"),
  power = lapply(input$power, power),
  samples = lapply(input$samples, describe)
), args[2], digits = NA, na = "null", auto_unbox = FALSE, pretty = TRUE)

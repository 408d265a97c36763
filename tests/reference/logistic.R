# Logistic regression by glm; Firth's penalised likelihood (log-likelihood plus half the logarithm
# of the determinant of the information) written out and maximised numerically.
suppressPackageStartupMessages(library(jsonlite))
file <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
source(file.path(dirname(file), "shared", "penalised.R"))
args <- commandArgs(trailingOnly = TRUE)
input <- fromJSON(args[1], simplifyVector = TRUE, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)

ordinary <- function(case) {
  data <- data.frame(outcome = case$outcomes, case$columns, stringsAsFactors = TRUE)
  fit <- glm(outcome ~ ., binomial, data, control = glm.control(epsilon = 1e-14, maxit = 100))
  table <- coef(summary(fit))[-1, , drop = FALSE]
  bounds <- confint.default(fit)[-1, , drop = FALSE]
  list(or = unname(exp(table[, 1])), low = unname(exp(bounds[, 1])),
       high = unname(exp(bounds[, 2])), p = unname(table[, 4]))
}

penalised <- function(beta, outcome, x) {
  eta <- drop(x %*% beta); w <- plogis(eta) * plogis(-eta)
  value <- sum(outcome * plogis(eta, log.p = TRUE) + (1 - outcome) * plogis(-eta, log.p = TRUE))
  value <- value + 0.5 * as.numeric(determinant(crossprod(x, w * x))$modulus)
  if (is.finite(value)) value else -1e6
}
firth <- function(case) {
  x <- as.matrix(as.data.frame(case$columns))
  scale <- apply(x, 2, sd); x <- sweep(x, 2, colMeans(x)); x <- cbind(1, sweep(x, 2, scale, "/"))
  found <- profiled(function(b) penalised(b, case$outcomes, x), ncol(x), seq_len(ncol(x))[-1])
  list(or = unname(exp(found$beta / scale)), low = unname(exp(found$low / scale)),
       high = unname(exp(found$high / scale)), p = found$p)
}
suppressWarnings(write_json(
  list(ordinary = lapply(input$ordinary, ordinary), penalized = lapply(input$penalized, firth)),
  args[2], digits = NA, na = "null", auto_unbox = FALSE, pretty = TRUE))

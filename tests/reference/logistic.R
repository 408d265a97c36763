# Logistic regression by glm; Firth's penalised likelihood (log-likelihood plus half the logarithm
# of the determinant of the information) written out and maximised numerically.
suppressPackageStartupMessages(library(jsonlite))
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
maximum <- function(f, start) {
  fit <- optim(start, f, method = "BFGS", control = list(fnscale = -1, reltol = 1e-16, maxit = 5000))
  for (i in 1:6) fit <- optim(fit$par, f, method = "Nelder-Mead",
                              control = list(fnscale = -1, reltol = 1e-16, maxit = 20000))
  list(par = fit$par, value = fit$value)
}
firth <- function(case) {
  x <- as.matrix(as.data.frame(case$columns))
  scale <- apply(x, 2, sd); x <- sweep(x, 2, colMeans(x)); x <- cbind(1, sweep(x, 2, scale, "/"))
  full <- maximum(function(b) penalised(b, case$outcomes, x), rep(0, ncol(x)))
  profile <- function(j, value) maximum(function(b) {
    beta <- numeric(ncol(x)); beta[j] <- value; beta[-j] <- b
    penalised(beta, case$outcomes, x)
  }, full$par[-j])$value
  cut <- qchisq(0.95, 1) / 2
  bound <- function(j, side) {
    gap <- function(step) full$value - profile(j, full$par[j] + side * step) - cut
    top <- 0.5; while (gap(top) < 0) top <- top * 2
    full$par[j] + side * uniroot(gap, c(0, top), tol = 1e-12)$root
  }
  index <- seq_len(ncol(x))[-1]
  list(or = unname(exp(full$par[-1] / scale)),
       low = unname(exp(sapply(index, bound, side = -1) / scale)),
       high = unname(exp(sapply(index, bound, side = 1) / scale)),
       p = unname(sapply(index, function(j)
         pchisq(2 * (full$value - profile(j, 0)), 1, lower.tail = FALSE))))
}
suppressWarnings(write_json(
  list(ordinary = lapply(input$ordinary, ordinary), penalized = lapply(input$penalized, firth)),
  args[2], digits = NA, na = "null", auto_unbox = FALSE, pretty = TRUE))

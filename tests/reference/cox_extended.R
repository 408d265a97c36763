# Cox regression (Efron) with strata, late entry, robust variance and several rows a patient: fit,
# score test of proportional hazards, concordance, score residuals. Firth's penalised likelihood
# over the same risk sets is written out and maximised numerically.
suppressPackageStartupMessages({library(survival); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE)
input <- fromJSON(args[1], simplifyVector = TRUE, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)

one <- function(case) {
  data <- data.frame(case$columns, stringsAsFactors = TRUE)
  names <- names(case$columns)
  right <- paste(names, collapse = " + ")
  data$.time <- case$durations; data$.event <- case$events
  left <- "Surv(.time, .event)"
  if (!is.null(case$entry)) { data$.entry <- case$entry; left <- "Surv(.entry, .time, .event)" }
  if (!is.null(case$strata)) { data$.strata <- case$strata; right <- paste(right, "+ strata(.strata)") }
  control <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 60)
  call <- list(as.formula(paste(left, "~", right)), data, ties = "efron", control = control)
  plain <- do.call(coxph, call)
  if (!is.null(case$clusters)) call$cluster <- case$clusters
  fit <- do.call(coxph, call)
  s <- summary(fit)
  zph <- tryCatch(cox.zph(plain, transform = "km")$table, error = function(e) NULL)
  p <- s$coefficients[, ncol(s$coefficients)]
  list(hr = unname(s$conf.int[, 1]), low = unname(s$conf.int[, 3]), high = unname(s$conf.int[, 4]),
       p = unname(p), log_likelihood = plain$loglik, variance = as.vector(fit$var),
       residuals = as.vector(as.matrix(residuals(plain, type = "score"))),
       concordance = unname(plain$concordance["concordance"]), n_events = fit$nevent,
       zph = if (is.null(zph)) NULL else
         list(rows = rownames(zph), statistic = unname(zph[, 1]), df = unname(zph[, 2]),
              p = unname(zph[, 3])))
}

# log partial likelihood (Breslow) plus half the log-determinant of its information
penalised <- function(beta, case, x) {
  n <- nrow(x)
  entry <- if (is.null(case$entry)) rep(-1, n) else case$entry
  strata <- if (is.null(case$strata)) rep("a", n) else case$strata
  eta <- drop(x %*% beta); value <- 0; info <- matrix(0, ncol(x), ncol(x))
  for (i in which(case$events == 1)) {
    t <- case$durations[i]
    risk <- case$durations >= t & entry < t & strata == strata[i]
    w <- exp(eta[risk]); w <- w / sum(w)
    z <- x[risk, , drop = FALSE]; m <- colSums(w * z)
    value <- value + eta[i] - log(sum(exp(eta[risk])))
    info <- info + crossprod(z, w * z) - tcrossprod(m)
  }
  value + 0.5 * as.numeric(determinant(info)$modulus)
}
maximum <- function(f, start) {
  fit <- optim(start, f, method = "BFGS", control = list(fnscale = -1, reltol = 1e-16, maxit = 5000))
  for (i in 1:6) fit <- optim(fit$par, f, method = "Nelder-Mead",
                              control = list(fnscale = -1, reltol = 1e-16, maxit = 20000))
  list(par = fit$par, value = fit$value)
}
firth <- function(case) {
  x <- as.matrix(as.data.frame(case$columns))
  scale <- apply(x, 2, sd); x <- sweep(x, 2, colMeans(x)); x <- sweep(x, 2, scale, "/")
  full <- maximum(function(b) penalised(b, case, x), rep(0, ncol(x)))
  profile <- function(j, value) maximum(function(b) {
    beta <- numeric(ncol(x)); beta[j] <- value; beta[-j] <- b
    penalised(beta, case, x)
  }, full$par[-j])$value
  cut <- qchisq(0.95, 1) / 2
  bound <- function(j, side) {
    gap <- function(step) full$value - profile(j, full$par[j] + side * step) - cut
    top <- 0.5; while (gap(top) < 0) top <- top * 2
    full$par[j] + side * uniroot(gap, c(0, top), tol = 1e-12)$root
  }
  index <- seq_len(ncol(x))
  list(hr = unname(exp(full$par / scale)),
       low = unname(exp(sapply(index, bound, side = -1) / scale)),
       high = unname(exp(sapply(index, bound, side = 1) / scale)),
       p = unname(sapply(index, function(j)
         pchisq(2 * (full$value - profile(j, 0)), 1, lower.tail = FALSE))))
}
suppressWarnings(write_json(list(cox = lapply(input$cox, one), firth = lapply(input$firth, firth)),
                            args[2], digits = NA, na = "null", auto_unbox = FALSE, pretty = TRUE))

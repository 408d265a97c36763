# What the scripts of Cox regression share: the table of cox.zph, and Firth's penalised likelihood
# over risk sets with late entry and strata, written out and maximised numerically (no Debian
# package has it).
suppressPackageStartupMessages({library(survival); library(jsonlite)})

zph_of <- function(fit) {
  zph <- tryCatch(cox.zph(fit, transform = "km")$table, error = function(e) NULL)
  if (is.null(zph)) return(NULL)
  list(rows = rownames(zph), statistic = unname(zph[, 1]), df = unname(zph[, 2]),
       p = unname(zph[, 3]))
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
  if (length(start) == 0) return(list(par = start, value = f(start)))
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
answer <- function(one) {
  args <- commandArgs(trailingOnly = TRUE)
  input <- fromJSON(args[1], simplifyVector = TRUE, simplifyDataFrame = FALSE,
                    simplifyMatrix = FALSE)
  found <- suppressWarnings(list(cox = lapply(input$cox, one), firth = lapply(input$firth, firth)))
  write_json(found, args[2], digits = NA, na = "null", auto_unbox = FALSE, pretty = TRUE)
}

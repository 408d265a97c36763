# Competing risks: multi-state survfit (estimate, standard error, intervals), cmprsk::cuminc
# (estimate, Gray's test), the variance of Aalen and Johansen written out state by state for late
# entry, and cause-specific Cox models.
suppressPackageStartupMessages({library(survival); library(cmprsk); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE)
input <- fromJSON(args[1], simplifyVector = TRUE, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)

# the product of transition matrices and its covariance, one matrix a time (Andersen, Borgan, Gill
# and Keiding 1993, IV.4), with the multinomial variance of the increments
plain <- function(case, entry, causes) {
  k <- length(causes); p <- c(1, rep(0, k)); v <- matrix(0, k + 1, k + 1); out <- NULL
  for (t in sort(unique(case$durations))) {
    y <- sum(entry < t & case$durations >= t)
    d <- sapply(causes, function(j) sum(case$durations == t & case$causes == j))
    if (y > 0) {
      h <- d / y
      step <- diag(k + 1); step[1, ] <- c(1 - sum(h), h)
      effect <- rbind(-1, diag(k))
      m <- (diag(h, k) - outer(h, h)) / y
      v <- t(step) %*% v %*% step + p[1]^2 * effect %*% m %*% t(effect)
      p <- drop(p %*% step)
    }
    out <- rbind(out, c(t, p[-1], sqrt(pmax(diag(v)[-1], 0))))
  }
  out
}

one <- function(case) {
  causes <- sort(setdiff(unique(case$causes), 0))
  late <- !is.null(case$entry)
  entry <- if (late) case$entry else rep(-1, length(case$durations))
  by_hand <- plain(case, entry, causes)
  out <- list(causes = causes, time = by_hand[, 1], by_cause = list())
  state <- factor(case$causes, c(0, causes))
  response <- if (late) Surv(case$entry, case$durations, state) else Surv(case$durations, state)
  id <- seq_along(case$durations)
  read <- function(type) if (late) survfit(response ~ 1, id = id, conf.type = type) else
    survfit(response ~ 1, conf.type = type)
  fits <- lapply(c(log_log = "log-log", log = "log", plain = "plain"), read)
  fit <- fits$log_log
  for (j in seq_along(causes)) {
    found <- list(estimate = by_hand[, 1 + j],
                  standard_error = by_hand[, 1 + length(causes) + j],
                  survfit_time = fit$time, survfit = fit$pstate[, 1 + j],
                  at = summary(fit, times = case$times, extend = TRUE)$pstate[, 1 + j])
    if (!late) {
      found$survfit_error <- fit$std.err[, 1 + j]
      for (type in names(fits)) found[[type]] <-
        list(low = fits[[type]]$lower[, 1 + j], high = fits[[type]]$upper[, 1 + j])
      found$cuminc <- timepoints(cuminc(case$durations, case$causes),
                                 case$times)$est[j, ]
    }
    if (!is.null(case$groups)) {
      row <- as.character(causes[j])
      gray <- function(...) cuminc(case$durations, case$causes, case$groups, ...)$Tests[row, ]
      found$gray <- unname(gray())
      found$gray_rho <- unname(gray(rho = 1))
      found$gray_strata <- unname(gray(strata = case$strata))
      cox <- coxph(Surv(case$durations, case$causes == causes[j]) ~ case$groups)
      found$cox <- unname(exp(coef(cox)))
    }
    out$by_cause[[as.character(causes[j])]] <- found
  }
  out
}
write_json(lapply(input, one), args[2], digits = NA, na = "null", auto_unbox = FALSE, pretty = TRUE)

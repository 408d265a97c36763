# Kaplan-Meier, quantiles, S(t), risk tables, reverse Kaplan-Meier, log-rank.
suppressPackageStartupMessages({library(survival); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE)
input <- fromJSON(args[1], simplifyVector = TRUE, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)

read_curve <- function(fit, times) {
  table <- summary(fit)$table
  at <- summary(fit, times = times, extend = TRUE)
  quartiles <- quantile(fit, c(0.25, 0.75))
  list(time = fit$time, survival = fit$surv, low = fit$lower, high = fit$upper,
       at_risk = fit$n.risk, events = fit$n.event, censored = fit$n.censor,
       median = unname(table[c("median", "0.95LCL", "0.95UCL")]),
       quartiles = unname(rbind(quartiles$quantile, quartiles$lower, quartiles$upper)),
       at = list(survival = at$surv, low = at$lower, high = at$upper))
}

one <- function(case) {
  d <- case$durations; e <- case$events
  y <- if (is.null(case$entry)) Surv(d, e) else Surv(case$entry, d, e)
  out <- list()
  for (transform in c("log-log", "log", "plain"))
    out[[transform]] <- read_curve(survfit(y ~ 1, conf.type = transform), case$times)
  fit <- survfit(y ~ 1, conf.type = "log-log")
  out$cumulative_hazard <- fit$cumhaz
  horizons <- max(d) * c(0.3, 0.77, 1)
  out$restricted_mean <- lapply(horizons[horizons > min(d)], function(h)  # R wants a time below
    c(h, unname(summary(fit, rmean = h)$table[c("rmean", "se(rmean)")])))
  given <- max(d) * 0.31
  if (any(d > given)) {
    start <- if (is.null(case$entry)) rep(-1, length(d)) else case$entry
    now <- d > given
    later <- survfit(Surv(pmax(start, given)[now], d[now], e[now]) ~ 1, conf.type = "log-log")
    at <- summary(later, times = max(d) * c(0.5, 0.9), extend = TRUE)
    whole <- summary(fit, times = c(given, max(d) * c(0.5, 0.9)), extend = TRUE)$surv
    out$conditional <- list(given = given, times = max(d) * c(0.5, 0.9), survival = at$surv,
                            low = at$lower, high = at$upper, ratio = whole[-1] / whole[1])
  }
  at <- sapply(case$times, function(t) {
    now <- if (is.null(case$entry)) d >= t else d >= t & (case$entry < t | (t == 0 & case$entry <= 0))
    c(sum(now), sum(d <= t & e == 0), sum(d <= t & e == 1))
  })
  out$risk_table <- list(at_risk = at[1, ], censored = at[2, ], events = at[3, ])
  back <- if (is.null(case$entry)) Surv(d, 1 - e) else Surv(case$entry, d, 1 - e)
  reverse <- survfit(back ~ 1, conf.type = "log-log")
  out$reverse <- unname(summary(reverse)$table[c("median", "0.95LCL", "0.95UCL")])
  if (!is.null(case$groups) && length(unique(case$groups)) > 1 && sum(e) > 0) {
    test <- survdiff(Surv(d, e) ~ case$groups)
    df <- sum(test$exp > 0) - 1
    out$logrank <- list(statistic = test$chisq, df = df,
                        p = pchisq(test$chisq, df, lower.tail = FALSE))
  }
  out
}
write_json(lapply(input$survival, one), args[2], digits = NA, na = "null", auto_unbox = TRUE,
           pretty = TRUE)

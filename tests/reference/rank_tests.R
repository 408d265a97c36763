# Log-rank tests: survdiff where it reaches (rho, strata), the score test of a Cox model for late
# entry without ties, and the defining sums written out for every weight.
suppressPackageStartupMessages({library(survival); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE)
input <- fromJSON(args[1], simplifyVector = TRUE, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)
p_of <- function(statistic, df) c(statistic, df, pchisq(statistic, df, lower.tail = FALSE))

# the sums, time by time and stratum by stratum
plain <- function(case, entry, strata, weight) {
  groups <- sort(unique(case$groups)); k <- length(groups); u <- numeric(k); v <- matrix(0, k, k)
  for (s in unique(strata)) {
    before <- 1
    for (t in sort(unique(case$durations[strata == s & case$events == 1]))) {
      risk <- strata == s & entry < t & case$durations >= t
      died <- strata == s & case$durations == t & case$events == 1
      n <- sum(risk); d <- sum(died); w <- weight(before, n)
      n_j <- sapply(groups, function(g) sum(risk & case$groups == g))
      d_j <- sapply(groups, function(g) sum(died & case$groups == g))
      u <- u + w * (d_j - d * n_j / n)
      if (n > 1) v <- v + w^2 * d * (n - d) / (n - 1) * (diag(n_j / n) - outer(n_j, n_j) / n^2)
      before <- before * (1 - d / n)
    }
  }
  i <- seq_len(k - 1)
  p_of(drop(u[i] %*% solve(v[i, i], u[i])), k - 1)
}

one <- function(case) {
  n <- length(case$durations); none <- rep("all", n)
  entry <- if (is.null(case$entry)) rep(-1, n) else case$entry
  out <- list()
  for (name in c("pooled", "stratified")) {
    strata <- if (name == "pooled") none else case$strata
    out[[name]] <- list(
      gehan = plain(case, entry, strata, function(s, n) n),
      fh_0_0 = plain(case, entry, strata, function(s, n) 1),
      fh_1_0 = plain(case, entry, strata, function(s, n) s),
      fh_0_1 = plain(case, entry, strata, function(s, n) 1 - s),
      fh_0.5_1.5 = plain(case, entry, strata, function(s, n) sqrt(s) * (1 - s)^1.5))
    if (is.null(case$entry)) for (rho in c(0, 1)) {
      test <- survdiff(Surv(durations, events) ~ groups + strata(strata),
                       data.frame(case[c("durations", "events", "groups")], strata), rho = rho)
      out[[name]][[paste0("survdiff_", rho)]] <- p_of(test$chisq, length(unique(case$groups)) - 1)
    } else if (!anyDuplicated(case$durations)) {
      fit <- coxph(Surv(entry, durations, events) ~ groups + strata(strata), ties = "breslow",
                   data.frame(case[c("durations", "events", "groups")], entry, strata))
      out[[name]]$cox_score <- p_of(fit$score, length(coef(fit)))
    }
  }
  out
}
write_json(lapply(input$rank_tests, one), args[2], digits = NA, na = "null", auto_unbox = FALSE,
           pretty = TRUE)

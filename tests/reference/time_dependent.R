# Groups that form after time zero: follow-up cut by hand at the change, then survfit with late
# entry (Simon and Makuch), the log-rank sums over risk sets (Mantel and Byar), the score test of
# coxph where it is the same, and start-stop Cox models.
suppressPackageStartupMessages({library(survival); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE)
input <- fromJSON(args[1], simplifyVector = TRUE, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)
p_of <- function(statistic, df) c(statistic, df, pchisq(statistic, df, lower.tail = FALSE))

# observed minus expected events of those in the state at each event time, risk sets counted out
sums <- function(case, strata) {
  u <- 0; v <- 0
  for (s in unique(strata)) {
    here <- strata == s
    for (t in sort(unique(case$durations[here & case$events == 1]))) {
      risk <- here & case$durations >= t
      after <- risk & !is.na(case$change) & case$change < t
      died <- here & case$durations == t & case$events == 1
      n <- sum(risk); n1 <- sum(after); d <- sum(died)
      u <- u + sum(died & after) - d * n1 / n
      if (n > 1) v <- v + d * (n1 / n) * (1 - n1 / n) * (n - d) / (n - 1)
    }
  }
  p_of(u^2 / v, 1)
}

cut <- function(case) {
  rows <- NULL
  for (i in seq_along(case$durations)) {
    t <- case$durations[i]; c <- case$change[i]
    add <- function(start, stop, event, state)
      rows <<- rbind(rows, data.frame(start, stop, event, state, strata = case$strata[i],
                                      age = case$age[i]))
    if (is.na(c) || c >= t) add(0, t, case$events[i], 0)
    else if (c <= 0) add(0, t, case$events[i], 1)
    else { add(0, c, 0, 0); add(c, t, case$events[i], 1) }
  }
  rows
}

curves <- function(rows, landmark) {
  late <- rows[rows$stop > landmark, ]
  late$start <- pmax(late$start, landmark)
  lapply(c(before = 0, after = 1), function(state) {
    part <- late[late$state == state, ]
    if (nrow(part) == 0) return(list())
    fit <- survfit(Surv(start, stop, event) ~ 1, part, conf.type = "log-log")
    list(time = fit$time - landmark, survival = fit$surv, low = fit$lower, high = fit$upper,
         at_risk = fit$n.risk)
  })
}

one <- function(case) {
  case$change <- as.numeric(case$change)
  rows <- cut(case)
  out <- list(mantel_byar = sums(case, rep("all", length(case$durations))),
              stratified = sums(case, case$strata))
  response <- with(rows, Surv(start, stop, event))
  if (!anyDuplicated(case$durations[case$events == 1]))
    out$score <- p_of(coxph(response ~ state, rows)$score, 1)
  interval <- function(fit) unname(c(exp(coef(fit)[1]), exp(confint(fit)[1, ]),
                                     summary(fit)$coefficients[1, 5]))
  out$cox <- interval(coxph(response ~ state, rows))
  out$adjusted <- interval(coxph(response ~ state + age, rows))
  out$curves <- lapply(case$landmarks, function(l) curves(rows, l))
  out
}
write_json(lapply(input, one), args[2], digits = NA, na = "null", auto_unbox = FALSE, pretty = TRUE)

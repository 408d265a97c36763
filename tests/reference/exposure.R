# Incidence rates: poisson.test for the intervals; time at risk patient by patient, as defined.
suppressPackageStartupMessages(library(jsonlite))
args <- commandArgs(trailingOnly = TRUE)
input <- fromJSON(args[1], simplifyVector = TRUE, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)

exact <- function(count, time, level) {
  test <- poisson.test(count, T = time, conf.level = level)
  c(unname(test$estimate), test$conf.int[1], test$conf.int[2])
}
rates <- lapply(input$rates, function(case) exact(case$count, case$time, case$level))

windows <- as.data.frame(input$windows); events <- as.data.frame(input$events)
at_risk <- function(chosen) {
  days <- 0; patients <- 0
  for (i in seq_len(nrow(windows))) {
    own <- events[chosen & events$patient == windows$patient[i], ]
    whole <- windows$end[i] - windows$start[i] + 1
    first <- suppressWarnings(min(own$onset, na.rm = TRUE))
    days <- days + if (is.finite(first)) first - windows$start[i] + 1 else whole
    patients <- patients + (nrow(own) > 0)
  }
  c(patients, days)
}
months <- 30.4375
row <- function(chosen) {
  any <- at_risk(chosen); bad <- at_risk(chosen & events$grade >= 3)
  whole <- sum(windows$end - windows$start + 1)
  rate <- function(k, days) c(k, days / months, 100 * exact(k, days / months, 0.95))
  list(patients = rate(any[1], any[2]), severe = rate(bad[1], bad[2]),
       events = rate(sum(chosen), whole))
}
rows <- list(any = row(rep(TRUE, nrow(events))))
for (name in unique(events$event_class)) rows[[name]] <- row(events$event_class == name)
for (name in unique(events$term)) rows[[name]] <- row(events$term == name)
write_json(list(rates = rates, rows = rows), args[2], digits = NA, auto_unbox = TRUE, null = "null", na = "null")

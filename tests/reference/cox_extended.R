# Cox regression (Efron) with strata, late entry, robust variance and several rows a patient: fit,
# score test of proportional hazards, concordance, score residuals. Firth's penalised likelihood
# over the same risk sets.
file <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
source(file.path(dirname(file), "shared", "cox_models.R"))

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
  p <- s$coefficients[, ncol(s$coefficients)]
  list(hr = unname(s$conf.int[, 1]), low = unname(s$conf.int[, 3]), high = unname(s$conf.int[, 4]),
       p = unname(p), log_likelihood = plain$loglik, variance = as.vector(fit$var),
       residuals = as.vector(as.matrix(residuals(plain, type = "score"))),
       concordance = unname(plain$concordance["concordance"]), n_events = fit$nevent,
       zph = zph_of(plain))
}

answer(one)

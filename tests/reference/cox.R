# Cox regression with Efron's ties, concordance and the score test of proportional hazards; Firth's
# penalised likelihood.
file <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
source(file.path(dirname(file), "shared", "cox_models.R"))

one <- function(case) {
  data <- data.frame(time = case$durations, event = case$events, case$columns, stringsAsFactors = TRUE)
  formula <- as.formula(paste("Surv(time, event) ~", paste(names(case$columns), collapse = " + ")))
  fit <- coxph(formula, data, ties = "efron", control = coxph.control(eps = 1e-13, iter.max = 60))
  s <- summary(fit)
  list(hr = unname(s$conf.int[, 1]), low = unname(s$conf.int[, 3]), high = unname(s$conf.int[, 4]),
       p = unname(s$coefficients[, 5]), log_likelihood = fit$loglik,
       concordance = unname(fit$concordance["concordance"]), n_events = fit$nevent,
       zph = zph_of(fit))
}

answer(one)

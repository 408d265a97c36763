# What the notebooks say of the two seed studies, computed from the same columns: curves, log-rank
# tests, Cox models with their checks, proportions and the tests between subgroups.
suppressPackageStartupMessages({library(survival); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE)
input <- fromJSON(args[1], simplifyVector = TRUE, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)

curve <- function(time, event, timepoints) {
  fit <- survfit(Surv(time, event) ~ 1, conf.type = "log-log")
  back <- survfit(Surv(time, 1 - event) ~ 1, conf.type = "log-log")
  read <- function(fit) unname(summary(fit)$table[c("median", "0.95LCL", "0.95UCL")])
  known <- timepoints[timepoints <= max(time)]
  at <- summary(fit, times = known, extend = TRUE)
  list(n = length(time), events = sum(event), median = read(fit), follow_up = read(back),
       time = fit$time, survival = fit$surv,
       rates = unname(lapply(seq_along(known), function(i)
         c(known[i], at$surv[i], at$lower[i], at$upper[i], at$n.risk[i]))))
}

compared <- function(time, event, group, timepoints) {
  known <- !is.na(group); test <- survdiff(Surv(time, event) ~ group, subset = known)
  df <- sum(test$exp > 0) - 1
  list(logrank = c(test$chisq, df, pchisq(test$chisq, df, lower.tail = FALSE)),
       curves = sapply(unique(group[known]), function(g) {
         rows <- known & group == g; curve(time[rows], event[rows], timepoints)
       }, simplify = FALSE))
}

frame_of <- function(study) {
  main <- study$endpoints[[study$endpoint]]
  columns <- lapply(names(study$factors), function(name) {
    levels <- study$levels[[name]]
    if (length(levels)) factor(study$factors[[name]], levels = levels) else study$factors[[name]]
  })
  names(columns) <- names(study$factors)
  data.frame(time = main$months, event = main$event, columns)
}

model <- function(data, names) {
  data <- data[complete.cases(data[names]), c("time", "event", names)]
  fit <- coxph(as.formula(paste("Surv(time, event) ~", paste(names, collapse = "+"))), data,
               ties = "efron", control = coxph.control(eps = 1e-13, iter.max = 60))
  s <- summary(fit); zph <- cox.zph(fit, transform = "km")$table
  list(n = fit$n, events = fit$nevent, terms = names(coef(fit)), hr = unname(s$conf.int[, 1]),
       low = unname(s$conf.int[, 3]), high = unname(s$conf.int[, 4]),
       p = unname(s$coefficients[, 5]), concordance = unname(fit$concordance["concordance"]),
       zph = unname(zph[, 3]), firth = if (fit$nevent / length(coef(fit)) < 5) firth(data, names))
}

# Firth: log partial likelihood (Breslow) plus half the log-determinant of its information,
# maximised by Newton's method with numerical derivatives; p by the likelihood ratio
firth <- function(data, names) {
  x <- model.matrix(as.formula(paste("~", paste(names, collapse = "+"))), data)[, -1, drop = FALSE]
  x <- sweep(x, 2, colMeans(x)); deaths <- which(data$event == 1)
  value <- function(beta) {
    eta <- drop(x %*% beta); total <- 0; info <- matrix(0, ncol(x), ncol(x))
    for (i in deaths) {
      risk <- data$time >= data$time[i]; w <- exp(eta[risk]); s <- sum(w); w <- w / s
      z <- x[risk, , drop = FALSE]; m <- colSums(w * z)
      total <- total + eta[i] - log(s); info <- info + crossprod(z, w * z) - tcrossprod(m)
    }
    total + 0.5 * as.numeric(determinant(info)$modulus)
  }
  best <- function(free) {
    embed <- function(b) { beta <- numeric(ncol(x)); beta[free] <- b; beta }
    f <- function(b) value(embed(b)); b <- numeric(length(free)); h <- 1e-3
    step <- function(i, by) { e <- numeric(length(free)); e[i] <- by; e }
    slope <- function(b) sapply(seq_along(b), function(i)  # fourth-order difference
      (8 * (f(b + step(i, h)) - f(b - step(i, h))) - f(b + step(i, 2 * h)) + f(b - step(i, 2 * h))) / (12 * h))
    curvature <- sapply(seq_along(b), function(i)
      (slope(b + step(i, 1e-2)) - slope(b - step(i, 1e-2))) / 2e-2)
    for (i in 1:40) {
      move <- solve(curvature, slope(b)); b <- b - move
      if (i %in% c(3, 6)) curvature <- sapply(seq_along(b), function(j)
        (slope(b + step(j, 1e-2)) - slope(b - step(j, 1e-2))) / 2e-2)
      if (max(abs(move)) < 1e-11) break
    }
    list(beta = b, value = f(b))
  }
  index <- seq_len(ncol(x)); full <- best(index)
  list(hr = exp(full$beta), p = sapply(index, function(j)
    pchisq(2 * (full$value - best(index[-j])$value), 1, lower.tail = FALSE)))
}

exact <- function(kn) c(kn[1] / kn[2], as.vector(binom.test(kn[1], kn[2])$conf.int))

subgroup <- function(counts) {
  m <- sapply(counts, function(kn) c(kn[1], kn[2] - kn[1]))
  pearson <- function(correct) suppressWarnings(chisq.test(m, correct = correct))$p.value
  list(rates = lapply(counts, exact), fisher = fisher.test(m)$p.value,
       chi_square = pearson(FALSE), yates = pearson(TRUE))
}

one <- function(study) {
  data <- frame_of(study); main <- study$endpoints[[study$endpoint]]; points <- study$timepoints
  uni <- sapply(study$univariable, function(name) model(data, name), simplify = FALSE)
  several <- if (length(study$multivariable)) model(data, study$multivariable)
  by <- lapply(study$response$by, subgroup)
  holm <- p.adjust(sapply(by, function(b) b$fisher), "holm")
  list(curves = lapply(study$endpoints, function(e) curve(e$months, e$event, points)),
       groups = lapply(study$groups, function(g) compared(main$months, main$event, g, points)),
       univariable = uni, multivariable = several,
       response = list(overall = exact(study$response$overall), by = by, holm = as.list(holm)))
}
suppressWarnings(write_json(lapply(input, one), args[2], digits = NA, na = "null",
                            auto_unbox = FALSE, pretty = TRUE))

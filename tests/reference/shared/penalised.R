# What the scripts of penalised models share: a likelihood maximised numerically, and its profile
# limits and likelihood-ratio tests.
maximum <- function(f, start) {
  if (length(start) == 0) return(list(par = start, value = f(start)))
  fit <- optim(start, f, method = "BFGS", control = list(fnscale = -1, reltol = 1e-16, maxit = 5000))
  for (i in 1:6) fit <- optim(fit$par, f, method = "Nelder-Mead",
                              control = list(fnscale = -1, reltol = 1e-16, maxit = 20000))
  list(par = fit$par, value = fit$value)
}
# beta, bounds and p-values of the coefficients named by index, of a log-likelihood of p of them
profiled <- function(likelihood, p, index = seq_len(p)) {
  full <- maximum(likelihood, rep(0, p))
  profile <- function(j, value) maximum(function(b) {
    beta <- numeric(p); beta[j] <- value; beta[-j] <- b
    likelihood(beta)
  }, full$par[-j])$value
  cut <- qchisq(0.95, 1) / 2
  bound <- function(j, side) {
    gap <- function(step) full$value - profile(j, full$par[j] + side * step) - cut
    top <- 0.5; while (gap(top) < 0) top <- top * 2
    full$par[j] + side * uniroot(gap, c(0, top), tol = 1e-12)$root
  }
  list(beta = full$par[index], low = sapply(index, bound, side = -1),
       high = sapply(index, bound, side = 1),
       p = unname(sapply(index, function(j)
         pchisq(2 * (full$value - profile(j, 0)), 1, lower.tail = FALSE))))
}

# What the scripts of Cox regression share: the table of cox.zph, and Firth's penalised likelihood
# over risk sets with late entry and strata, written out and maximised numerically (no Debian
# package has it).
suppressPackageStartupMessages({library(survival); library(jsonlite)})
source(file.path(dirname(file), "shared", "penalised.R"))

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
firth <- function(case) {
  x <- as.matrix(as.data.frame(case$columns))
  scale <- apply(x, 2, sd); x <- sweep(x, 2, colMeans(x)); x <- sweep(x, 2, scale, "/")
  found <- profiled(function(b) penalised(b, case, x), ncol(x))
  list(hr = unname(exp(found$beta / scale)), low = unname(exp(found$low / scale)),
       high = unname(exp(found$high / scale)), p = found$p)
}
answer <- function(one) {
  args <- commandArgs(trailingOnly = TRUE)
  input <- fromJSON(args[1], simplifyVector = TRUE, simplifyDataFrame = FALSE,
                    simplifyMatrix = FALSE)
  found <- suppressWarnings(list(cox = lapply(input$cox, one), firth = lapply(input$firth, firth)))
  write_json(found, args[2], digits = NA, na = "null", auto_unbox = FALSE, pretty = TRUE)
}

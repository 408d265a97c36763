# Rubin's rules written out, with Barnard and Rubin's degrees of freedom where the complete data
# have finitely many.
suppressPackageStartupMessages(library(jsonlite))
args <- commandArgs(trailingOnly = TRUE)
input <- fromJSON(args[1], simplifyVector = TRUE, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)

pooled <- function(case) {
  q <- case$estimates; u <- case$errors^2; m <- length(q)
  within <- mean(u); between <- var(q); total <- within + (1 + 1 / m) * between
  lambda <- (1 + 1 / m) * between / total; r <- (1 + 1 / m) * between / within
  df <- (m - 1) / lambda^2
  if (!is.null(case$complete_df)) {
    c <- case$complete_df; w <- (c + 1) / (c + 3) * c * (1 - lambda)
    df <- if (is.finite(df)) 1 / (1 / df + 1 / w) else w
  }
  half <- qt(1 - (1 - case$level) / 2, df) * sqrt(total)
  list(estimate = mean(q), error = sqrt(total), low = mean(q) - half, high = mean(q) + half,
       p = 2 * pt(-abs(mean(q)) / sqrt(total), df), df = if (is.finite(df)) df else NULL,
       within = within, between = between, due_to_missing = lambda,
       fraction_missing = if (between > 0) (r + 2 / (df + 3)) / (r + 1) else 0)
}
write_json(lapply(input, pooled), args[2], digits = NA, na = "null", null = "null",
           auto_unbox = TRUE, pretty = TRUE)

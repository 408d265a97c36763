"""Reproducible manuscripts for retrospective myeloma cohorts."""

"""A synthetic registry that explains a published abstract (``manuscript reconstruct STUDY``).

``claims.yml`` holds what the abstract printed and what had to be chosen beside it. An integer
program finds counts under which as many claims as possible hold together; patients, dates and
adverse events are then drawn with a fixed seed and written as hospitals would export them.
Nobody drawn here is a real patient.
"""

from helpers.reconstruction.claims import Claims, load_claims
from helpers.reconstruction.cohort import DrawnCohort, Reconstruction, draw_cohort, reconstruct
from helpers.reconstruction.outcome import Outcome
from helpers.reconstruction.program import Solution, solve

__all__ = [
    "Claims",
    "DrawnCohort",
    "Outcome",
    "Reconstruction",
    "Solution",
    "draw_cohort",
    "load_claims",
    "reconstruct",
    "solve",
]

"""A synthetic registry that explains a published abstract (``manuscript reconstruct STUDY``).

``claims.yml`` holds what the abstract printed and what had to be chosen beside it. An integer
program finds counts under which as many claims as possible hold together; patients, dates and
adverse events are then drawn with a fixed seed and written as hospitals would export them.
Nobody drawn here is a real patient.
"""

from helpers.reconstruction.cohort import DrawnCohort, Reconstruction, draw_cohort, reconstruct
from helpers.reconstruction.outcome import Outcome
from helpers.reconstruction.program import Solution, solve
from helpers.reconstruction.transcript import Transcript, load_transcript

__all__ = [
    "DrawnCohort",
    "Outcome",
    "Reconstruction",
    "Solution",
    "Transcript",
    "draw_cohort",
    "load_transcript",
    "reconstruct",
    "solve",
]

"""Which sentences of the abstract would read differently with other analytic choices.

``sweep`` is the way in. Out of scope: judging the choices; sentences without a number, which no
choice of parameters rewrites.
"""

from helpers.review.sweep.grid import make_grid
from helpers.review.sweep.points import Outcome
from helpers.review.sweep.report import as_json, as_lines, write_reports
from helpers.review.sweep.sweeping import Sweep, sweep

__all__ = ["Outcome", "Sweep", "as_json", "as_lines", "make_grid", "sweep", "write_reports"]

"""What changed between two records of a study, in words, and because of which input.

``compare`` is the way in. Out of scope: rerunning anything; which of several inputs that changed
at once made a number move is said only as far as it cannot have been another.
"""

from helpers.review.revision.comparison import Revision, compare
from helpers.review.revision.page import as_page
from helpers.review.revision.report import as_json, as_lines

__all__ = ["Revision", "as_json", "as_lines", "as_page", "compare"]

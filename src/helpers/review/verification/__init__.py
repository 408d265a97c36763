"""Does a rerun agree with the record, quantity by quantity?

``verify_study`` is the way in. Out of scope: whether the numbers are right (the tests of
``helpers.statistics``), and whether the documents print them (``helpers.manuscript``).
"""

from helpers.review.verification.quantity import Quantity, Total, Verdict
from helpers.review.verification.verification import Verification
from helpers.review.verification.verify import verify_study

__all__ = ["Quantity", "Total", "Verdict", "Verification", "verify_study"]

"""The ledger: one row for every number that may be printed.

A number is formatted once, when its row is made; text, tables and figures take the row's
display string. Out of scope: computing estimates (``helpers.statistics``).
"""

from helpers.ledger.assembly import assemble, numbers, read_ledger
from helpers.ledger.collection import Ledger
from helpers.ledger.estimates import RowMaker
from helpers.ledger.row import Row

__all__ = ["Ledger", "Row", "RowMaker", "assemble", "numbers", "read_ledger"]

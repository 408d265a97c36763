"""From a cohort to ledger rows and exhibits: one module for each part of a paper's Results.

Each module asks ``helpers.statistics`` for estimates, turns them into ledger rows, and builds
exhibits that take their display strings from those rows. Out of scope: reading the registry
(``helpers.study``), drawing (``helpers.exhibits``).
"""

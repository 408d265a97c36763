"""Tables and figures from estimates: one table model, one house style.

Display strings come from the ledger; nothing here formats a result. Out of scope: where
exhibits are kept (``helpers.session``).
"""

from helpers.exhibits.display import save_vector, show

__all__ = ["save_vector", "show"]

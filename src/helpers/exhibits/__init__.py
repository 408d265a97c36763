"""Tables and figures from estimates.

Every function takes the dataclasses of ``helpers.statistics`` and words that are ready to print:
a number is formatted where it is computed, here only axis ticks are. Nothing is read or written
but the vector file of a figure.
"""

from helpers.exhibits.display import png, save_vector, show

__all__ = ["png", "save_vector", "show"]

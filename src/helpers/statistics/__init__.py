"""Pure functions of clinical statistics: arrays in, frozen results out.

Nothing here sees a file, a study or a figure. An estimate that does not exist is None with a
reason in plain words, never NaN or infinity. Import the module that is needed
(``from helpers.statistics.proportions import proportion``): this package imports nothing itself,
so that a caller who needs an exact interval does not pay for regression libraries.
"""

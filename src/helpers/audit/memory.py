"""What answers of a counting program settle further questions, without asking the solver.

Patients found for one set of claims meet the demands of every other set of which they break none;
a set that contains an infeasible one is infeasible. Both are exact, so that a question answered
from here has the answer that the solver owes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

#: A demand as a row: column to coefficient, lower and upper bound.
Row = tuple[dict[int, int], int | None, int | None]


class Memory:
    """Solutions and refusals of one counting program."""

    def __init__(self) -> None:
        self._found: list[tuple[frozenset[str], Sequence[int]]] = []
        self._refused: list[frozenset[str]] = []

    def keep(self, broken: Collection[str], numbers: Sequence[int]) -> None:
        """Remember numbers of patients, and the claims of which they break a demand."""
        self._found.append((frozenset(broken), numbers))

    def refuse(self, owners: frozenset[str]) -> None:
        """Remember that the demands of these claims cannot hold together."""
        self._refused.append(owners)

    def forget_refusals(self) -> None:
        """Forget what was found infeasible; patients stay found."""
        self._refused.clear()

    def numbers(self, owners: frozenset[str], more: Sequence[Row] = ()) -> Sequence[int] | None:
        """Return patients who meet the demands of these claims, and some more rows, if known."""
        fitting = (
            numbers
            for broken, numbers in self._found
            if not owners & broken and all(met(row, numbers) for row in more)
        )
        return next(fitting, None)

    def refutes(self, owners: frozenset[str]) -> bool:
        """Whether some of these claims are known not to hold together."""
        return any(refused <= owners for refused in self._refused)


def met(row: Row, numbers: Sequence[int]) -> bool:
    """Whether numbers of patients lie within the bounds of a row, in integers."""
    terms, low, high = row
    total = sum(c * numbers[column] for column, c in terms.items())
    return (low is None or total >= low) and (high is None or total <= high)

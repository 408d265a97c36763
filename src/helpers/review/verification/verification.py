"""What a verification found, and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from helpers.review.verification.environment import Environment
from helpers.review.verification.quantity import KINDS, Kind, Quantity, Total, totals

Mode = Literal["data", "twin", "nothing"]
#: What is not verified by each way of verifying, and is no failure of it.
DOCUMENT: frozenset[Kind] = frozenset({"document"})
WITHOUT_DATA: frozenset[Kind] = frozenset({"hash", "pipeline", "twin", "reach", "coherence"})
OUTSIDE: dict[Mode, frozenset[Kind]] = {
    "data": DOCUMENT,
    "twin": frozenset(KINDS) - WITHOUT_DATA,
    "nothing": DOCUMENT,
}


@dataclass(frozen=True)
class Verification:
    """A record beside its rerun.

    Attributes:
        study: The study's id.
        title: The study's title.
        mode: ``data``: recomputed from the data; ``twin``: the pipeline on a synthetic twin, and
            the hashes of the numbers; ``nothing``: neither, for the reason given.
        record: The record, as it may be shown.
        record_hash: First digits of one hash over all its files.
        data_hash: Hash of the data, as the record has it.
        data_here: Hash of the data that were read, "" where none were.
        synthetic: Whether the study's patients are synthetic.
        parameters: The parameters that the record was made with, and the rerun too.
        quantities: Everything that was looked at.
        environment: The environment, beside the record's.
        hashes_alone: Whether the record is hashes without the numbers.
        reason: Why there was no rerun, or where it stopped.
        problem: The error that stopped it, for the terminal alone: it may name places of this
            machine, so that no report holds it.
    """

    study: str
    title: str
    mode: Mode
    record: str
    record_hash: str
    data_hash: str
    data_here: str
    synthetic: bool
    parameters: dict[str, object]
    quantities: tuple[Quantity, ...]
    environment: Environment
    hashes_alone: bool = False
    reason: str = ""
    problem: str = ""

    @cached_property
    def totals(self) -> tuple[Total, ...]:
        """What became of every kind that was to be verified."""
        return tuple(one for one in totals(self.quantities) if one.kind not in self.outside)

    @cached_property
    def totals_outside(self) -> tuple[Total, ...]:
        """The kinds that this way of verifying does not verify."""
        return tuple(one for one in totals(self.quantities) if one.kind in self.outside)

    @property
    def outside(self) -> frozenset[Kind]:
        """The kinds that this way of verifying does not verify."""
        hashes: frozenset[Kind] = frozenset({"hash"} if self._no_hash_compared else ())
        return OUTSIDE[self.mode] | hashes

    @property
    def _no_hash_compared(self) -> bool:
        """Whether there are hashes and nothing that they could be compared with."""
        return self.mode == "twin" and self.hashes_alone

    @property
    def all(self) -> Total:
        """All that was to be verified, under the kind ``about``."""
        sums = [
            sum(getattr(one, name) for one in self.totals)
            for name in ("of", "agree", "noted", "differ", "not_verified")
        ]
        return Total("about", *sums)

    @property
    def remarkable(self) -> tuple[Quantity, ...]:
        """The quantities that do not simply agree, of the kinds that were to be verified."""
        return tuple(
            one
            for one in self.quantities
            if one.verdict != "agrees" and one.kind not in self.outside
        )

    @property
    def holds(self) -> bool:
        """Whether all that was to be verified was verified, and there was something."""
        every = self.all
        return every.of > 0 and every.agree == every.of and not self.reason

    @property
    def headline(self) -> str:
        """The verdict in one sentence."""
        every = self.all
        if self.mode == "nothing" or self.reason:
            return f"Not verified: {self.reason}."
        verdict = "Verified" if self.holds else "Not verified"
        if self.mode == "data":
            what = "quantities of the record agree with the rerun"
        elif not self._no_hash_compared:
            what = "checks of the pipeline on the synthetic twin, and of the hashes, hold"
        else:
            what = "checks of the pipeline on the synthetic twin hold"
            verdict = "Verified, the pipeline alone and no number" if self.holds else verdict
        rest = "" if self.holds else f"; {every.differ} differ, {every.not_verified} not verified"
        return f"{verdict}: {every.agree:,} of {every.of:,} {what}{rest}."

    @property
    def scope(self) -> str:
        """What was done and what was not, in words."""
        if self.reason:
            return "Nothing was recomputed."
        if self.mode == "data":
            return (
                "The notebooks were run again on the data, and every quantity of the record was "
                "compared, and the bound numbers of documents in HTML. What else documents say is "
                "not verified here; their numbers are bound to the record by key."
            )
        hashes = (
            "The record is hashes alone: neither numbers nor data are here that they could be "
            "compared with, and they were not verified."
            if self._no_hash_compared
            else "The hashes of the numbers were compared with the ledger."
        )
        return (
            "The data are not here. The notebooks were run on a synthetic twin of the tables. "
            f"{hashes} No published number was recomputed."
        )

"""How drug rows become lines of therapy, and what is taken from the lines."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from helpers.study.schema.section import Key, Section


class Regimen(Section):
    """A regimen class by its agents.

    Attributes:
        level: Level key.
        label: Label of the class.
        all_of: Agents that the line must all hold.
        any_of: Agents of which it must hold one.
        none_of: Agents that it may not hold.
    """

    level: Key
    label: str
    all_of: list[Key] = []
    any_of: list[Key] = []
    none_of: list[Key] = []


class LineQuantity(Section):
    """A patient-level quantity from lines of therapy.

    Attributes:
        quantity: ``start`` (first day of the line), ``end`` (its last), ``next_start`` (first
            day of any later line), ``procedure`` (first day of a procedure in this line or an
            earlier one), ``regimen`` (class of the line's agents), ``exposed`` (yes when this
            line or an earlier one holds one of ``agents``; unknown without any line),
            ``count`` (number of lines recorded).
        line: Which line, counted from 1.
        procedure: For ``procedure``: key in ``lines.procedures``.
        agents: For ``exposed``: keys in ``lines.agents``.
        within_days: For ``regimen``: only agents that start within so many days of the line's
            first day count, so that a drug added later does not change the class; agents
            without a start count. None takes all agents of the line.
    """

    quantity: Literal["start", "end", "next_start", "procedure", "regimen", "exposed", "count"]
    line: int = Field(default=1, ge=1)
    procedure: Key | None = None
    agents: list[Key] = []
    within_days: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _arguments_fit(self) -> LineQuantity:
        if (self.quantity == "procedure") != (self.procedure is not None):
            raise ValueError("`procedure` is given with quantity `procedure`, and only then")
        if (self.quantity == "exposed") != bool(self.agents):
            raise ValueError("`agents` is given with quantity `exposed`, and only then")
        if self.within_days is not None and self.quantity != "regimen":
            raise ValueError("`within_days` belongs to quantity `regimen` only")
        return self


class LineRules(Section):
    """How rows without a recorded line number get one.

    Attributes:
        overlap_days: An agent that starts within so many days of the line's first day belongs to
            its regimen; a new agent after that starts a new line.
        gap_days: More than so many days between the end of every drug of the line and the next
            start make a new line, even of the same agents.
        continue_with: Agents and procedures that never start a line as new ones (a planned
            transplant and its conditioning); a gap before them still does.
        maintenance: Agents that continue the line, gap or not, when they start within
            ``maintenance_days`` of the patient's last procedure.
        maintenance_days: See there.
        missing_end: A drug without a recorded end is ``ongoing`` until a new agent starts a new
            line (no gap can follow it), or was given on its ``start`` only.
    """

    overlap_days: float = Field(ge=0)
    gap_days: float = Field(ge=0)
    continue_with: list[Key] = []
    maintenance: list[Key] = []
    maintenance_days: float = Field(default=180.0, ge=0)
    missing_end: Literal["ongoing", "start"] = "ongoing"


class Lines(Section):
    """How drug rows become lines of therapy.

    Attributes:
        words: Line number to the words in the source ("Second line of therapy"); a plain
            number is understood as it is.
        agents: Agent key to spellings in the source, matched without case. A spelling that
            is not listed is an error.
        procedures: Procedure key to spellings in the ``type`` or ``agent`` column.
        regimens: Regimen classes in order; the first that matches is taken. The level
            ``other`` is kept for the rest.
        other: Label of the class for all other regimens.
        rules: Gaps and overlaps, for patients without any recorded line number. None leaves
            their rows out.
    """

    words: dict[int, list[str]] = {}
    agents: dict[Key, list[str]]
    procedures: dict[Key, list[str]] = {}
    regimens: list[Regimen] = []
    other: str = "Other"
    rules: LineRules | None = None

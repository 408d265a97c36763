"""Raw tables as hospitals export them: many spellings, stray spaces, a row that stands twice.

Out of scope: what the values are (``patients``, ``survival``, ``course``). Every spelling
written here is one that study.yml knows; repairing them is the cleaning notebook's work.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers.reconstruction.chosen import Export
from helpers.reconstruction.patients import stream
from helpers.study.definition import Study
from helpers.study.schema.source import TableSource
from helpers.study.schema.variable import Variable


class Writer:
    """Writes values in the way of each centre.

    Args:
        study: The study; spellings come from its codes.
        how: The chosen way of writing.
        seed: Seed of the choices.
    """

    def __init__(self, study: Study, how: Export, seed: int) -> None:
        self.study = study
        self.how = how
        self.rng = stream(seed, "export")
        self.centers = list(study.levels(how.center))

    def patients(self, values: Mapping[str, np.ndarray], ids: Sequence[str]) -> pd.DataFrame:
        """Return the patients table as text, one column per study variable."""
        source = self.study.tables.patients
        table = pd.DataFrame({source.id: list(ids)}, dtype=object)
        for name, variable in self.study.variables.items():
            centers = values[self.how.center]
            pairs = zip(values[name], centers, strict=True)
            table[variable.column] = [self._written(variable, v, c) for v, c in pairs]
        return table

    def adverse_events(
        self, events: pd.DataFrame, ids: Sequence[str], centers: Sequence[str]
    ) -> pd.DataFrame:
        """Return the adverse events table as text."""
        source = self.study.tables.adverse_events
        classes = self.study.adverse_events
        if source is None or classes is None:
            raise ValueError("the study has no table of adverse events")
        spellings = {t: s for c in classes.classes.values() for t, s in c.terms.items()}
        rows = []
        columns = (events[name] for name in ("patient", "term", "grade", "day"))
        for patient, term, grade, day in zip(*columns, strict=True):
            words = [term, *spellings[term]]
            word = self._spaced(str(words[self.rng.integers(len(words))]))
            pattern = self.how.grade_words[self.rng.integers(len(self.how.grade_words))]
            rows.append(
                {
                    source.id: ids[patient],
                    source.columns["term"]: word,
                    source.columns["grade"]: pattern.format(grade),
                    source.columns["start"]: self._date(day, centers[patient]),
                }
            )
        return pd.DataFrame(rows, dtype=object)

    def with_duplicates(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the table with some rows standing a second time, further down."""
        for _ in range(self.how.duplicated):
            row = int(self.rng.integers(0, len(table) // 2))
            place = int(self.rng.integers(len(table) // 2, len(table) + 1))
            parts = [table.iloc[:place], table.iloc[[row]], table.iloc[place:]]
            table = pd.concat(parts, ignore_index=True)
        return table

    def _written(self, variable: Variable, value: object, center: object) -> str:
        if value is None or (isinstance(value, float) and np.isnan(value)):
            empty = variable.type == "date"
            return "" if empty else str(self.rng.choice(self.how.unknown))
        if variable.type == "date":
            return self._date(float(str(value)), center)
        if variable.type == "yes_no":
            words = self.how.yes if value == "yes" else self.how.no
            return self._spaced(words[self._style(center) % len(words)])
        if variable.type == "category":
            codes = variable.codes.get(str(value)) or [variable.levels[str(value)]]
            return self._spaced(codes[self.rng.integers(len(codes))])
        if variable.type in {"number", "integer"}:
            return self._number(float(str(value)))
        return self._spaced(str(value))

    def _number(self, value: float) -> str:
        text = f"{value:.10g}"
        decimal = self.study.tables.patients.decimal
        other = {".": ",", ",": "."}[decimal]
        if "." not in text:
            return self._spaced(text)
        odd = self.rng.uniform() < self.how.decimal_comma
        return self._spaced(text.replace(".", other if odd else decimal))

    def _date(self, ordinal: float, center: object) -> str:
        day = dt.date.fromordinal(int(ordinal))
        formats = self.how.date_formats
        pattern = formats[self._style(center) % len(formats)]
        parts = {"%Y": f"{day.year:04d}", "%m": f"{day.month:02d}", "%d": f"{day.day:02d}"}
        for code, text in parts.items():
            pattern = pattern.replace(code, text)
        return pattern

    def _style(self, center: object) -> int:
        return self.centers.index(str(center))

    def _spaced(self, word: str) -> str:
        if self.rng.uniform() >= self.how.stray_space:
            return word
        return f" {word}" if self.rng.uniform() < 0.5 else f"{word} "


def to_bytes(table: pd.DataFrame, source: TableSource, *, byte_order_mark: bool) -> bytes:
    """Return a table as the bytes of a CSV file in the source's encoding and separator."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=source.separator, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.itertuples(index=False, name=None))
    mark = "\ufeff" if byte_order_mark else ""
    return (mark + text.getvalue()).encode(source.encoding)

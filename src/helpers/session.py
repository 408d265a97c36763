"""What a notebook talks to: its study, its cohort, its ledger, and where its exhibits go.

Inside a build the pipeline names the folders through the environment. Outside one, by hand in
JupyterLab or under nbval, everything is written to a scratch folder and the record stays as
it is.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import weakref
from collections.abc import Iterable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.getipython import get_ipython
from IPython.display import Markdown, display
from pydantic import ValidationError

from helpers.errors import ManuscriptError, unknown_name
from helpers.ledger import Ledger, Row, RowMaker, read_ledger
from helpers.scratch import scratch_folder
from helpers.study import find_root, load_study
from helpers.study.definition import Study
from helpers.study.schema.settings import Settings

if TYPE_CHECKING:
    from helpers.analyses.drawing import Drawing
    from helpers.exhibits.table import Table
    from helpers.study.cohort import Cohort

LABEL = re.compile(r"^#\|\s*label:\s*([a-z0-9-]+)\s*$", re.MULTILINE)
COHORT = "cohort.pickle"
# Processors differ in the last digits of a float; what is compared as text stops before them.
ENOUGH = "%.8g"
NOT_COLLECTED = "Not collected in this study."


class Session:
    """One run of one notebook.

    Attributes:
        notebook: The notebook's name, without its suffix.
        study: The study, with the notebook's parameters applied.
        ledger: The rows recorded so far.
    """

    def __init__(self, notebook: str, study: Study, root: Path) -> None:
        self.notebook = notebook
        self.study = study
        self.ledger = Ledger(notebook, self._label)
        self._root = root
        self._held = ExitStack()
        self._record = self._folder("MANUSCRIPT_RECORD")
        self._work = self._folder("MANUSCRIPT_WORK")
        self._cohort: Cohort | None = None
        self._alts: dict[str, str] = {}

    @property
    def cohort(self) -> Cohort:
        """The analysed cohort: as 01-cleaning left it in this build, else read afresh."""
        if self._cohort is None:
            self._cohort = self._kept_cohort() or self._read_cohort()
        return self._cohort

    def keep_cohort(self) -> None:
        """Leave the cohort, and its analysis table, for the notebooks that follow.

        Both hold patient-level rows, so they go to the private work folder, never into the
        record.
        """
        from helpers.study.cohort import analysis_table

        self._work.mkdir(parents=True, exist_ok=True)
        analysis_table(self.cohort).to_parquet(self._work / "analysis.parquet")
        with (self._work / COHORT).open("wb") as handle:
            pickle.dump(self.cohort, handle, protocol=pickle.HIGHEST_PROTOCOL)

    @property
    def data_folder(self) -> Path:
        """The study's folder below ``data/``."""
        return self._root / "data" / self.study.id

    def earlier_rows(self) -> dict[str, Row]:
        """Return the rows of the notebooks that ran before, by key.

        Inside a build these are the parts just left; outside one, the study's record.

        Raises:
            ManuscriptError: No notebook has run before this one.
        """
        parts = sorted((self._record / "parts").glob("*.json"))
        kept = self._root / "outputs" / self.study.id / "ledger.json"
        files = parts or [path for path in [kept] if path.is_file()]
        if not files:
            raise ManuscriptError(
                "there are no results to compare with",
                where=self.notebook,
                remedy=f"run `manuscript build {self.study.id}`",
            )
        found = (row for path in files for row in read_ledger(path))
        return {row.key: row for row in found if row.notebook != self.notebook}

    def rows(self, context: str, population: str) -> RowMaker:
        """Return the maker of ledger rows of one analysis."""
        return RowMaker(style=self.study.style, context=context, population=population)

    def columns(self, context: str, primary: str, *others: str) -> dict[str, str]:
        """Return the ledger prefix of each population of an exhibit, the primary one first.

        The primary population's keys begin with the context alone, those of another with
        ``<context>_in.<population>``.
        """
        rest = (name for name in dict.fromkeys(others) if name != primary)
        return {primary: context, **{name: f"{context}_in.{name}" for name in rest}}

    def record(self, rows: Iterable[Row]) -> None:
        """Record rows in the ledger, stamped with this notebook and the running cell."""
        self.ledger.record(rows)

    def show_table(self, table: Table | None, *, without: str = NOT_COLLECTED) -> None:
        """Show a table and keep it as CSV; where there is none, say ``without``."""
        if table is None:
            self.say(without)
            return
        table.to_csv(self._file("tables", ".csv"))
        display(table)

    def show_figure(self, drawing: Drawing | None, *, without: str = NOT_COLLECTED) -> None:
        """Show a figure and keep its picture, its vector file and the data behind it.

        Where there is no figure, say ``without``.
        """
        from helpers.exhibits import save_vector, show

        if drawing is None:
            self.say(without)
            return
        csv = drawing.data.to_csv(index=False, float_format=ENOUGH, lineterminator="\n")
        self._file("figures", ".csv").write_text(csv, encoding="utf-8")
        save_vector(drawing.figure, self._file("figures", ".svg"))
        digest = hashlib.sha256(csv.encode()).hexdigest()[:16]
        png = show(drawing.figure, alt=drawing.alt, text=f"{drawing.alt} [data {digest}]")
        self._file("figures", ".png").write_bytes(png)
        self._alts[self._label().replace("-", "_")] = drawing.alt

    def keep(self, name: str, text: str) -> None:
        """Leave a file of text beside the ledger, in the record of this build."""
        self._record.mkdir(parents=True, exist_ok=True)
        (self._record / name).write_text(text, encoding="utf-8")

    def say(self, markdown: str) -> None:
        """Show a sentence."""
        display(Markdown(markdown))

    def close(self) -> None:
        """Leave the ledger part of this notebook and say what was recorded.

        What was written to scratch goes, since it may hold a cohort.
        """
        part = self._record / "parts" / f"{self.notebook}.json"
        self.ledger.write(
            part, study=self.study.id, data_hash=self.cohort.data_hash, alts=self._alts
        )
        body = "\n".join(f"{row.key}={_rounded(row.value)};{row.display}" for row in self.ledger)
        digest = hashlib.sha256(body.encode()).hexdigest()[:16]
        self.say(f"Recorded {len(self.ledger)} numbers in the ledger (digest `{digest}`).")
        self._held.close()

    def _folder(self, variable: str) -> Path:
        """Return the folder that the build names, else one that goes when the session does."""
        return Path(os.environ.get(variable) or self._scratch / variable.lower())

    @cached_property
    def _scratch(self) -> Path:
        """A folder for a run by hand, which goes when the session is closed or its kernel ends."""
        weakref.finalize(self, self._held.close)
        return self._held.enter_context(scratch_folder("scratch"))

    def _file(self, folder: str, suffix: str) -> Path:
        path = self._record / folder / f"{self._label()}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _label(self) -> str:
        found = LABEL.search(_running_code())
        if found is None:
            raise ManuscriptError(
                "a cell that records numbers or shows an exhibit needs a label",
                where=self.notebook,
                remedy="begin the cell with a line such as `#| label: tbl-response`",
            )
        return found.group(1)

    def _kept_cohort(self) -> Cohort | None:
        path = self._work / COHORT
        if not path.is_file():
            return None
        with path.open("rb") as handle:
            kept: Cohort = pickle.load(handle)
        return kept if kept.study == self.study else None

    def _read_cohort(self) -> Cohort:
        from helpers.study import read_cohort

        source = os.environ.get("MANUSCRIPT_SOURCE")
        return read_cohort(self._root, self.study, source=Path(source) if source else None)


def begin(notebook: str, study: str, **parameters: Any) -> Session:
    """Open a session on a study, with the notebook's parameters in place of its settings.

    Args:
        notebook: Name of the notebook, without its suffix.
        study: The study's id.
        parameters: Settings by name; None keeps what study.yml says.

    Raises:
        ManuscriptError: The study, a parameter or a population is not known, or a value is
            not of its setting's type.
    """
    root = Path(os.environ["MANUSCRIPT_ROOT"]) if "MANUSCRIPT_ROOT" in os.environ else find_root()
    for name in parameters:
        if name not in Settings.model_fields:
            raise unknown_name("parameter", name, Settings.model_fields, where=notebook)
    try:
        chosen = load_study(root, study).with_settings(**parameters)
    except ValidationError as problem:
        first = problem.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ManuscriptError(
            f"the parameter {name!r} does not fit: {first['msg']}",
            where=notebook,
            remedy="see Settings in docs/study.md for its type and range",
        ) from None
    for name in ("response_population", "survival_population", "safety_population"):
        population = getattr(chosen.settings, name)
        if population not in chosen.populations:
            raise unknown_name("population", population, chosen.populations, where=name)
    session = Session(notebook, chosen, root)
    if chosen.synthetic:
        session.say(f"> **Synthetic patients.** {chosen.provenance_note}")
    return session


def _rounded(value: float | None) -> str:
    return "" if value is None else ENOUGH % value


def _running_code() -> str:
    shell = get_ipython()
    if not isinstance(shell, ZMQInteractiveShell):
        return ""
    parent = shell.get_parent()
    return str(parent.get("content", {}).get("code", ""))

"""Gate ``disclosure``: what tells of single patients, before it leaves the machine.

Small cells by the threshold of study.yml, also by subtraction; identifiers, days, addresses, free
text; rows of patients. A finding names file, place and kind, and never what was found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from helpers.errors import ManuscriptError
from helpers.review.findings import GateReport
from helpers.review.gates.coherence import view_of
from helpers.review.gates.coherence.view import View
from helpers.review.gates.context import Context
from helpers.review.gates.disclosure import cells, identity, rows
from helpers.review.gates.disclosure.identity import Registry, read_registry
from helpers.review.gates.disclosure.material import STAYS, Material, read_material
from helpers.review.gates.disclosure.trace import NAME, Trace, findings
from helpers.review.gates.gate import Gate
from helpers.study.definition import Study

#: Threshold of a real cohort that does not set one.
DEFAULT = 5
NOT_LOOKED_AT = (
    "not looked at: the pixels of pictures, and of .manuscript, which stays on this machine, "
    "anything but the notebooks of failed runs"
)


def threshold_of(study: Study) -> int | None:
    """Return the threshold in force; None where small cells are not looked at."""
    given = study.disclosure.threshold
    return given if given is not None or study.synthetic else DEFAULT


def check(context: Context) -> GateReport:
    """Look at the record and the documents of a study."""
    data = context.root / "data" / context.study_id
    own = [context.manuscripts, context.root / "notebooks", data / "study.yml"]
    own += [path for path in (data / "claims.yml", data / "README.md") if path.is_file()]
    own += sorted((context.root / "manuscripts").glob("*.*"))
    failed = context.root / ".manuscript" / context.study_id / "failed"
    material = read_material(context.record, own, failed)
    try:
        registry = read_registry(context.root, context.study, context.source)
    except ManuscriptError:
        registry = None
    return report(view_of(context), material, registry)


def report(view: View, material: Material, registry: Registry | None) -> GateReport:
    """Return the report on a study's material.

    Args:
        view: The ledger and the study.
        material: Everything that leaves the machine.
        registry: What the registry tables hold; None where they are not here.
    """
    study = view.study
    threshold = threshold_of(study)
    counted = cells.Cells(threshold or 1)
    traces = [*identity.patterns(material, study.data_cut)]
    if registry is not None:
        traces += identity.matches(material, registry, study.data_cut)
        traces += [
            Trace("unknown identifier column", "study.yml", f"disclosure.identifiers, {position}")
            for position, _ in enumerate(registry.absent, start=1)
        ]
    if threshold is not None:
        traces += _small(view, material, counted)
    by_row = [
        *rows.sheets((*material.sheets, *material.grids), _sizes(view, registry)),
        *rows.outputs(material.outputs),
    ]
    if not study.synthetic:
        traces += by_row
    traces += [Trace("file that cannot be read", *_named(one)) for one in material.unread]
    found = findings(map(_softened, traces))
    return GateReport(
        NAME,
        len(material.lines) + counted.looked_at,
        f"lines and counts ({_threshold_words(study, threshold)})",
        found,
        flagged=len({(trace.file, trace.place) for trace in traces}),
        notes=tuple(_notes(study, material, counted, registry, by_row)),
    )


def _softened(trace: Trace) -> Trace:
    """What stays on the machine is for a person to judge before it is handed on."""
    return replace(trace, severity="warning") if trace.file.startswith(STAYS) else trace


def _named(unread: str) -> tuple[str, str]:
    file, _, why = unread.partition(": ")
    return file, why


def _small(view: View, material: Material, counted: cells.Cells) -> Iterator[Trace]:
    yield from cells.in_ledger(view, counted)
    yield from cells.derived(view, counted)
    yield from cells.in_sheets(material.sheets, counted)
    yield from cells.in_text(material, counted)


def _sizes(view: View, registry: Registry | None) -> frozenset[int]:
    sizes = set(view.sizes.values())
    sizes |= {row.n for row in view.rows if row.key.startswith("flow.") and row.n is not None}
    return frozenset(sizes | ({registry.patients} if registry is not None else set()))


def _threshold_words(study: Study, threshold: int | None) -> str:
    if threshold is None:
        return "small cells: synthetic cohort, not applied unless study.yml sets a threshold"
    said = "study.yml" if study.disclosure.threshold is not None else "default of real cohorts"
    return f"small cells below {threshold}: {said}"


def _notes(
    study: Study,
    material: Material,
    counted: cells.Cells,
    registry: Registry | None,
    by_row: list[Trace],
) -> Iterator[str]:
    yield (
        f"{len(material.lines)} lines of {material.files} files, {len(material.sheets)} CSV "
        f"files, {len(material.grids)} tables of documents, {len(material.outputs)} results of "
        f"cells and pages, {counted.looked_at} counts"
    )
    if registry is None:
        yield (
            "the registry tables are not here (--source names their folder): identifiers, "
            "patients' days and free text were looked for by their form only"
        )
    else:
        yield (
            f"compared with {len(registry.identifiers)} identifying values, "
            f"{len(registry.dates)} days and {len(registry.texts)} free texts of the registry"
        )
    if study.synthetic:
        yield f"rows of single patients: synthetic cohort, allowed; {len(by_row)} places have them"
    yield "days and addresses that the authors wrote in their sources are theirs"
    yield NOT_LOOKED_AT


GATE = Gate(NAME, "small cells, identifiers, days, free text and rows of patients", check)
__all__ = ["DEFAULT", "GATE", "report", "threshold_of"]

"""The site as the last stage of a build: made where the record or a document has changed.

Nothing heavy is imported to find that out.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import helpers
from helpers.pipeline.contents import Contents, files_below, hashes
from helpers.pipeline.events import BuildReport, Event, OnEvent, StageReport, say_nothing
from helpers.pipeline.layout import Layout
from helpers.pipeline.record import record_files
from helpers.pipeline.stamps import Stamp, differences, read_stamp, write_stamp
from helpers.review.site.names import DOCUMENTS, REPORTS, SITE, VERIFICATION

PACKAGE = Path(helpers.__file__).parent
BESIDE = (*(f"{name}.html" for name in DOCUMENTS), VERIFICATION, *REPORTS)
OF_THE_PACKAGE = ("review/site/", "ledger/", "study/")


def with_site(
    root: Path,
    report: BuildReport,
    *,
    formats: tuple[str, ...],
    force: bool = False,
    on_event: OnEvent = say_nothing,
) -> BuildReport:
    """Bring the site of a study up to date after its documents, and add it to the report.

    Args:
        root: The project's folder.
        report: What the build did.
        formats: Formats of the documents; without HTML there is nothing to make a site of.
        force: Whether the site is made, stale or not.
        on_event: Told of the stage.

    Raises:
        ManuscriptError: As for :func:`helpers.review.site.make_site`.
    """
    if "html" not in formats:
        return report
    layout = Layout(root, report.study)
    contents = Contents(layout.state / f"{SITE}-contents.json")
    inputs = _inputs(layout, contents)
    index = layout.outputs / SITE / "index.html"
    stages, seconds = report.stages, report.seconds
    if force or _stale(layout, inputs, contents):
        took = _make(layout, inputs, on_event)
        stages += (StageReport(SITE, "ran", took),)
        seconds += took
    else:
        on_event(Event(SITE, "up to date"))
        stages += (StageReport(SITE, "up to date", 0.0),)
    return replace(report, stages=stages, seconds=seconds, documents=(*report.documents, index))


def _stale(layout: Layout, inputs: dict[str, str], contents: Contents) -> bool:
    stamp = read_stamp(layout.stamp(SITE))
    stale = stamp is None or bool(differences(stamp, inputs, layout.outputs, contents))
    contents.save()
    return stale


def _make(layout: Layout, inputs: dict[str, str], on_event: OnEvent) -> float:
    from filelock import FileLock

    from helpers.review.site.folder import make_site

    began = time.perf_counter()
    on_event(Event(SITE, "running"))
    with FileLock(layout.lock):
        site = make_site(layout.root, layout.study)
        names = [f"{SITE}/{name}" for name in files_below(site)]
        write_stamp(layout.stamp(SITE), Stamp(inputs, hashes(layout.outputs, names)))
    took = time.perf_counter() - began
    on_event(Event(SITE, "ran", seconds=took))
    return took


def _inputs(layout: Layout, contents: Contents) -> dict[str, str]:
    names = [*record_files(layout.outputs), *BESIDE]
    package = [name for name in files_below(PACKAGE) if name.startswith(OF_THE_PACKAGE)]
    return {
        **{f"outputs/{n}": digest for n, digest in contents.hashes(layout.outputs, names).items()},
        **{f"src/helpers/{n}": digest for n, digest in contents.hashes(PACKAGE, package).items()},
        "study.yml": contents.hash(layout.data / "study.yml"),
    }

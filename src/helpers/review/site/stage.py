"""The site as the last stage of a build: made where the record or a document has changed.

Nothing heavy is imported to find that out.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import helpers
from helpers.pipeline.contents import Contents, files_below, hashes
from helpers.pipeline.events import (
    BuildReport,
    Event,
    OnEvent,
    StageReport,
    StageStatus,
    say_nothing,
)
from helpers.pipeline.layout import Layout, record_files
from helpers.pipeline.stamps import Stamp, differences, read_stamp, write_stamp
from helpers.review.site.names import DOCUMENTS, REPORTS, SITE, VERIFICATION

PACKAGE = Path(helpers.__file__).parent
BESIDE = (*(f"{name}.html" for name in DOCUMENTS), VERIFICATION, *REPORTS)
OF_THE_PACKAGE = ("review/site/", "review/revision/naming.py", "ledger/", "study/")


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
    index = layout.outputs / SITE / "index.html"
    stages, seconds = report.stages, report.seconds
    if force or _reasons(layout):
        took = _make(layout, on_event)
        stages += (StageReport(SITE, "ran", took),)
        seconds += took
    else:
        on_event(Event(SITE, "up to date"))
        stages += (StageReport(SITE, "up to date", 0.0),)
    return replace(report, stages=stages, seconds=seconds, documents=(*report.documents, index))


def refreshed(root: Path, study_id: str, on_event: OnEvent = say_nothing) -> Path | None:
    """Bring a site that is there up to date with a report; return its index, None without one.

    Args:
        root: The project's folder.
        study_id: The study.
        on_event: Told of the stage.

    Raises:
        ManuscriptError: As for :func:`helpers.review.site.make_site`.
    """
    layout = Layout(root, study_id)
    index = layout.outputs / SITE / "index.html"
    if not index.is_file():
        return None
    if _reasons(layout):
        _make(layout, on_event)
    return index


def site_status(
    root: Path, study_id: str, before: tuple[StageStatus, ...], formats: tuple[str, ...]
) -> tuple[StageStatus, ...]:
    """Return the state of the site; nothing where a build makes none.

    Args:
        root: The project's folder.
        study_id: The study.
        before: The state of the stages of the build.
        formats: Formats of the documents.
    """
    if "html" not in formats:
        return ()
    again = tuple(f"{stage.name} runs again" for stage in before[-1:] if stage.stale)
    reasons = (*_reasons(Layout(root, study_id)), *again)
    return (StageStatus(SITE, reasons, runs=bool(reasons)),)


def _reasons(layout: Layout) -> tuple[str, ...]:
    """Say why the site must be made; nothing where it need not."""
    contents = Contents(layout.state / f"{SITE}-contents.json")
    stamp = read_stamp(layout.stamp(SITE))
    if stamp is None:
        return ("it has not been made here yet",)
    reasons = differences(stamp, _inputs(layout, contents), layout.outputs, contents)
    contents.save()
    return reasons


def _make(layout: Layout, on_event: OnEvent) -> float:
    from filelock import FileLock

    from helpers.review.site.folder import make_site

    began = time.perf_counter()
    on_event(Event(SITE, "running"))
    with FileLock(layout.lock):
        inputs = _inputs(layout, Contents())
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

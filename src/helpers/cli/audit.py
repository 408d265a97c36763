"""``manuscript audit``: can this abstract be true? Needs no patient data.

Exit status 1 where a claim is impossible and 2 where nothing was audited, for scripts that ask.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helpers.cli.options import Formats
from helpers.errors import ManuscriptError, unknown_name
from helpers.project import find_root

if TYPE_CHECKING:
    from helpers.audit import Audit
    from helpers.claims import Claims

AUDIT_NOTEBOOK = "05-audit"
REPORTS = ("html", "pdf", "docx")
TRANSCRIPTS = {".yml", ".yaml", ".json"}


@click.command("audit")
@click.argument("target", required=False, metavar="[STUDY|FILE.yml]")
@click.option(
    "--from-text",
    "text",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="Draft FILE.claims.yml from the plain text of an abstract; - reads it from the terminal.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the audit as JSON.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for audit.json and the report, or for the draft.",
)
@click.option(
    "--to",
    "formats",
    type=Formats(REPORTS),
    default=(),
    metavar="FORMATS",
    help="Write the report of one page as well: html, pdf, docx, divided by commas.",
)
@click.pass_context
def audit_command(
    context: click.Context,
    target: str | None,
    text: Path | None,
    as_json: bool,
    output: Path | None,
    formats: tuple[str, ...],
) -> None:
    """Say of every claim of an abstract whether any patients could have produced it."""
    if (target is None) == (text is None):
        raise click.UsageError("name a study or a transcript, or --from-text FILE", context)
    try:
        if text is not None:
            _draft(text, output)
            return
        judged, claims, stem = _judged(target or "")
        if as_json:
            from helpers.audit.document import as_document

            click.echo(json.dumps(as_document(judged), ensure_ascii=False, indent=1))
        else:
            _print(judged, claims)
        _write(judged, output, formats, stem, quiet=as_json)
    except ManuscriptError as problem:
        click.echo(f"error: {problem}", err=True)
        sys.exit(2)
    if not judged.possible:
        sys.exit(1)


def _judged(target: str) -> tuple[Audit, Claims, str]:
    """Return the audit of a transcript, or of a study beside its own results."""
    from helpers.audit import audit
    from helpers.claims.loading import load_claims
    from helpers.study import list_studies

    path = Path(target)
    if path.suffix not in TRANSCRIPTS and (path.suffix or len(path.parts) != 1):
        raise ManuscriptError(
            "this is neither a study nor a transcript, whose name ends in .yml",
            where=target,
            remedy=f"draft one from a text: manuscript audit --from-text {path.stem or 'FILE'}.txt",
        )
    if path.suffix in TRANSCRIPTS or path.is_file():
        claims = load_claims(path, where=target)
        return audit(claims), claims, path.name.split(".")[0]
    root = find_root()
    if target not in list_studies(root):
        raise unknown_name("study", target, list_studies(root), where="data/")
    where = f"data/{target}/claims.yml"
    claims = load_claims(root / "data" / target / "claims.yml", where=where)
    return _of_study(root, target) or audit(claims), claims, target


def _of_study(root: Path, name: str) -> Audit | None:
    """Return the audit of a study; its own values count where it has been built."""
    from helpers.analyses.audit import audit_study
    from helpers.ledger import read_ledger
    from helpers.study import load_study

    kept = root / "outputs" / name / "ledger.json"
    rows = read_ledger(kept) if kept.is_file() else ()
    ledger = {row.key: row for row in rows if row.notebook != AUDIT_NOTEBOOK}
    return audit_study(root / "data" / name, load_study(root, name), ledger)


def _write(
    judged: Audit, output: Path | None, formats: tuple[str, ...], stem: str, *, quiet: bool
) -> None:
    """Write audit.json and the report: into a folder named, the report else beside the caller.

    Raises:
        ManuscriptError: The folder cannot be written.
    """
    from helpers.audit.document import write_document

    made = []
    if output is not None:
        with _writing(output):
            write_document(judged, output / "audit.json")
        made.append(output / "audit.json")
    if formats:
        from helpers.audit.report import write_report

        with _writing(output or Path()):
            made += write_report(judged, output or Path(), formats, f"{stem}-audit")
    for path in () if quiet else made:
        click.echo(f"  {path}")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Turn a folder that cannot be written into an error for the reader."""
    try:
        yield
    except OSError as error:
        raise ManuscriptError(
            f"nothing can be written there: {error.strerror}",
            where=str(folder),
            remedy="name another folder with --output",
        ) from error


def _draft(text: Path, output: Path | None) -> None:
    from helpers.claims.drafting import draft_claims, read_text

    words = sys.stdin.read() if str(text) == "-" else read_text(text)
    draft = draft_claims(words)
    if str(text) == "-" and output is None:
        click.echo(draft.text, nl=False)
        return
    stem = "draft" if str(text) == "-" else text.stem
    path = (output or text.parent) / f"{stem}.claims.yml"
    if path.exists():
        raise ManuscriptError(
            "there is a transcript already, perhaps one that a person finished",
            where=str(path),
            remedy="move it away, or name another folder with --output",
        )
    with _writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(draft.text, encoding="utf-8")
    marks, unread = draft.claims.marks, len(draft.claims.unread)
    click.echo(f"{path}: {len(draft.claims.claims)} claims drafted from the text")
    click.echo(f"  {marks} marks to look at, {unread} of them sentences with figures left unread")


def _print(judged: Audit, claims: Claims) -> None:
    click.echo(judged.citation)
    click.echo(judged.summary)
    if claims.marks:
        click.echo(f"drafted: {claims.marks} marks remain that a person has to look at")
    for one in judged.claims:
        if one.verdict not in {"consistent", "reproduced"}:
            click.echo(f"{one.verdict:<18}{one.claim}: {one.evidence}")

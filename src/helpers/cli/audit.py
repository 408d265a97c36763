"""``manuscript audit``: can this abstract be true? Needs no patient data.

Exit status 1 where a claim is impossible, so that a script can ask.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helpers.errors import ManuscriptError
from helpers.project import find_root

if TYPE_CHECKING:
    from helpers.audit import Audit
    from helpers.claims import Claims

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
    help="Folder for audit.json, or for the draft.",
)
@click.pass_context
def audit_command(
    context: click.Context,
    target: str | None,
    text: Path | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Say of every claim of an abstract whether any patients could have produced it."""
    if (target is None) == (text is None):
        raise click.UsageError("name a study or a transcript, or --from-text FILE", context)
    if text is not None:
        _draft(text, output)
        return
    from helpers.audit.audit import audit
    from helpers.audit.document import as_document, write_document

    claims = _transcript(target or "")
    judged = audit(claims)
    if output is not None:
        write_document(judged, output / "audit.json")
    if as_json:
        click.echo(json.dumps(as_document(judged), ensure_ascii=False, indent=1))
    else:
        _print(judged, claims)
    if not judged.possible:
        sys.exit(1)


def _transcript(target: str) -> Claims:
    from helpers.claims import load_claims

    path = Path(target)
    if path.suffix in TRANSCRIPTS or path.is_file():
        return load_claims(path, where=target)
    return load_claims(
        find_root() / "data" / target / "claims.yml", where=f"data/{target}/claims.yml"
    )


def _draft(text: Path, output: Path | None) -> None:
    from helpers.claims.drafting import draft_claims, read_text

    words = click.get_text_stream("stdin").read() if str(text) == "-" else read_text(text)
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
        if one.verdict != "consistent":
            click.echo(f"{one.verdict:<18}{one.claim}: {one.evidence}")

"""The README of an archive: what a stranger who unpacks it can read, run and not run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: Where the project's own README stands in an archive.
PROJECT = "PROJECT.md"
_HEAD = """# {title}

This is an archive of the study `{study}`: sources, results, documents and the locked environment,
as `manuscript archive {study}` wrote them. `ro-crate-metadata.json` lists every file with its size
and SHA-256.
{notes}
## To read

| | |
|---|---|
{reading}

## To run again

Python 3.11 or newer, pip and make are all it takes. Here, in this folder:

```
make .venv
{commands}
```

{remark}

`manuscript verify` runs the notebooks again and compares every number, table and figure with the
record. `docs/verification.md` says how far each kind may differ.
"""
_READING = {
    "outputs/{study}/paper.html": "the paper; beside it as PDF, DOCX and JATS where they were made",
    "outputs/{study}/abstract.html": "the abstract",
    "outputs/{study}/ledger.json": "every number with its counts, population, method and cell",
    "outputs/{study}/01-cleaning.ipynb": "the first of the executed notebooks",
    "data/{study}/study.yml": "what the study is",
    "manuscripts/{study}/paper.qmd": "the text, in which every number is bound by its key",
    PROJECT: "the program that made all this, and its documentation in `docs/`",
}


@dataclass(frozen=True)
class Contents:
    """What an archive holds, as far as its README speaks of it.

    Attributes:
        study: The study's id.
        title: Its title.
        files: The names of all files.
        left_out: The registry tables that it does not hold.
        twin: Folder of a synthetic twin of the tables, "" where there is none.
        drawn: Whether the tables were drawn from ``claims.yml`` and can be drawn again.
        notes: What the reader should know.
    """

    study: str
    title: str
    files: Iterable[str]
    left_out: tuple[str, ...]
    twin: str
    drawn: bool
    notes: tuple[str, ...]


def read_me(contents: Contents) -> str:
    """Return the README of an archive."""
    study, files = contents.study, set(contents.files)
    reading = [
        f"| [{name}]({name}) | {about} |"
        for name, about in ((name.format(study=study), text) for name, text in _READING.items())
        if name in files
    ]
    commands, remark = _run(contents)
    return _HEAD.format(
        title=contents.title,
        study=study,
        notes="".join(f"\n{note}\n" for note in contents.notes),
        reading="\n".join(reading),
        commands="\n".join(f".venv/bin/manuscript {command}" for command in commands),
        remark=remark,
    )


def _run(contents: Contents) -> tuple[tuple[str, ...], str]:
    """Return the commands that work in the archive as it is, and what is to be said of them."""
    study = contents.study
    if not contents.left_out:
        return (
            (f"verify {study}", f"build {study}"),
            f"`manuscript build {study}` makes results, documents and the site anew.",
        )
    tables = ", ".join(f"`{name}`" for name in contents.left_out)
    if contents.drawn:
        return (
            (f"reconstruct {study}", f"verify {study}", f"build {study}"),
            f"The synthetic tables are not here ({tables}). `manuscript reconstruct {study}` draws "
            f"them again from `data/{study}/claims.yml`, with the same seed and to the same bytes.",
        )
    source = (
        f"The tables are not here ({tables}). Who has them puts them there, or names their folder: "
        f"`manuscript verify {study} --source DIR`."
    )
    if contents.twin:
        return (
            (f"verify {study}",),
            f"{source} Without them the pipeline is verified on the synthetic twin in "
            f"`{contents.twin}`, and the report says that no published number was recomputed.",
        )
    return (
        (f"verify {study} --source DIR",),
        f"{source} Without them nothing can be computed again, and `manuscript verify` says so.",
    )

"""Proposes a variable for every column of a patients table: by its heading, and by its kind.

Cells are looked at to tell dates from numbers and words; none of them is kept. A spelling comes
from the vocabulary of this package, never from the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import ManuscriptError, unknown_name
from helpers.scaffold.cells import Cells, Reading, read_cells, reading_of
from helpers.scaffold.vocabulary import ID, Role, plain, vocabulary
from helpers.study.schema import TableSource

#: Share of a column's known cells that must be understood for its heading to be believed.
BELIEVED = 0.5
#: Variables of a study.yml that is written without a table.
USUAL = (
    "age",
    "sex",
    "stage",
    "prior_lines",
    "start",
    "best_response",
    "progression",
    "death",
    "last_contact",
)
#: Names that study.yml derives.
DERIVED = ("age", "age_group")
#: What the first paper rests on: a cell that cannot be read stops the build.
NEEDED = ("start", "best_response", "response_date", "progression", "death", "last_contact")
#: The match of a heading that is one of the vocabulary's.
EXACT = 1000
#: A unit in brackets at the end of a heading: "Hb (g/dl)", "LDH [U/l]", "Plasma cells (%)".
_WITH_UNIT = re.compile(
    r"(?P<words>.*\S)\s*[(\[]\s*"
    r"(?P<unit>[^()\[\]/]*/ ?(?:[dnmµμu]?l|(?:24 ?)?h|kg|m2|m²|mm3|min|day)|%)\s*[)\]]",
    re.IGNORECASE,
)
_FAR_EAST = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@dataclass(frozen=True)
class Column:
    """A variable that is proposed.

    Attributes:
        name: Its name in study.yml.
        heading: The column of the table.
        type: Its type in study.yml.
        label: Words for tables and figures.
        role: What the vocabulary says of it; None where the heading was not recognized.
        codes: Level key to spellings of the vocabulary that stand in the column.
        unread: Cells that are neither understood nor known as unknown.
        there: Whether the table has the column.
        unit: Unit of a number, where the vocabulary or the heading names it.
        varies: Whether it holds more than one known value, as a factor must.
    """

    name: str
    heading: str
    type: str
    label: str
    role: Role | None
    codes: Mapping[str, tuple[str, ...]]
    unread: int = 0
    there: bool = True
    unit: str | None = None
    varies: bool = True

    @property
    def waits(self) -> bool:
        """Whether it is left to the author: not needed, and not all of its cells understood."""
        return self.unread > 0 and self.name not in NEEDED


@dataclass(frozen=True)
class Proposal:
    """What study.yml may say of a patients table.

    Attributes:
        source: How the table is read; its file is named without a folder.
        columns: The variables, the recognized ones first.
        left_out: Headings of columns that hold words of no known kind, or nothing.
        reading: Spellings of unknown, yes and no, and formats of dates, as they were needed.
    """

    source: TableSource
    columns: tuple[Column, ...]
    left_out: tuple[str, ...]
    reading: Reading

    @property
    def names(self) -> set[str]:
        """The variables that are declared, those that wait for the author left out."""
        return {column.name for column in self.columns if not column.waits}

    @property
    def absent(self) -> tuple[str, ...]:
        """Variables that are needed and that the table seems to lack."""
        return tuple(column.name for column in self.columns if not column.there)

    @property
    def strange_dates(self) -> tuple[str, ...]:
        """Headings of dates that were not recognized."""
        found = (c.heading for c in self.columns if c.role is None and c.type == "date")
        return tuple(found)


def without_table() -> Proposal:
    """Return what is proposed where there is no table yet: the columns that most cohorts have."""
    roles = {role.name: role for role in vocabulary().roles}
    return Proposal(
        source=TableSource(file="patients.csv", id="Patient"),
        columns=tuple(_absent(roles[name]) for name in USUAL),
        left_out=(),
        reading=reading_of([]),
    )


def propose(path: Path, *, sheet: str | None, named: Mapping[str, str]) -> Proposal:
    """Read a table and propose what its columns are.

    Args:
        path: The table.
        sheet: Sheet of a workbook; None takes the one with the most filled columns.
        named: Variable, or ``id``, to the heading of its column, where it is known.

    Raises:
        ManuscriptError: The table cannot be read, its first row is not that of the headings, a
            name or heading of ``named`` is not known, or no column identifies the patient.
    """
    cells = read_cells(path, sheet)
    _headed(cells)
    _known(named, cells)
    id_heading = named.get(ID) or _identifier(cells)
    rest = [heading for heading in cells.headings if heading != id_heading]
    roles = _assigned(cells, rest, named)
    kinds = {heading: cells.kind(heading) for heading in rest if heading not in roles}
    order = [role.name for role in vocabulary().roles]
    found = [_recognized(cells, heading, role) for heading, role in roles.items()]
    found.sort(key=lambda column: order.index(column.name))
    found += _needed({column.name for column in found})
    dated = [heading for heading, role in roles.items() if role.type == "date"]
    dated += [heading for heading, kind in kinds.items() if kind == "date"]
    return Proposal(
        source=cells.source.model_copy(update={"id": id_heading}),
        columns=(*found, *_strangers(kinds, {column.name for column in found})),
        left_out=tuple(heading for heading, kind in kinds.items() if kind is None),
        reading=reading_of([cells.known(heading) for heading in dated], cells),
    )


def _headed(cells: Cells) -> None:
    """Refuse a table whose first row leaves most of its columns without a heading."""
    filled = [place for place, _ in enumerate(cells.table.frame.columns) if cells.filled(place)]
    bare = [place for place in filled if not cells.table.frame.columns[place]]
    if 2 * len(bare) > len(filled):
        raise ManuscriptError(
            f"the first row of the table has no heading for {len(bare)} of {len(filled)} columns",
            where=cells.where,
            remedy="delete the rows above the headings in a copy, or name the sheet with --sheet",
        )


def _known(named: Mapping[str, str], cells: Cells) -> None:
    names = [ID, *(role.name for role in vocabulary().roles)]
    for name, heading in named.items():
        if name not in names:
            raise unknown_name("variable", name, names, where="--column")
        if heading not in cells.headings:
            raise unknown_name("column", heading, cells.headings, where=cells.where)


def _identifier(cells: Cells) -> str:
    """Return the column of the patient's id: by its heading, else the first without a repeat."""
    for wanted in vocabulary().ids:
        for heading in cells.headings:
            if plain(heading) == wanted:
                return heading
    for heading in cells.headings:
        if cells.all_different(heading) and cells.kind(heading) != "date":
            return heading
    raise ManuscriptError(
        "no column of the table seems to identify the patient",
        where=cells.where,
        remedy="name it: --column id=HEADING",
    )


def _assigned(cells: Cells, headings: Sequence[str], named: Mapping[str, str]) -> dict[str, Role]:
    """Give columns their roles: those that were named, then the best match first."""
    roles = {role.name: role for role in vocabulary().roles}
    found = {heading: roles[name] for name, heading in named.items() if name != ID}
    matches = [
        (_match(heading, role), heading, role) for heading in headings for role in roles.values()
    ]
    given = set(named)
    for score, heading, role in sorted(matches, key=lambda match: -match[0]):
        if not score or heading in found or role.name in given:
            continue
        if cells.share(heading, role) >= BELIEVED:
            found[heading] = role
            given.add(role.name)
    return found


def _match(heading: str, role: Role) -> int:
    """Return how well a heading fits a role: 0 not at all, more for longer words in common."""
    words = plain(_parted(heading, role.type)[0])
    if words in role.headings:
        return EXACT
    inside = (
        len(known)
        for known in role.headings
        if f" {known} " in f" {words} " or (_FAR_EAST.search(words) and known in words)
    )
    return max(inside, default=0)


def _parted(heading: str, kind: str) -> tuple[str, str | None]:
    """Return the words of a heading, and the unit that those of a number may end in."""
    found = _WITH_UNIT.fullmatch(heading) if kind in ("number", "integer") else None
    if found is None:
        return heading, None
    unit = re.sub(r"/ ?(d?)l$", r"/\1L", found["unit"].strip())
    return found["words"], unit


def _recognized(cells: Cells, heading: str, role: Role) -> Column:
    more = _match(heading, role) not in (0, EXACT) and not _FAR_EAST.search(heading)
    codes = {
        key: spelled
        for key, words in role.further.items()
        if (spelled := tuple(word for word in words if cells.holds(heading, word)))
    }
    unread = cells.unread(heading, role)
    words, unit = _parted(heading, role.type)
    return Column(
        name=role.name,
        heading=heading,
        type=role.type,
        label=words if more else role.label,
        role=role,
        codes=codes,
        unread=unread,
        unit=role.limits.get("unit") or unit,
        varies=len(set(cells.known(heading))) > 1,
    )


def _absent(role: Role) -> Column:
    unit = role.limits.get("unit")
    return Column(role.name, role.label, role.type, role.label, role, {}, there=False, unit=unit)


def _needed(taken: set[str]) -> Iterator[Column]:
    """Yield what no survival analysis can do without, where the table seems to lack it."""
    roles = {role.name: role for role in vocabulary().roles}
    names = ["start", *(["death"] if not taken & {"progression", "death"} else []), "last_contact"]
    for name in names:
        if name not in taken:
            yield _absent(roles[name])


def _strangers(kinds: Mapping[str, str | None], others: set[str]) -> Iterator[Column]:
    """Yield the columns that were not recognized but are all dates, numbers, or yes and no."""
    taken = {*others, *DERIVED}
    for number, (heading, kind) in enumerate(kinds.items(), 1):
        if kind is not None:
            words, unit = _parted(heading, kind)
            name = _free_name(words, number, taken)
            taken.add(name)
            yield Column(name, heading, kind, words, None, {}, unit=unit)


def _free_name(heading: str, number: int, taken: set[str]) -> str:
    """Return a key from the Latin words of a heading, unlike those that are taken."""
    words = re.sub(r"[^a-z0-9]+", "_", plain(heading)).strip("_")
    name = words if words[:1].isalpha() else f"stranger_{number}"
    while name in taken:
        name += "_2"
    return name

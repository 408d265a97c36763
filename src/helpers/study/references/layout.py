"""Tables whose columns are the ones they need."""

from __future__ import annotations

from collections.abc import Iterator

from helpers.study.definition import Study
from helpers.study.references.naming import Problem, unknown_word

#: Column names that a long table may map, and those that it must.
LONG_TABLES = {
    "treatments": (("agent", "start"), ("line", "end", "type")),
    "responses": (("date", "response"), ()),
    "adverse_events": (("term", "grade"), ("start",)),
}


def check_tables(study: Study) -> Iterator[Problem]:
    """Yield tables that lack a column, or what they need beside it."""
    if study.tables.patients.columns:
        yield ("tables", "patients", "columns"), "the columns of patients stand in `variables`"
    treatments = study.tables.treatments
    if treatments and "line" not in treatments.columns and study.lines and not study.lines.rules:
        path = ("tables", "treatments", "columns")
        yield path, "the column 'line' is needed where `lines.rules` are not given"
    for table, (needed, optional) in LONG_TABLES.items():
        source = getattr(study.tables, table)
        path = ("tables", table, "columns")
        if source is not None:
            allowed = (*needed, *optional)
            unknown = [name for name in source.columns if name not in allowed]
            absent = [name for name in needed if name not in source.columns]
            yield from (((*path, name), unknown_word("column", name, allowed)) for name in unknown)
            yield from ((path, f"the column {name!r} is needed") for name in absent)
    for table, section in (("treatments", "lines"), ("adverse_events", "adverse_events")):
        given = getattr(study.tables, table) is not None
        if given and getattr(study, section) is None:
            yield ("tables", table), f"this table needs the section `{section}`"
        if not given and getattr(study, section) is not None:
            yield (section,), f"this section needs the table `tables.{table}`"
    assessed = study.response is not None and study.response.assessments is not None
    if study.tables.responses is not None and not assessed:
        yield ("tables", "responses"), "this table needs the section `response.assessments`"
    if assessed and study.tables.responses is None:
        yield ("response", "assessments"), "this section needs the table `tables.responses`"

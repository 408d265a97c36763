"""What the documentation says is so: keys, defaults, examples, commands and links."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
import pytest
import yaml
from pydantic_core import PydanticUndefined

from helpers.cli import manuscript
from helpers.pipeline.parameters import known_parameters, parse_parameters
from helpers.study import load_study, schema
from helpers.study.definition import Study

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "study.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "data" / "README.md"]
HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)
KEY = re.compile(r"^\| `(\w+)` \| ?(.*?) ?\| (.+) \|$", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
#: The heading of study.md below which the keys of a section stand.
SECTIONS: dict[str, type[schema.Section]] = {
    "The study: top level": Study,
    "Tables: `tables`": schema.Tables,
    "One table: `tables.<table>`": schema.TableSource,
    "Tables that are not shown: `sealed`": schema.Sealed,
    "Variables: `variables.<name>`": schema.Variable,
    "Lines of therapy: `lines`": schema.Lines,
    "One class: `lines.regimens[]`": schema.Regimen,
    "Lines by rule: `lines.rules`": schema.LineRules,
    "Derived variables: `derived.<name>`": schema.Derived,
    "`cut`": schema.Cut,
    "`months_between`, `years_between`": schema.Interval,
    "`within_months`": schema.WithinMonths,
    "`recode`": schema.Recode,
    "`first_match`": schema.FirstMatch,
    "One branch: `first_match.branches[]`": schema.Match,
    "`line`": schema.LineQuantity,
    "`response`": schema.ResponseQuantity,
    "Conditions": schema.Condition,
    "Order of dates: `date_order[]`": schema.Order,
    "Who is analysed: `eligibility[]`": schema.Criterion,
    "Populations: `populations.<name>`": schema.Population,
    "Endpoints: `endpoints.<name>`": schema.Endpoint,
    "Response: `response`": schema.ResponseRules,
    "Dated assessments: `response.assessments`": schema.Assessments,
    "Adverse events: `adverse_events`": schema.AdverseEvents,
    "One class: `adverse_events.classes.<name>`": schema.EventClass,
    "Treatment-emergent window: `adverse_events.window`": schema.Window,
    "Survival: `survival`": schema.SurvivalPlan,
    "One grouping: `survival.curves[]`": schema.Comparison,
    "Competing events: `survival.competing`": schema.CompetingRisks,
    "Settings and notebook parameters: `settings`": schema.Settings,
    "Printing: `style`": schema.Style,
    "Disclosure: `disclosure`": schema.Disclosure,
}


def tables_of(page: str) -> dict[str, dict[str, tuple[str, str]]]:
    """Heading to the keys of the table below it, each with its default and meaning."""
    parts = HEADING.split(page)
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return {head: {k: (d, m) for k, d, m in KEY.findall(body)} for head, body in pairs}


def wrong_keys(page: str) -> list[str]:
    """Every way in which the reference departs from the schema."""
    found = []
    tables = tables_of(page)
    for heading, section in SECTIONS.items():
        documented = tables.get(heading, {})
        if list(documented) != list(section.model_fields):
            found.append(f"{heading}: {sorted(set(documented) ^ set(section.model_fields))}")
        for name, field in section.model_fields.items():
            default, meaning = documented.get(name, ("", ""))
            if not fits(default, field):
                found.append(f"{heading}: default of {name}")
            missing = [word for word in words_of(field.annotation) if f"`{word}`" not in meaning]
            found += [f"{heading}: {name} may be {word}" for word in missing]
    return found


def fits(documented: str, field: Any) -> bool:
    """Whether the default that stands in the table is the field's own."""
    if field.is_required():
        return documented == "needed"
    default = field.default
    assert default is not PydanticUndefined
    if default is None or isinstance(default, schema.Section):
        return documented == ""
    given = yaml.safe_load(documented.strip("`")) if documented else None
    return type(given) in (type(default), int) and given == default


def words_of(annotation: Any) -> list[str]:
    """The words that a field may hold, where there are only some."""
    if get_origin(annotation) is Literal:
        return [word for word in get_args(annotation) if isinstance(word, str)]
    return [word for part in get_args(annotation) for word in words_of(part)]


@pytest.fixture(scope="module")
def reference() -> str:
    return REFERENCE.read_text(encoding="utf-8")


def test_the_reference_has_every_section_of_the_schema():
    every = {
        thing
        for thing in vars(schema).values()
        if isinstance(thing, type) and issubclass(thing, schema.Section)
    }
    assert set(SECTIONS.values()) == every - {schema.Section} | {Study}


def test_every_key_stands_in_the_reference_with_its_default_and_its_words(reference):
    assert wrong_keys(reference) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("| `p_floor` | `0.001` |", "| `p_floor` | `0.01` |"),
        ("| `required` | `false` |", "| `required` | needed |"),
        ("| `column` | needed |", "| `colum` | needed |"),
        ("`log-log`, `log` or `plain`", "`log-log` or `plain`"),
        ("| `declared` | `true` |", "| declared | `true` |"),
        ("### `recode`", "### `recoding`"),
    ],
)
def test_a_reference_that_departs_from_the_schema_is_found(reference, old, new):
    assert old in reference
    assert wrong_keys(reference.replace(old, new))


def test_the_example_of_the_reference_is_a_study(reference, tmp_path):
    """All its yaml blocks, one after another, are one file; each section stands in it."""
    blocks = [body for kind, body in FENCE.findall(reference) if kind == "yaml"]
    (tmp_path / "_quarto.yml").write_text("")
    (tmp_path / "data" / "example").mkdir(parents=True)
    path = tmp_path / "data" / "example" / "study.yml"
    path.write_text("".join(blocks), encoding="utf-8")
    study = load_study(tmp_path, "example")
    left_out = {name for name in Study.model_fields if name not in study.model_fields_set}
    assert left_out == {"yes_codes", "no_codes"}
    rules = {rule for derived in study.derived.values() for rule in derived.model_fields_set}
    assert set(schema.RULES) <= rules


def test_settings_are_the_parameters_of_every_notebook():
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert notebooks
    for notebook in notebooks:
        assert known_parameters(notebook) == ("study", *schema.Settings.model_fields)


def command_lines(page: Path) -> list[list[str]]:
    """The words of every ``manuscript …`` line of a page, in blocks and in running text."""
    text = page.read_text(encoding="utf-8")
    blocks = [body for kind, body in FENCE.findall(text) if not kind]
    lines = [line for body in blocks for line in body.splitlines()]
    found = []
    for line in [*lines, *CODE.findall(FENCE.sub("", text))]:
        spoken = re.split(r"\s{2,}|\s#", line.strip().removeprefix(".venv/bin/"))[0]
        if spoken.startswith("manuscript "):
            found.append(shlex.split(spoken)[1:])
    return found


def parses(words: list[str]) -> None:
    """Parse a command line without running it; a command that is only named need just exist.

    Raises:
        click.UsageError: There is no such command, or it does not take these words.
        ManuscriptError: A parameter is not ``name=value``.
    """
    command = manuscript.get_command(click.Context(manuscript), words[0])
    if command is None:
        raise click.UsageError(f"there is no command {words[0]}")
    given = [str(ROOT) if word == "DIR" else word.removesuffix("...") for word in words[1:]]
    if given:
        context = command.make_context(words[0], given)
        parse_parameters(context.params.get("parameters", ()))


PAGE_LINES = [(page, words) for page in PAGES for words in command_lines(page)]


@pytest.mark.parametrize(
    ("page", "words"), PAGE_LINES, ids=[f"{p.stem}: {' '.join(w)}" for p, w in PAGE_LINES]
)
def test_every_command_line_parses(page, words):
    parses(words)


def test_the_readme_names_every_command():
    named = {words[0] for words in command_lines(ROOT / "README.md")}
    assert set(manuscript.list_commands(click.Context(manuscript))) == named


@pytest.mark.parametrize(
    "line", ["bild", "bild STUDY", "build STUDY --why", "render STUDY --renderer latex"]
)
def test_a_command_line_that_is_none_is_found(line):
    with pytest.raises(click.UsageError):
        parses(line.split())


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links that lead nowhere, anchors included."""
    found = []
    for target in LINK.findall(CODE.sub("", FENCE.sub("", text))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            found.append(target)
    return found


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("link", ["[x](nowhere.md)", "[x](study.md#nowhere)", "[x](#nowhere)"])
def test_a_link_that_leads_nowhere_is_found(link):
    assert broken_links(REFERENCE, link)


def test_the_pages_are_linked_from_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = {Path(target).name for target in LINK.findall(readme)}
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= linked

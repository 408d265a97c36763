"""Each thing that Quarto gets wrong without an error is an error here, with file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pypandoc
import pytest
from fixture_project import TABLE, cell, picture, shows, write_notebook

from helpers.errors import ManuscriptError
from helpers.manuscript import Finding, check_sources, render_study

Edit = Callable[[str, str], None]
PAPER = "manuscripts/demo/paper.qmd"
ANCHOR = "# Declarations {.unnumbered}"


def test_the_fixture_has_no_finding(project: Path) -> None:
    assert check_sources(project, "demo") == ()


def only(project: Path) -> Finding:
    findings = check_sources(project, "demo")
    assert len(findings) == 1, [str(finding) for finding in findings]
    return findings[0]


QUIET = {
    "unknown meta key": (
        "{{< meta n.response.orr.pc >}}",
        "unknown meta key 'n.response.orr.pc'",
        "did you mean 'n.response.orr.pct'?",
    ),
    "unknown var key": ("{{< var sit >}}", "unknown var key 'sit'", "did you mean 'site'?"),
    "group as value": ("{{< meta n.response.orr >}}", "is a group", "n.response.orr.pct"),
    "value in inline math": (
        "So $p = {{< meta n.response.orr.pct >}}$.",
        "inside $math$",
        "close the math",
    ),
    "value in display math": (
        "$$\np = {{< meta n.response.orr.pct >}}\n$$",
        "inside $math$",
        "close the math",
    ),
    "unknown figure": ("See @fig-kn.", "unknown cross-reference @fig-kn", "did you mean @fig-km?"),
    "unknown section": ("See @sec-none.", "unknown cross-reference @sec-none", ""),
    "unknown citation": ("See [@first2032].", "unknown citation @first2032", "@first2023"),
    "unknown cell": (
        "{{< embed ../../outputs/demo/03-survival.ipynb#fig-kn >}}",
        "unknown cell label 'fig-kn'",
        "did you mean 'fig-km'?",
    ),
    "unknown notebook": (
        "{{< embed ../../outputs/demo/99-none.ipynb#fig-x >}}",
        "does not exist",
        "build",
    ),
    "notebook outside": (
        "{{< embed ../../../99-none.ipynb#fig-x >}}",
        "outside the project",
        "inside",
    ),
    "embed in a sentence": (
        "Here {{< embed ../../outputs/demo/03-survival.ipynb#fig-km >}}",
        "does not stand alone",
        "empty line",
    ),
    "bare heading": ("## Of {{< meta n.response.orr.pct >}}", "a heading holds a value", "{#sec-"),
    "shortcode in code": ("`{{< meta n.response.orr.pct >}}`", "inside code", "take it out"),
    "shortcode over lines": ("{{< meta\nn.response.orr.pct >}}", "not closed", "one line"),
    "unknown shortcode": ("{{< vdeo x >}}", "unknown shortcode 'vdeo'", ""),
    "executable cell": ("```{python}\n1 + 1\n```", "executable cell", "notebook"),
    "inline code": ("So `{python} 1 + 1`.", "inline executable code", "docs/rendering.md"),
    "raw block": ("```{=html}\n<b>x</b>\n```", "raw block", "docs/rendering.md"),
    "raw inline": ("So `<b>`{=html}.", "raw inline", "docs/rendering.md"),
    "raw html": ("So <b>bold</b>.", "raw HTML", "docs/rendering.md"),
    "unknown div": ("::: {.panel-tabset}\ntext\n:::", "class 'panel-tabset'", "docs"),
    "unknown div id": ("::: {#thm-x}\ntext\n:::", "a div #thm-x", "docs"),
    "unknown span class": ("[text]{.aside}", "class 'aside'", "docs"),
    "unknown attribute": ("[text]{style=color}", "attribute 'style'", "docs"),
    "stray fence": ("::: {.callout-note}\ntext", "no partner", "close every"),
    "pdf as format": (
        '::: {.content-visible when-format="pdf"}\ntext\n:::',
        'when-format="pdf"',
        "typst",
    ),
    "remote picture": (
        '![x](https://example.org/x.png){#fig-r fig-alt="x"}',
        "from the network",
        "PNG",
    ),
    "missing picture": ('![x](none.png){#fig-r fig-alt="x"}', "none.png does not exist", "PNG"),
    "vector picture": ('![x](none.svg){#fig-r fig-alt="x"}', "kind .svg", "PNG"),
    "label twice": ("## Again {#sec-methods}", "'sec-methods' is used twice", "rename"),
    "hidden label": (
        '::: {.content-visible when-format="html"}\n## Only here {#sec-html}\n:::',
        "inside content that some formats hide",
        "move it",
    ),
}


@pytest.mark.parametrize("name", list(QUIET))
def test_quiet_failures_are_found_with_their_line(project: Path, edit: Edit, name: str) -> None:
    written, what, remedy = QUIET[name]
    edit(ANCHOR, f"{written}\n\n{ANCHOR}")
    findings = check_sources(project, "demo")
    assert findings
    matching = [finding for finding in findings if what in finding.what]
    assert matching, [str(finding) for finding in findings]
    finding = matching[0]
    assert remedy in finding.remedy
    text = (project / PAPER).read_text("utf-8")
    first = text.count("\n", 0, text.index(f"{written}\n\n{ANCHOR}")) + 1
    last = first + written.count("\n")
    place = re.match(rf"{re.escape(PAPER)}:(\d+)", finding.where)
    assert place, finding.where
    assert first <= int(place[1]) <= last
    with pytest.raises(ManuscriptError):
        render_study(project, "demo", formats=("html",), renderer="embedded")
    assert not (project / "outputs" / "demo" / "paper.html").exists()


PCT = "{{< meta n.response.orr.pct >}}"
#: What stands in the abstract, and what is said of it; nothing where Quarto reads it well.
IN_THE_ABSTRACT = {
    "alone": (PCT, ""),
    "in brackets": (f"({PCT}).", ""),
    "with a space between": (f"{PCT} – {PCT}", ""),
    "with a word between": (f"{PCT} to {PCT}", ""),
    "with markup between": (f"{PCT}**–**{PCT}", ""),
    "with a dash between": (f"{PCT}–{PCT}", "two values of the front matter touch"),
    "with nothing between": (f"{PCT}{PCT}", "two values of the front matter touch"),
    "three in a row": (f"{PCT}/{PCT}/{PCT}", "two values of the front matter touch"),
    "without spaces inside": ("{{<meta n.response.orr.pct>}}", "no space inside its marks"),
    "over two lines": ("{{< meta\n  n.response.orr.pct >}}", "not closed on its line"),
}


def quarto_reads(written: str) -> bool:
    """Whether Quarto finds every shortcode of a text of the front matter, by pandoc's words.

    A word that ends with the opening mark begins a shortcode, also where it begins with the
    closing one; any other that begins with the closing mark ends it; name and key are two words.
    """
    tree = json.loads(pypandoc.convert_text(f"Before {written} after.", "json", "markdown"))
    words = re.findall(r'"(?:Str|SoftBreak)"(?:, "c": "([^"]*)")?', json.dumps(tree))
    marks = "".join(
        "{" if word.endswith("{{<") else "}" if word.startswith(">}}") else "." for word in words
    )
    return len(re.findall(r"\{\.\.(?=\})", marks)) == written.count("{{<")


@pytest.mark.parametrize("name", list(IN_THE_ABSTRACT))
def test_shortcodes_of_the_front_matter_that_quarto_misses_are_found(
    project: Path, edit: Edit, name: str
) -> None:
    written, what = IN_THE_ABSTRACT[name]
    edit("Why this was done.", f"Before {written} after.")
    findings = [f for f in check_sources(project, "demo") if "front matter" in f.what]
    assert bool(findings) == (not quarto_reads(written)) == bool(what)
    for finding in findings:
        assert what in finding.what
        assert finding.where == f"{PAPER}:{_line(project, '  **Background.**')}"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("null", "has no value"),
        ("''", "has no value"),
        ("0.90", "not a quoted string"),
        ("no", "not a quoted string"),
        ("2025-01-01", "not a quoted string"),
        ("[a, b]", "not a quoted string"),
    ],
)
def test_values_that_print_nothing_or_something_else(project: Path, value: str, what: str) -> None:
    numbers = project / "outputs" / "demo" / "numbers.yml"
    text = re.sub(r"pct: '.*'", f"pct: {value}", numbers.read_text("utf-8"))
    numbers.write_text(text, encoding="utf-8")
    findings = check_sources(project, "demo")
    assert findings
    assert all(what in finding.what for finding in findings)
    places = {finding.where for finding in findings}
    # The title, the footnote, the included file and two captions print it.
    assert f"{PAPER}:2" in places
    assert "manuscripts/demo/_part.qmd:1" in places
    assert "outputs/demo/02-response.ipynb#tbl-one" in places
    assert "outputs/demo/03-survival.ipynb#fig-km" in places


ERROR = {"output_type": "error", "ename": "E", "evalue": "x", "traceback": []}
STREAM = {"output_type": "stream", "name": "stdout", "text": "printed"}
BOTH = {
    "output_type": "display_data",
    "metadata": {},
    "data": {"text/html": TABLE, "text/markdown": "|a|"},
}


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        ([cell('label: tbl-one\ntbl-cap: "T"', [])], "has no output"),
        ([cell('label: tbl-one\ntbl-cap: "T"', [ERROR])], "ended in an error"),
        (
            [cell('label: tbl-one\ntbl-cap: "T"', [STREAM, shows("text/html", TABLE)])],
            "prints text",
        ),
        ([cell('label: tbl-one\ntbl-cap: "T"', [BOTH])], "text/html, text/markdown"),
        (
            [cell('label: tbl-one\ntbl-cap: "T"', [shows("text/html", TABLE)] * 2)],
            "has 2 outputs",
        ),
        ([cell('label: tbl-one\ntbl-cap: "T"', [shows("image/svg+xml", "<svg/>")])], "image/svg"),
        ([cell("label: tbl-one", [shows("text/html", TABLE)])], "has no caption"),
        (
            [cell('label: tbl-one\nfig-cap: "T"\nfig-alt: "x"', [picture()])],
            "does not show what its label says",
        ),
        (
            [cell('label: tbl-one\ntbl-cap: "T"\ntbl-colwidths: "[1]"', [])],
            "unknown cell option 'tbl-colwidths'",
        ),
        (
            [cell('label: tbl-one\ntbl-cap: "T"', [shows("text/html", TABLE)])] * 2,
            "used by two cells",
        ),
        (
            [cell('label: tbl-one\ntbl-cap: "T {{< meta x >}}"', [shows("text/html", TABLE)])],
            "unknown meta key 'x'",
        ),
        (
            [cell('label: tbl-one\ntbl-cap: "T @tbl-two"', [shows("text/html", TABLE)])],
            "unknown cross-reference @tbl-two",
        ),
    ],
)
def test_bad_cells_are_found(project: Path, cells: list[dict[str, object]], what: str) -> None:
    notebook = project / "outputs" / "demo" / "02-response.ipynb"
    more = cell("label: more", [shows("text/html", TABLE)])
    write_notebook(notebook, [*cells, more])
    findings = check_sources(project, "demo")
    matching = [finding for finding in findings if what in finding.what]
    assert matching, [str(finding) for finding in findings]
    assert "outputs/demo/02-response.ipynb" in matching[0].where


def test_a_figure_needs_an_alternative_text(project: Path) -> None:
    notebook = project / "outputs" / "demo" / "03-survival.ipynb"
    content = json.loads(notebook.read_text("utf-8"))
    source = content["cells"][0]["source"]
    content["cells"][0]["source"] = re.sub(r"#\| fig-alt.*\n", "", source)
    notebook.write_text(json.dumps(content), encoding="utf-8")
    assert "no alternative text" in only(project).what
    # The output's own metadata may carry it, and does so before the option of the cell.
    content["cells"][0]["source"] = source
    content["cells"][0]["outputs"][0]["metadata"] = {"image/png": {"alt": "Said by the output"}}
    notebook.write_text(json.dumps(content), encoding="utf-8")
    assert check_sources(project, "demo") == ()
    made = render_study(project, "demo", formats=("html",), renderer="embedded")[0]
    assert 'alt="Said by the output"' in made.path.read_text("utf-8")


def test_a_synthetic_study_must_say_so(project: Path, edit: Edit) -> None:
    edit("{{< meta n.meta.notice >}}", "Nothing to see.")
    assert "does not say so" in only(project).what


def test_a_document_must_say_how_it_was_made(project: Path, edit: Edit) -> None:
    edit("{{< include ../_shared/_colophon.qmd >}}", "")
    finding = only(project)
    assert "colophon.engine, colophon.commit" in finding.what
    assert "_colophon.qmd" in finding.remedy


def test_sections_are_cited_by_number_only_where_numbered(project: Path, edit: Edit) -> None:
    edit("bibliography:", "number-sections: false\nbibliography:")
    findings = check_sources(project, "demo")
    assert len(findings) == 2
    assert all("sections are not numbered" in finding.what for finding in findings)


def test_unknown_front_matter_is_found(project: Path, edit: Edit) -> None:
    edit("keywords:", "keyword:")
    finding = only(project)
    assert finding.what == "unknown front matter key 'keyword'"
    assert finding.remedy == "did you mean 'keywords'?"
    assert finding.where == f"{PAPER}:{_line(project, 'keyword:')}"


def _line(project: Path, start: str) -> int:
    lines = (project / PAPER).read_text("utf-8").split("\n")
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


def test_a_named_float_inside_another_is_found(project: Path, edit: Edit) -> None:
    edit("02-response.ipynb#more", "03-survival.ipynb#fig-km")
    whats = [finding.what for finding in check_sources(project, "demo")]
    assert any("is a float inside the float supptbl-more" in what for what in whats)


def test_a_bare_exhibit_is_found(project: Path, edit: Edit) -> None:
    edit(ANCHOR, f"{{{{< embed ../../outputs/demo/02-response.ipynb#more >}}}}\n\n{ANCHOR}")
    assert "stands in no labelled div" in only(project).what


def test_findings_carry_their_denominator(project: Path, edit: Edit) -> None:
    edit(ANCHOR, f"See @fig-kn.\n\n{ANCHOR}")
    finding = only(project)
    assert finding.looked_at > 10
    assert f"of {finding.looked_at} looked at" in str(finding)


def test_several_findings_are_listed_in_one_error(project: Path, edit: Edit) -> None:
    edit(ANCHOR, f"See @fig-kn and {{{{< meta n.none >}}}}.\n\n{ANCHOR}")
    with pytest.raises(ManuscriptError) as caught:
        render_study(project, "demo", formats=("html",), renderer="embedded")
    assert "2 problems" in caught.value.what
    assert "@fig-kn" in caught.value.what
    assert "n.none" in caught.value.what


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("---\ntitle", "title", "no front matter"),
        ('title: "Response', "title: [Response", "not valid YAML"),
        ("_part.qmd", "_prt.qmd", "does not exist"),
        ("_part.qmd", "paper.qmd", "includes itself"),
        ("demo/numbers.yml", "demo/nmbers.yml", "does not exist"),
        ("../../outputs/demo/numbers.yml", "../../../numbers.yml", "outside the project"),
        ("references.bib", "refs.bib", "does not exist"),
    ],
)
def test_unreadable_sources_are_errors(
    project: Path, edit: Edit, old: str, new: str, message: str
) -> None:
    edit(old, new)
    with pytest.raises(ManuscriptError, match=message) as caught:
        check_sources(project, "demo")
    assert caught.value.where
    assert caught.value.remedy


def test_a_source_that_is_not_utf8_is_said(project: Path) -> None:
    (project / PAPER).write_bytes(b"---\ntitle: caf\xe9\n---\n")
    with pytest.raises(ManuscriptError, match="not UTF-8"):
        check_sources(project, "demo")


def test_numbers_that_look_like_math_and_tags_are_left_alone(project: Path, edit: Edit) -> None:
    text = (
        "It cost $5 and $6, p <.05, a < b, write to <ada@example.org> or ada@example.org; "
        "10 mg/kg \\@ 5."
    )
    edit(ANCHOR, f"{text}\n\n{ANCHOR}")
    assert check_sources(project, "demo") == ()

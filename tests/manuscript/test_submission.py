"""The abstract as plain text for a form: what it holds, what is counted, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.errors import ManuscriptError
from helpers.manuscript import submission
from helpers.manuscript.submission import STYLES, Style, write_submission

ABSTRACT = """---
title: "Response of {{< meta n.response.orr.pct >}} in *plain* words"
metadata-files: [../../outputs/demo/numbers.yml]
number-sections: false
---

::: {.callout-important .notice title="Synthetic data"}
{{< meta n.meta.notice >}}
:::

# Background

Was **bold** and *slanted*, 10^9^/L, β~2~-microglobulin ≥ 5.5, Müller’s p\u00a0= 0.04 – a
[link](https://example.org).

# Results:

Response was {{< meta n.response.orr.text >}}.

A second paragraph, {{< var site >}}.

{{< include ../_shared/_colophon.qmd >}}
"""
TEXT = """Synthetic data: Synthetic data: the people described here do not exist.

Background:
Was bold and slanted, 10⁹/L, β₂-microglobulin ≥ 5.5, Müller’s p = 0.04 – a link.

Results:
Response was 21 of 38 (55.3%; 95% CI 38.3–71.4).

A second paragraph, Registry of Examples."""


@pytest.fixture
def abstract(project: Path) -> Path:
    path = project / "manuscripts" / "demo" / "abstract.qmd"
    path.write_text(ABSTRACT, encoding="utf-8")
    return path


def test_the_text_is_plain_and_keeps_its_characters(project: Path, abstract: Path) -> None:
    made = write_submission(project, "demo", "ash-abstract")
    assert made.text == TEXT
    assert made.title == "Response of 55.3% in plain words"
    assert made.path == project / "outputs" / "demo" / "abstract.txt"
    assert made.path.read_bytes() == f"{made.title}\n\n{TEXT}\n".encode()


def test_spaces_count_and_the_title_does_not(project: Path, abstract: Path) -> None:
    made = write_submission(project, "demo", "ash-abstract")
    assert (made.characters, made.limit) == (len(TEXT), 3800)
    assert made.visible == sum(not sign.isspace() for sign in TEXT)


def test_a_style_is_one_entry(
    project: Path, abstract: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STYLES, "other", Style("Another society", len(TEXT) + 2, "{} – "))
    text = write_submission(project, "demo", "other").text
    assert "Background – Was bold" in text
    assert "Results – Response" in text


def test_one_character_too_many_is_refused_and_the_last_text_kept(
    project: Path, abstract: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = Style("Nobody", len(TEXT))
    monkeypatch.setitem(STYLES, "exact", exact)
    before = write_submission(project, "demo", "exact").path.read_bytes()
    abstract.write_text(ABSTRACT.replace("Was **bold**", "Was **bolder**"), encoding="utf-8")
    with pytest.raises(ManuscriptError) as raised:
        write_submission(project, "demo", "exact")
    said = str(raised.value)
    assert f"has {len(TEXT) + 2} characters with spaces" in said
    assert f"exact takes {len(TEXT)}" in said
    assert "shorten it by 2 characters" in said
    assert "Background 9" in said
    assert (project / "outputs" / "demo" / "abstract.txt").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "what", "line"),
    [
        ("{{< embed ../../outputs/demo/02-response.ipynb#tbl-one >}}", "an embedded table", 11),
        ('![A flow.](../../outputs/demo/figures/flow.png){#fig-flow fig-alt="x"}', "a picture", 11),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a table", 11),
        ("{{< meta n.response.orr.nothing >}}", "unknown meta key", 11),
    ],
)
def test_what_plain_text_cannot_hold_is_refused_with_its_line(
    project: Path, abstract: Path, words: str, what: str, line: int
) -> None:
    abstract.write_text(
        ABSTRACT.replace("# Background", f"{words}\n\n# Background"), encoding="utf-8"
    )
    with pytest.raises(ManuscriptError) as raised:
        write_submission(project, "demo", "ash-abstract")
    assert what in str(raised.value)
    assert f"manuscripts/demo/abstract.qmd:{line}" in str(raised.value)


def test_unknown_names(project: Path, abstract: Path) -> None:
    with pytest.raises(ManuscriptError, match="did you mean 'ash-abstract'"):
        write_submission(project, "demo", "ash-abstrct")
    with pytest.raises(ManuscriptError, match="did you mean 'demo'"):
        write_submission(project, "demos", "ash-abstract")


def test_a_study_without_an_abstract(project: Path) -> None:
    with pytest.raises(ManuscriptError, match="abstract"):
        write_submission(project, "demo", "ash-abstract")


def test_the_heading_mark_is_in_no_text(project: Path, abstract: Path) -> None:
    assert submission.HEADING_MARK not in write_submission(project, "demo", "ash-abstract").text

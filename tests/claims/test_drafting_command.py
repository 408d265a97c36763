"""``manuscript audit --from-text``: where the draft goes, and what is never overwritten."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from helpers.claims import load_claims
from helpers.cli import manuscript

TEXT = "We studied 38 patients. ORR was 55.3% (21/38). Dose was 10 mg."


@pytest.fixture
def draft(tmp_path):
    """Run the command in a folder that holds the text of an abstract."""
    (tmp_path / "abstract.txt").write_text(TEXT, encoding="utf-8")

    def run(*arguments, **given):
        return CliRunner().invoke(manuscript, ["audit", *map(str, arguments)], **given)

    return run


def test_the_draft_stands_beside_the_text(draft, tmp_path):
    result = draft("--from-text", tmp_path / "abstract.txt")
    assert result.exit_code == 0, result.output
    assert "2 claims drafted" in result.output and "1 of them" in result.output
    claims = load_claims(tmp_path / "abstract.claims.yml")
    assert claims.claims[1].count == "21" and claims.unread == ["10 in: Dose was 10 mg."]


def test_what_a_person_finished_is_not_overwritten(draft, tmp_path):
    (tmp_path / "abstract.claims.yml").write_text("mine", encoding="utf-8")
    result = draft("--from-text", tmp_path / "abstract.txt")
    assert result.exit_code == 2 and "there is a transcript already" in result.output
    assert (tmp_path / "abstract.claims.yml").read_text(encoding="utf-8") == "mine"
    assert (
        draft("--from-text", tmp_path / "abstract.txt", "--output", tmp_path / "d").exit_code == 0
    )
    assert load_claims(tmp_path / "d" / "abstract.claims.yml").claims


def test_a_text_from_the_terminal_is_printed(draft):
    result = draft("--from-text", "-", input=TEXT)
    assert result.exit_code == 0 and "value: '55.3'" in result.output


@pytest.mark.parametrize("arguments", [[], ["x.yml", "--from-text", "-"]])
def test_a_study_or_a_text_and_not_both(draft, arguments):
    assert draft(*arguments).exit_code == 2


@pytest.mark.parametrize("content", [b"", "50 % für alle".encode("latin-1")])
def test_a_text_that_cannot_be_read_is_said(draft, tmp_path, content):
    (tmp_path / "bad.txt").write_bytes(content)
    result = draft("--from-text", tmp_path / "bad.txt")
    assert result.exit_code == 2
    assert "empty" in result.output or "UTF-8" in result.output


def test_a_draft_can_be_audited_as_it_is(draft, tmp_path):
    draft("--from-text", tmp_path / "abstract.txt")
    result = draft(tmp_path / "abstract.claims.yml")
    assert result.exit_code == 0, result.output
    assert "marks" in result.output

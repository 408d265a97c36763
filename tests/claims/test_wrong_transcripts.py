"""Wrong input to ``manuscript audit``: one message with line and key, status 2, no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result

from helpers.claims.json_schema import claims_schema
from helpers.cli import manuscript

GOOD = """\
source: Doe 2025
populations: {all: 60}
claims:
  - id: orr
    text: ORR was 63.3% (38/60)
    kind: proportion
    event: ORR
    value: 63.3
    count: 38
    of: 60
  - id: os
    text: 12-month OS was 78%
    kind: survival_rate
    outcome: os
    time: 12
    value: 78
  - id: sexes
    text: P = 0.04
    kind: contrast
    event: ORR
    groups: [{sex: male}, {sex: female}]
    p: 0.04
"""
#: What is wrong: words of GOOD and what takes their place, the line named, words of the message,
#: and whether an editor with the JSON Schema sees it too.
WRONG: dict[str, tuple[str, str, int, str, bool]] = {
    "unknown key of a claim": ("count: 38", "countt: 38", 9, "did you mean 'count'", True),
    "unknown key of the file": ("populations:", "population:", 2, "'populations'", True),
    "unknown kind": ("survival_rate", "survival_rat", 13, "did you mean 'survival_rate'", True),
    "no number": ("value: 63.3", "value: about sixty", 8, "claims[orr].value", True),
    "no time": ("time: 12", "time: soon", 15, "claims[os].time: must be months", True),
    "no size": ("{all: 60}", "{all: sixty}", 2, "populations.all.n: must be a whole", True),
    "a list for a number": ("value: 63.3", "value: [63.3]", 8, "claims[orr].value", True),
    "half a patient": ("count: 38", "count: 38.5", 9, "must be a whole number", True),
    "one group": (", {sex: female}", "", 17, "needs two `groups`", False),
    "one group twice": ("{sex: female}", "{sex: male}", 17, "`groups` are the same", False),
    "groups without attribute": ("{sex: female}", "female", 21, "claims[sexes].groups.1", True),
    "a p-value of 5": ("p: 0.04", "p: 5", 22, "between 0 and 1", True),
    "two claims of one name": ("id: os", "id: orr", 11, "stand twice: orr", False),
    "a key twice": ("count: 38", "count: 38\n    count: 39", 10, "given twice", False),
    "unknown population": ("of: 60", "of: 60\n    population: al", 11, "mean 'all'", False),
    "no words": ("    text: 12-month OS was 78%\n", "", 11, "text: this key is needed", True),
    "no value": ("    value: 78\n", "", 11, "a survival_rate needs `value`", False),
    "no source": ("source: Doe 2025\n", "", 1, "source: this key is needed", True),
    "a tab": ("    kind: proportion", "\tkind: proportion", 6, "with spaces, not with tabs", False),
    "an unquoted sign": ("p: 0.04", "p: >0.05", 22, "put words in quotes", False),
    "an unquoted colon": ("text: ORR was", "text: Response: ORR was", 5, "in quotes", False),
}
FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the transcript is empty"),
    "only a comment": (b"# nothing yet\n", "the transcript is empty"),
    "binary": (bytes(range(256)), "not UTF-8"),
    "UTF-16": (GOOD.encode("utf-16"), "not UTF-8"),
    "CSV": (b"id,text,value\norr,ORR,63.3\n", "begin with `source:` and `claims:`"),
    "a list": (b"- a\n- b\n", "begin with `source:` and `claims:`"),
    "no claims": (b"source: Doe\nclaims: []\n", "the transcript holds no claim"),
}
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in an empty folder, on a transcript of this text where one is given."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, text: str | bytes | None = None) -> Result:
        if text is not None:
            content = text if isinstance(text, bytes) else text.encode()
            (tmp_path / "x.yml").write_bytes(content)
        return CliRunner().invoke(manuscript, ["audit", *arguments])

    return call


def changed(name: str) -> str:
    old, new, *_ = WRONG[name]
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def test_the_right_one_is_audited(run: Run):
    result = run("x.yml", text=GOOD)
    assert result.exit_code == 0 and "0 of 3 claims are impossible" in result.output


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_once_with_its_line(run: Run, name: str):
    _, _, line, words, _ = WRONG[name]
    result = run("x.yml", "--output", "out", text=changed(name))
    assert result.exit_code == 2, result.output
    assert result.output.count("error:") == 1 and "Traceback" not in result.output
    assert f"x.yml:{line}\n" in result.output and words in result.output
    assert "mend:" in result.output and not Path("out").exists()


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_transcript_is_said_to_be_none(run: Run, name: str):
    content, words = FILES[name]
    result = run("x.yml", text=content)
    assert result.exit_code == 2 and words in result.output and "mend:" in result.output


def test_what_cannot_be_true_is_audited_and_not_refused(run: Run):
    result = run("x.yml", text=GOOD.replace("63.3", "160", 1).replace("value: 63.3", "value: 160"))
    assert result.exit_code == 1 and "No share is above 100%" in result.output


def test_a_decimal_comma_is_read(run: Run):
    result = run("x.yml", "--json", text=GOOD.replace("value: 63.3", "value: 63,3"))
    assert json.loads(result.output)["claims"][0]["figure"].startswith("63.3%")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.yml"], "there is no transcript"),
        (["none.txt"], "audit --from-text none.txt"),
        (["."], "neither a study nor a transcript"),
        (["x.yml", "--to", "txt"], "'txt' is not one of html, pdf, docx"),
        (["x.yml", "--output", "x.yml"], "is a file"),
        (["x.yml", "--output", "x.yml/sub"], "nothing can be written there"),
        (["x.yml", "--to", "html", "--output", "x.yml/sub"], "nothing can be written there"),
        (["--from-text", "x.yml", "--output", "x.yml/sub"], "nothing can be written there"),
        (["--from-text", "none.txt"], "does not exist"),
    ],
)
def test_a_wrong_call_has_its_own_status(run: Run, arguments: list[str], words: str):
    result = run(*arguments, text=GOOD)
    assert result.exit_code == 2 and words in result.output, result.output


def test_the_last_audit_is_kept_where_the_next_is_refused(run: Run):
    run("x.yml", "--output", "out", "--to", "html", text=GOOD)
    before = {path.name: path.read_bytes() for path in Path("out").iterdir()}
    assert set(before) == {"audit.json", "x-audit.html"}
    run("x.yml", "--output", "out", "--to", "html", text=changed("a tab"))
    assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == before


@pytest.mark.parametrize(
    "kind", ["HR", "IQR", "percentage", "hazard ratio", "comparison", "survival median"]
)
def test_an_editor_takes_the_short_spellings_of_a_kind(kind: str):
    claim = {"text": "…", "kind": kind, "value": 1, "outcome": "pfs"}
    validator = jsonschema.Draft202012Validator(claims_schema())
    assert validator.is_valid({"source": "Doe", "claims": [claim]})
    assert not validator.is_valid({"source": "Doe", "claims": [claim | {"kind": "hazard"}]})


@pytest.mark.parametrize("name", [name for name, found in WRONG.items() if found[4]])
def test_an_editor_sees_it_too(name: str):
    validator = jsonschema.Draft202012Validator(claims_schema())
    assert list(validator.iter_errors(yaml.safe_load(GOOD))) == []
    assert list(validator.iter_errors(yaml.safe_load(changed(name)))) != []


def test_the_program_ends_with_the_same_status(tmp_path: Path):
    (tmp_path / "x.yml").write_text(changed("no time"), encoding="utf-8")
    program = "import sys; from helpers.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "audit", "x.yml"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and done.stdout == "" and done.stderr.startswith("error: ")

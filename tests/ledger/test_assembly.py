import json
from dataclasses import replace

import pytest
import yaml

from helpers.errors import ManuscriptError
from helpers.ledger import Ledger, Row, assemble, numbers, read_ledger

ORR = Row(
    key="response.orr",
    population="evaluable",
    statistic="percent",
    value=55.26315789473684,
    display="55.3%",
    n=21,
    denominator=38,
    low=38.3,
    high=71.4,
    interval="38.3–71.4",
    level=0.95,
    unit="%",
)
MEDIAN = Row(
    key="survival.pfs.median",
    population="treated",
    statistic="median",
    value=None,
    display="not reached",
    low=4.4,
    interval="4.4 to not reached",
    level=0.95,
    unit="months",
)


def leave_part(record, notebook, rows, data_hash="abc"):
    ledger = Ledger(notebook, lambda: "tbl-x")
    ledger.record(rows)
    ledger.write(record / "parts" / f"{notebook}.json", data_hash=data_hash, alts={"fig_x": "A."})


def test_a_row_offers_every_form_in_which_it_may_be_printed():
    assert ORR.printable() == {
        "value": "55.3%",
        "text": "55.3% (21/38; 95% CI 38.3–71.4)",
        "words": "55.3%",
        "pct": "55.3%",
        "n": "21",
        "of": "38",
        "ratio": "21/38",
        "ci": "38.3–71.4",
        "ci_words": "95% CI 38.3–71.4",
    }
    assert MEDIAN.text == "not reached (95% CI 4.4 to not reached)"


def test_numbers_are_spans_that_carry_the_key_of_their_row():
    tree = yaml.safe_load(numbers((ORR,), {"data_cut": "2025-07-31"}, {}))["n"]
    assert tree["response"]["orr"]["ratio"] == '[21/38]{.n data-key="response.orr"}'
    assert tree["meta"]["data_cut"] == "2025-07-31"


def test_every_number_is_a_quoted_string_so_that_yaml_cannot_change_it():
    row = replace(ORR, display="0.90")
    text = numbers((row,), {}, {})
    for line in text.splitlines():
        key, value = line.strip().split(":", 1)
        assert key.startswith("'")
        assert not value.strip() or value.strip()[0] in "'{"


def test_markup_in_a_display_string_is_escaped():
    row = replace(ORR, display="<0.001 *x*")
    tree = yaml.safe_load(numbers((row,), {}, {}))["n"]
    assert tree["response"]["orr"]["value"].startswith(r"[\<0.001 \*x\*]")


def test_parts_become_one_ledger_and_are_removed(tmp_path, study):
    leave_part(tmp_path, "01-cleaning", [MEDIAN])
    leave_part(tmp_path, "02-response", [ORR])
    assemble(tmp_path, study, {"confidence_level": 0.95})
    assert not (tmp_path / "parts").exists()
    assert [row.key for row in read_ledger(tmp_path / "ledger.json")] == [MEDIAN.key, ORR.key]
    data = json.loads((tmp_path / "ledger.json").read_text())
    assert data["study"] == study.id
    assert data["rows"][1]["notebook"] == "02-response"
    assert data["rows"][1]["cell"] == "tbl-x"


def test_two_notebooks_may_not_record_the_same_key(tmp_path, study):
    leave_part(tmp_path, "01-cleaning", [ORR])
    leave_part(tmp_path, "02-response", [ORR])
    with pytest.raises(ManuscriptError, match=r"response\.orr.*two notebooks"):
        assemble(tmp_path, study, {})


def test_notebooks_that_read_different_data_are_refused(tmp_path, study):
    leave_part(tmp_path, "01-cleaning", [MEDIAN], data_hash="abc")
    leave_part(tmp_path, "02-response", [ORR], data_hash="def")
    with pytest.raises(ManuscriptError, match="different data"):
        assemble(tmp_path, study, {})


def test_a_record_without_results_is_refused(tmp_path, study):
    with pytest.raises(ManuscriptError, match="no notebook left any result"):
        assemble(tmp_path, study, {})


def test_a_key_that_is_also_a_form_of_a_shorter_key_is_refused():
    with pytest.raises(ManuscriptError, match="collides"):
        numbers((ORR, replace(MEDIAN, key="response.orr.value")), {}, {})
    with pytest.raises(ManuscriptError, match="collides"):
        numbers((replace(MEDIAN, key="response.orr.value"), ORR), {}, {})


@pytest.mark.parametrize("key", ["ORR", "response", "response..orr", "response.ORR", "1.a"])
def test_a_key_that_is_no_key_is_refused(key):
    with pytest.raises(ValueError, match="lower-case words"):
        replace(ORR, key=key)


def test_another_cell_may_not_record_a_key_again_but_the_same_cell_may():
    running = ["tbl-a"]
    ledger = Ledger("02-response", lambda: running[0])
    ledger.record([ORR])
    ledger.record([replace(ORR, display="55%")])
    assert ledger["response.orr"].display == "55%"
    running[0] = "tbl-b"
    with pytest.raises(ManuscriptError, match="recorded twice"):
        ledger.record([ORR])


def test_an_unknown_key_names_the_nearest():
    ledger = Ledger("02-response", lambda: "tbl-a")
    ledger.record([ORR])
    with pytest.raises(ManuscriptError, match=r"did you mean 'response\.orr'"):
        ledger["response.or"]

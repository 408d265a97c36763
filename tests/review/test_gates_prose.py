"""The gate of prose: what is a numeral, what names, what is declared, and what is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from planted import context_of, with_document, with_text

from helpers.errors import ManuscriptError
from helpers.manuscript.checks import Document
from helpers.review.gates import prose
from helpers.review.gates.names import name_of
from helpers.review.gates.numerals import find_numerals
from helpers.review.gates.passages import Sentence, mask, sentences
from helpers.review.gates.settings import Settings, read_settings

SETTINGS = """conventions:
  - text: 10 mg/kg
    because: the dose
  - text: about half
    key: survival.pfs.rate_12_months
    between: [45, 57.5]
    because: said of PFS
"""


def sentence(text: str) -> Sentence:
    return Sentence(text, mask(text), "paper", ("paper.qmd:1",) * (text.count("\n") + 1))


def bare(text: str) -> list[str]:
    one = sentence(text)
    return [numeral.text for numeral in find_numerals(one.masked) if name_of(one, numeral) is None]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("21 of 38 patients (55.3%; 95% CI 38.3–71.4)", ["21", "38", "55.3", "95", "38.3", "71.4"]),
        ("Twenty-one patients and sixty two others", ["Twenty-one", "sixty two"]),
        ("eight centers, a dozen nurses, two thirds", ["eight", "dozen", "two thirds"]),
        ("about half of the patients, a third of them", ["half", "a third"]),
        ("one patient died, and one synthetic patient", ["one", "one"]),
        ("twice the risk, a twofold hazard", ["twice", "twofold"]),
        ("1,204 patients in 2024", ["1,204", "2024"]),
        ("the half-life; the third line; stage III; one at a time; printed twice", []),
        ("CD38, TP53, p53, 1q21, del(17p), t(4;14), IL-6, β2-microglobulin, H~2~O", []),
        ("two-sided tests, grade 3 or higher, grades 3–4, time zero, at least one dose", []),
        ("IMWG 2016, CTCAE version 5.0, 10^9^/L", []),
        ("See @fig-km2, [@kaplan1958] and [Table](https://x.org/2024).", []),
        ("{{< meta n.response.orr.text >}} responded", []),
        ("Ann Hematol, doi:10.1007/s00277-025-06572-y&#8211;so", []),
        ("p<0.05 and n=38", ["0.05", "38"]),
    ],
)
def test_what_is_a_numeral_and_what_a_name(text, found):
    assert bare(text) == found


#: Sentences with the numerals that a reader would ask the source of.
COUNTING = {
    "Twenty-one of thirty-eight patients responded.": ["Twenty-one", "thirty-eight"],
    "Half of the patients responded.": ["Half"],
    "Nearly half responded.": ["half"],
    "One half of them died.": ["One half"],
    "One in four patients stopped.": ["One", "four"],
    "A quarter of patients stopped treatment.": ["A quarter"],
    "One third responded.": ["One third"],
    "Three-quarters of patients had ISS III.": ["Three-quarters"],
    "The risk doubled with early relapse.": ["doubled"],
    "The hazard was doubled.": ["doubled"],
    "A doubling of the hazard was seen.": ["doubling"],
    "Risk was twice as high.": ["twice"],
    "The hazard was two-fold higher.": ["two"],
    "The rate tripled.": ["tripled"],
    "A threefold increase was seen.": ["threefold"],
    "The hazard was halved.": ["halved"],
    "Survival was 5–7 months.": ["5", "7"],
    "It was 55.3 per cent.": ["55.3"],
    "Ten percent stopped early.": ["Ten"],
    "Between 2019 and 2023 patients were treated.": ["2019", "2023"],
    "Treated in March 2021.": ["2021"],
    "The median age was 63·5 years.": ["63·5"],
    "1 204 patients were screened.": ["1", "204"],
    "n=38 were evaluable.": ["38"],
    "Only one died.": ["one"],
    "Two died and three progressed.": ["Two", "three"],
    "A dozen patients stopped.": ["dozen"],
    "Hundreds were screened.": ["Hundreds"],
    "The single responder had ISS I.": ["single"],
    "A pair of patients relapsed.": ["pair"],
    "Every second patient responded.": ["Every second"],
    "The majority (60%) responded.": ["60"],
    "P = .03 for the comparison.": ["03"],
    "p<0.001": ["0.001"],
    "Hazard ratio, 0.62.": ["0.62"],
    "−3.5 points": ["3.5"],
    "It was 1e-3.": ["1"],
    "½ of patients": ["½"],
    "About 40 patients": ["40"],
    "a couple of patients": ["couple"],
    "Four-fifths responded.": ["Four-fifths"],
    "A sixth of them stopped, an eighth died.": ["A sixth", "an eighth"],
    "A third responded, a quarter had died.": ["A third", "a quarter"],
    "Five-sixths responded, and ⅖ of them died.": ["Five-sixths", "⅖"],
    "Every other patient responded.": ["Every other"],
    "Exactly one died, and a lone responder lived.": ["one", "lone"],
    "One of the patients died.": ["One"],
    "The rate trebled, a twelvefold rise in a million.": ["trebled", "twelvefold", "million"],
    "ORR61% and HR0.46": ["61", "0.46"],
    "&#54;&#x31;% responded": ["6", "1"],
    "６１% responded": ["６１"],
    "61\u00a0% responded": ["61"],
    '::: {.callout-note title="61% responded"}': ["61"],
    '![](a.png){fig-alt="half responded" width="5cm"}': ["half"],
    "Most (eighty per cent) responded.": ["eighty"],
}
#: Sentences whose digits and words name something.
NAMING = (
    "CD38 and BCMA, IL-6, t(11;14), del(17p), 1q21+ gain and TP53.",
    "Grade 3–4 neutropenia and grade ≥3 events by CTCAE v5.0.",
    "The second line, the third dose, first-line therapy.",
    "ISS stage III and R-ISS II disease.",
    "Two-sided tests.",
    "See @tbl-cox and [@kaplan1958].",
    "The half-life is long.",
    "One of the centers.",
    "No one was lost.",
    "Each one had a marrow.",
    "β2-microglobulin and M-protein.",
    "IMWG 2016 criteria.",
    "Time zero is the first dose.",
    "One-sided p-values are not used.",
    "COVID-19 was recorded.",
    "SARS-CoV-2 infection",
    "At least one dose was given.",
    "PD-1 and PD-L1.",
    "Vitamin B12, G-CSF, H~2~O.",
    "DR4 and DR5 receptors; caspase-8",
    "The CYP3A4 inhibitor",
    "ICD-O-3 codes",
    "ICD-10 codes",
    "Python 3.11 and R version 4.4 were used.",
    "MedDRA version 26.1",
    "10^9^/L",
    "HLA-A*02",
    "p53-independent",
    "18F-FDG PET/CT and 68Ga",
    "A third patient was seen; the third line was short.",
    "one of the factors",
    "v2.0 of the protocol",
    "a severalfold risk",
    "&nbsp;and&#8211;so",
    '::: {.callout-note title="Patients" layout-ncol="2"}',
    '![](a.png){fig-alt="A curve" width="5cm"}',
    "ClinicalTrials.gov NCT01234567",
    "doi:10.1007/s00277-025-06572-y",
)


@pytest.mark.parametrize("text", COUNTING)
def test_a_sentence_that_counts_has_its_numerals_found(text):
    assert bare(text) == COUNTING[text]


@pytest.mark.parametrize("text", NAMING)
def test_a_sentence_that_names_has_none(text):
    assert bare(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PFS at 12 months was {{< meta n.survival.pfs.rate_12_months.text >}}", []),
        ("at 6 and 12 months {{< meta n.rate_6_months.n >}} {{< meta n.rate_12_months.n >}}", []),
        ("12-month PFS was {{< meta n.survival.pfs.rate_12_months.text >}}", []),
        ("PFS at 24 months was {{< meta n.survival.pfs.rate_12_months.text >}}", ["24"]),
        ("The median was 12 months beside {{< meta n.survival.pfs.rate_12_months.text >}}", ["12"]),
        ("three or more cycles: {{< meta n.r.by.cycles_group.ge_3.pct >}}", []),
        ("four or more cycles: {{< meta n.r.by.cycles_group.ge_3.pct >}}", ["four"]),
        ("below 63 years {{< meta n.r.by.age_group.lt_63.pct >}}", []),
        ("63 responded, below the cut {{< meta n.r.by.age_group.lt_63.pct >}}", ["63"]),
    ],
)  # fmt: skip
def test_a_numeral_may_name_the_time_or_the_group_of_a_key_bound_beside_it(text, found):
    assert bare(text) == found


def checked(text: str, settings: Settings | None = None) -> list[str]:
    """What the gate says of fhrmm's abstract with this text instead of its own."""
    context = context_of("fhrmm")
    planted = with_document(context, with_text(context.documents[0], text))
    vars(planted)["settings"] = settings or Settings("checks.yml")
    return [f"{f.severity}: {f.what} | {f.remedy}" for f in prose.check(planted).findings]


def test_a_typed_estimate_is_one_finding_that_names_its_key():
    row = context_of("fhrmm").rows["response.orr"]
    (found,) = checked(f"The overall response rate was {row.text} in all.")
    assert "n.response.orr.text" in found
    assert "write {{< meta n.response.orr.text >}}" in found


def test_a_number_that_no_row_prints_is_a_finding_too():
    (found,) = checked("It was 7771 in all.")
    assert "7771 is bound to no key" in found


def test_number_words_are_looked_up_as_numbers():
    (found,) = checked("Sixty-two patients were treated.")
    assert "n.population.treated" in found


def declared(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "checks.yml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path, "checks.yml")


def test_a_convention_covers_its_phrase_and_nothing_else(tmp_path):
    settings = declared(tmp_path, SETTINGS)
    found = checked("Given at 10\nmg/kg, about half responded.", settings)
    assert found == []
    (found,) = checked("Given at 10 mg/kg to 10 people, about half of them.", settings)
    assert "“" in found
    assert "10 people" in found


def test_a_convention_that_nothing_needs_is_a_warning(tmp_path):
    (found,) = checked("About half of them.", declared(tmp_path, SETTINGS))
    assert found.startswith("warning: the convention '10 mg/kg' holds for no numeral")


def test_words_that_the_ledger_no_longer_supports_are_an_error(tmp_path):
    settings = declared(tmp_path, SETTINGS.replace("[45, 57.5]", "[60, 70]"))
    found = checked("Given at 10 mg/kg, about half responded.", settings)
    assert len(found) == 1
    assert "was said of 60 to 70" in found[0]
    settings = declared(tmp_path, SETTINGS.replace("rate_12_months", "rate_13_months"))
    (found,) = checked("Given at 10 mg/kg, about half responded.", settings)
    assert "survival.pfs.rate_13_months, which is no row" in found


def test_numbers_of_a_cited_work_need_the_citation_beside_them(tmp_path):
    settings = declared(
        tmp_path,
        'conventions:\n  - {cited: xia2023, numbers: ["417", "5.5"], because: the trial}\n',
    )
    assert checked("The trial randomized 417 patients [@xia2023].", settings) == []
    assert len(checked("The trial randomized 417 patients.", settings)) == 2
    (found,) = checked("It had 417 patients, 418 in all [@xia2023].", settings)
    assert "418" in found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("convention: []", "did you mean 'conventions'"),
        ("conventions: [{text: a}]", "does not say why"),
        ("conventions: [{text: a, pattern: b, because: c}]", "one of text, pattern"),
        ("conventions: [{pattern: '(', because: c}]", "not a regular expression"),
        ("conventions: [{cited: a, because: c}]", "without its numbers"),
        ("conventions: [{text: a, value: 3, because: c}]", "need a key"),
        ("conventions: [a]", "not a list of entries"),
        ("unreported: [{keys: [], because: c}]", "names no keys"),
        ("limits: {paper: {words: many}}", "not whole numbers"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_line(tmp_path, text, message):
    with pytest.raises(ManuscriptError, match=message) as caught:
        declared(tmp_path, f"# declared by nobody\n\n{text}\n")
    assert caught.value.where == "checks.yml:3"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("conventions:\n- {text: a, because: b}\n- {text: c}", 3, "does not say why"),
        ("conventions:\n- text: a\n  becase: b", 2, "did you mean 'because'"),
        ("conventions:\n- text: a\n because: b", 3, "not valid YAML"),
        ("limits:\n  paper:\n    words: many", 2, "not whole numbers"),
        ("wording: []\nwording: []", 2, "given twice"),
        ("conventions:\n- {text: a, key: b, between: [3, 1], because: c}", 2, "need a key"),
    ],
)
def test_the_line_is_that_of_the_entry(tmp_path, text, line, message):
    with pytest.raises(ManuscriptError, match=message) as caught:
        declared(tmp_path, text)
    assert caught.value.where == f"checks.yml:{line}"


@pytest.mark.parametrize("text", ["", "# nothing yet\n\n"])
def test_a_file_that_declares_nothing_declares_nothing(tmp_path, text):
    assert declared(tmp_path, text) == Settings("checks.yml")


def test_an_entry_that_nothing_needs_is_named_with_its_line(tmp_path):
    context = context_of("fhrmm")
    changed = with_document(context, with_text(context.documents[0], "Fine."))
    vars(changed)["settings"] = declared(tmp_path, SETTINGS)
    assert [one.where for one in prose.check(changed).warnings] == ["checks.yml:2", "checks.yml:4"]


def test_a_number_typed_into_the_front_matter_is_no_bound_number():
    context = context_of("fhrmm")
    document = with_text(context.documents[0], "It was {{< meta share >}} and {{< meta word >}}.")
    meta = {**document.source.meta, "share": "61%", "word": "some"}
    document = Document(replace(document.source, meta=meta))
    (found,) = prose.check(with_document(context, document)).errors
    assert "meta share prints “61%”" in found.what


def test_the_words_of_a_caption_and_of_a_typed_alternative_text_are_prose():
    context = context_of("fhrmm")
    document = context.documents[1]
    embed = next(one for one in document.embeds if one.exhibit is not None and one.exhibit.png)
    for part in ("caption", "typed_alt"):
        exhibit = replace(embed.exhibit, **{part: "Of them 61% responded."})
        changed = Document(document.source)
        vars(changed)["embeds"] = (replace(embed, exhibit=exhibit),)
        found = [one for one in sentences(changed) if "61%" in one.text]
        assert [one.where for one in found] == [exhibit.where], part


def test_sentences_know_their_lines_and_where_they_end():
    document = context_of("fhrmm").documents[1]
    found = list(sentences(document))
    lines = (Path(document.source.path)).read_text(encoding="utf-8").splitlines()
    for one in found:
        file, _, line = one.where.rpartition(":")
        if file.endswith("paper.qmd"):
            assert one.text[:11] in lines[int(line) - 1]
    text = "As did Novellis et al. It was so, i.e. Not. E. coli.\n\n# Head\n\n| a | b |"
    body = [one.text for one in sentences(with_text(document, text))]
    assert "# Head" in body
    assert "| a | b |" in body
    assert "As did Novellis et al. It was so, i.e. Not." in body


def test_both_seed_manuscripts_hold_no_bare_number():
    for study in ("aponermin", "fhrmm"):
        report = prose.check(context_of(study))
        assert report.findings == ()
        assert report.looked_at > 60

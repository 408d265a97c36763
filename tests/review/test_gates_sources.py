"""The gates of keys, unreported results, limits, wording and the reporting checklist."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from planted import ROOT, SEEDS, context_of, planted, with_body, with_document, with_text

from helpers.errors import ManuscriptError
from helpers.review.findings import GateReport
from helpers.review.gates import Context, checklist, keys, limits, unreported, wording
from helpers.review.gates.settings import Declared, Settings

#: What the gate of the checklist says of every study, until somebody lists the items.
UNLISTED = "esmo-grow: 6 sections stand for its 35 recommendations"


def changed(study: str, *, settings: Settings | None = None, **parts: object) -> Context:
    """The context of a seed study with some of its parts replaced."""
    context = context_of(study)
    copy = Context(context.root, context.study_id)
    vars(copy).update(
        rows=context.rows,
        numbers=context.numbers,
        printed=context.printed,
        settings=settings or context.settings,
        sources=context.sources,
        documents=context.documents,
    )
    vars(copy).update(parts)
    return copy


def whats(report: GateReport) -> list[str]:
    return [f"{finding.severity}: {finding.what}" for finding in report.findings]


@pytest.mark.parametrize("study", SEEDS)
@pytest.mark.parametrize("gate", [keys, unreported, limits, wording, checklist])
def test_both_seed_studies_pass_and_were_looked_at(study, gate):
    report = gate.check(context_of(study))
    known = [UNLISTED] if gate is checklist else []
    assert [finding.what for finding in report.findings] == known
    assert report.looked_at > 0


# keys


@pytest.mark.parametrize("study", SEEDS)
def test_every_key_that_does_not_exist_is_found(study):
    """Each binding of the text gets a letter more, one at a time."""
    context = context_of(study)
    document = context.documents[1]
    count = missed = 0
    for mutant in list(planted(document))[::15]:
        name = f"{{{{< meta {mutant.key} >}}}}"
        if name in document.text:
            text = document.text.replace(name, f"{{{{< meta {mutant.key}x >}}}}", 1)
            report = keys.check(with_document(context, with_body(document, text)))
            count += 1
            missed += not any(f"{mutant.key}x" in finding.what for finding in report.errors)
    assert count > 8
    assert missed == 0, f"caught {count - missed} of {count} planted"


# unreported


def test_a_result_that_loses_its_only_table_is_unreported():
    context = context_of("fhrmm")
    paper = context.documents[1]
    embed = "{{< embed ../../outputs/fhrmm/02-response.ipynb#tbl-time-to-response >}}"
    bound = "{{< meta n.response.time.median.words >}}"
    assert embed in paper.text
    assert bound in paper.text
    text = paper.text.replace(embed, "").replace(bound, "early")
    documents = (context.documents[0], with_body(paper, text))
    report = unreported.check(changed("fhrmm", documents=documents))
    (found,) = report.findings
    assert "of response.time" in found.what
    assert found.where == "outputs/fhrmm/02-response.ipynb#tbl-time-to-response"


def test_a_new_result_is_unreported_until_it_is_declared():
    context = context_of("fhrmm")
    row = replace(context.rows["response.orr"], key="response.secret", display="77.7%")
    rows = {**context.rows, row.key: row}
    (found,) = whats(unreported.check(changed("fhrmm", rows=rows)))
    assert "1 result of response.secret" in found
    declared = (*context.settings.unreported, Declared(("response.secret",), "not asked"))
    settings = replace(context.settings, unreported=declared)
    assert unreported.check(changed("fhrmm", rows=rows, settings=settings)).findings == ()


def test_a_rate_of_none_counts_as_a_result_where_nothing_beside_it_is_shown():
    context = context_of("fhrmm")
    row = replace(context.rows["response.orr"], key="secret.rate", display="0%", value=0, n=0)
    beside = replace(row, key="response.none")
    rows = {**context.rows, row.key: row, beside.key: beside}
    (found,) = whats(unreported.check(changed("fhrmm", rows=rows)))
    assert "secret.rate" in found


def test_a_declaration_that_hides_nothing_is_said():
    settings = context_of("fhrmm").settings
    declared = (*settings.unreported, Declared(("safety.*",), "none"))
    report = unreported.check(changed("fhrmm", settings=replace(settings, unreported=declared)))
    (found,) = whats(report)
    assert "'safety.*'" in found


# limits


@pytest.mark.parametrize(
    ("document", "kind"),
    [(name, kind) for name, kinds in limits.MEASURES.items() for kind in kinds],
)
def test_every_limit_is_measured_and_refuses_one_too_many(document, kind):
    context = context_of("fhrmm")
    source = next(one for one in context.sources if one.document == document)
    number = limits.MEASURES[document][kind](source)
    assert number > 0
    for most, verdict in ((number, []), (number - 1, [f"error: {number:,} "])):
        settings = Settings("checks.yml", limits={document: {kind: most}})
        found = whats(limits.check(changed("fhrmm", settings=settings)))
        assert [words[: len(f"error: {number:,} ")] for words in found] == verdict


def test_the_abstract_is_held_to_the_form_of_the_society_where_nothing_is_said():
    report = limits.check(changed("fhrmm", settings=Settings("checks.yml")))
    assert (report.looked_at, report.findings) == (1, ())


@pytest.mark.parametrize(
    ("given", "message"),
    [({"papers": {"words": 1}}, "did you mean 'paper'"), ({"paper": {"word": 1}}, "'words'")],
)
def test_an_unknown_limit_is_an_error(given, message):
    with pytest.raises(ManuscriptError, match=message):
        limits.check(changed("fhrmm", settings=Settings("checks.yml", limits=given)))


# wording

P = "{{< meta n.response.by.extramedullary.fisher.p >}}"
CI = "{{< meta n.response.by.extramedullary.difference.ci >}}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("KRd led to longer survival.", ["led to"]),
        ("KRd improved survival and reduced the risk of death.", ["improved", "reduced the risk"]),
        ("The effect of KRd was large; it was safe and effective.", ["effect of", "was safe"]),
        ("This does not show that KRd improved survival.", []),
        ("Whether KRd improved survival is open.", []),
        ("KRd improved survival in a trial [@kaplan1958].", []),
        ("KRd improved survival (@fig-flow).", ["improved"]),
        ("Response was significantly higher with KRd.", ["significantly"]),
        (f"Response was significantly higher with KRd (Fisher {P}).", []),
        (f"Response was significantly higher with KRd ({CI}).", ["significantly"]),
        ("There was no difference between the groups.", ["no difference"]),
        (f"There was no difference between the groups ({CI}).", []),
        ("Outcomes were comparable and similar.", ["comparable", "similar"]),
        (f"There was a trend toward longer PFS ({P}).", ["trend toward"]),
        ("The cohort proved the point.", ["proved"]),
        ("Biopsy-proven plasmacytoma was recorded.", []),
        ("Response was higher with KRd.", []),
    ],
)
def test_words_that_say_more_than_the_sentence_shows(text, found):
    context = context_of("fhrmm")
    document = with_text(context.documents[1], text)
    planted_context = with_document(context, document)
    vars(planted_context)["settings"] = Settings("checks.yml")
    report = wording.check(planted_context)
    said = sorted(one.what.partition("”")[0].removeprefix("“") for one in report.findings)
    assert len(said) == len(found)
    assert all(map(str.startswith, said, sorted(found)))


def test_a_phrase_that_is_meant_is_declared_and_one_that_is_gone_is_said():
    context = context_of("fhrmm")
    document = with_text(context.documents[1], "KRd led to longer survival.")
    planted_context = with_document(context, document)
    for phrase, found in (("led to longer survival", []), ("caused it", ["warning", "warning"])):
        settings = Settings("checks.yml", wording=(Declared((phrase,), "why"),))
        vars(planted_context)["settings"] = settings
        report = wording.check(planted_context)
        assert [one.severity for one in report.findings] == found


# checklist


@pytest.fixture
def project(tmp_path: Path) -> Context:
    """The manuscripts of fhrmm in a folder of their own, to be changed."""
    shutil.copytree(ROOT / "manuscripts" / "fhrmm", tmp_path / "manuscripts" / "fhrmm")
    context = Context(tmp_path, "fhrmm")
    old = context_of("fhrmm")
    vars(context).update(rows=old.rows, sources=old.sources, documents=old.documents)
    return context


def rewrite(project: Context, old: str, new: str) -> None:
    path = project.manuscripts / "checklist.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@sec-design", "@sec-desing"),
        ("n.population.treated.value", "n.population.treatd.value"),
        ("[Declarations]", "[Declaration]"),
    ],
)
def test_a_place_that_the_paper_does_not_hold_is_an_error(project, old, new):
    rewrite(project, old, new)
    found = [one for one in checklist.check(project).errors if "is not in the paper" in one.what]
    assert found
    assert all(new.strip("[]") in one.what for one in found)
    assert all("did you mean" in one.remedy for one in found)


def test_an_item_without_an_answer_is_listed_and_printed_as_such(project):
    rewrite(project, '  10: ["@sec-introduction"]\n', "")
    report = checklist.check(project)
    assert [one.what for one in report.warnings] == [
        UNLISTED,
        "strobe 10: unanswered (study size)",
    ]
    checklist.write_checklist(project)
    text = (project.manuscripts / "_checklist.qmd").read_text(encoding="utf-8")
    assert "| 10 | study size | not answered |" in text


def test_a_checklist_that_was_not_written_again_is_an_error(project):
    rewrite(project, "not applicable: no matching", "not applicable: nobody was matched")
    (found,) = checklist.check(project).errors
    assert "--write-checklist" in found.remedy


def test_without_a_checklist_every_guideline_is_one_warning(project):
    (project.manuscripts / "checklist.yml").unlink()
    report = checklist.check(project)
    assert [one.severity for one in report.findings] == ["warning"] * 3
    assert report.line == "40 of 40 items"
    with pytest.raises(ManuscriptError, match=r"no checklist\.yml to write"):
        checklist.write_checklist(project)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("strobe:", "strob:", "did you mean 'strobe'"),
        ("  13a:", "  13d:", "unknown item '13d'"),
        ('"not applicable: no matching"', '"not applicable"', "no list of places"),
        ("  title: [title]", "  title: {a: b}", "no list of places"),
        ("esmo-grow:\n", "esmo-grow: [title]\nx:\n", "holds no items"),
        ("  13a:", "  1.10: [title]\n  13a:", "unknown item '1.10'"),
    ],
)
def test_a_checklist_that_cannot_be_read_is_an_error(project, old, new, message):
    rewrite(project, old, new)
    text = (project.manuscripts / "checklist.yml").read_text(encoding="utf-8")
    line = text[: text.index(new.splitlines()[0])].count("\n") + 1
    with pytest.raises(ManuscriptError, match=message) as caught:
        checklist.check(project)
    assert caught.value.where == f"manuscripts/fhrmm/checklist.yml:{line}"


def list_items(project: Context, text: str, guideline: str = "esmo-grow") -> None:
    folder = project.guidelines_folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{guideline}.yml").write_text(text, encoding="utf-8")


def answered(project: Context) -> list[str]:
    """Return what the gate says of the items that the project lists, the known ones aside."""
    findings = checklist.check(Context(project.root, "fhrmm")).findings
    return [one.what for one in findings if not one.what.startswith("strobe")]


@pytest.fixture
def built_project(project: Context) -> Context:
    """The same with its record, so that a context read anew finds the documents."""
    for name in ("_quarto.yml", "outputs/fhrmm", "manuscripts/_shared", "data/fhrmm/study.yml"):
        whole, place = ROOT / name, project.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(whole, place) if whole.is_dir() else shutil.copyfile(whole, place)
    return project


def test_a_project_lists_the_recommendations_itself(built_project):
    topics = "".join(f"  {number}: topic {number}\n" for number in range(1, 36))
    list_items(built_project, f"items:\n{topics}")
    start, _, _ = (
        (built_project.manuscripts / "checklist.yml")
        .read_text(encoding="utf-8")
        .partition("esmo-grow:")
    )
    answers = "".join(f"  {number}: [title]\n" for number in range(1, 35))
    checklist_file = built_project.manuscripts / "checklist.yml"
    checklist_file.write_text(f"{start}esmo-grow:\n{answers}", encoding="utf-8")
    checklist.write_checklist(Context(built_project.root, "fhrmm"))
    assert answered(built_project) == ["esmo-grow 35: unanswered (topic 35)"]
    text = (built_project.manuscripts / "_checklist.qmd").read_text(encoding="utf-8")
    assert "| 34 | topic 34 | title |" in text
    assert "| 35 | topic 35 | not answered |" in text
    assert ": ESMO-GROW guidance for oncology real-world evidence. {#tbl-grow}" in text


def test_a_list_that_is_not_whole_says_so(built_project):
    list_items(built_project, "items:\n  1: the title\n  2: the aims\n")
    rewrite(built_project, "esmo-grow:\n", "esmo-grow: {1: [title], 2: [abstract]}\nx:\n")
    text = (built_project.manuscripts / "checklist.yml").read_text(encoding="utf-8")
    whole = text.partition("x:\n")[0]
    (built_project.manuscripts / "checklist.yml").write_text(whole, encoding="utf-8")
    checklist.write_checklist(Context(built_project.root, "fhrmm"))
    assert answered(built_project) == ["esmo-grow: 2 items stand for its 35 recommendations"]
    printed = (built_project.manuscripts / "_checklist.qmd").read_text(encoding="utf-8")
    assert "evidence; not all of its recommendations are listed. {#tbl-grow}" in printed


def test_items_of_any_guideline_can_be_listed(built_project):
    list_items(
        built_project, "title: A journal's own list\nitems: {a: here | there, b: when}\n", "journal"
    )
    found = answered(built_project)
    assert "journal: none of 2 items is answered (A journal's own list)" in found
    rewrite(built_project, "strobe:\n", "journal: {a: [title], b: [abstract]}\nstrobe:\n")
    checklist.write_checklist(Context(built_project.root, "fhrmm"))
    assert [what for what in answered(built_project) if "journal" in what] == []
    text = (built_project.manuscripts / "_checklist.qmd").read_text(encoding="utf-8")
    assert r"| a | here \| there | title |" in text
    assert ": A journal's own list. {#tbl-journal}" in text


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("item:\n  1: a\n", 1, "did you mean 'items'"),
        ("title: x\n", 1, "a topic for each number"),
        ("items: {}\n", 1, "a topic for each number"),
        ("items:\n  1: a\nrecommendations: [1]\n", 3, "recommendations is"),
        ("items:\n  1: [a]\n", 1, "a topic for each number"),
        ("items:\n  1: a\nrecommendations: many\n", 3, "recommendations is many"),
        ("items:\n  1: a\nrecommendations: 0\n", 3, "1 items are listed"),
        ("items:\n  1: a\n  1: b\n", 3, "given twice"),
        ("- a\n", 1, "not a mapping"),
    ],
)
def test_a_list_that_cannot_be_read_is_an_error(project, text, line, message):
    list_items(project, text)
    with pytest.raises(ManuscriptError, match=message) as caught:
        checklist.check(project)
    assert caught.value.where == f"manuscripts/_shared/guidelines/esmo-grow.yml:{line}"

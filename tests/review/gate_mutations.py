"""Corrupts what keys, unreported, limits, wording and checklist look at, one thing at a time.

Run as a program it prints for every gate how many of the planted errors it caught: the figures of
docs/checks.md. Those of prose, stale, coherence and disclosure are counted by their own tests.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from planted import SEEDS, context_of, with_body, with_document

from helpers.manuscript.checks import Document
from helpers.manuscript.shortcodes import find_shortcodes
from helpers.manuscript.structure import find_references
from helpers.review.gates import Context, checklist, keys, limits, unreported, wording
from helpers.review.gates.settings import Settings

#: What a document may bind and name, to where one letter more makes another name of it.
NAMED = ("meta", "var", "embed")
#: Sentences that must not stand in a paper, and the words that the gate has to name.
CLAIMS = {
    "The new regimen led to deeper responses.": "led to",
    "Early relapse results in shorter survival.": "results in",
    "Toxicity was caused by the new drug.": "caused",
    "Shorter survival was due to early relapse.": "due to",
    "The quadruplet improved outcomes.": "improved",
    "Transplant prolonged remission in all of them.": "prolonged",
    "Maintenance reduced the risk of relapse.": "reduced the risk",
    "The quadruplet halved the hazard.": "halved the hazard",
    "We saw a survival benefit with transplant.": "survival benefit",
    "The effect of the drug lasted.": "effect of",
    "The impact of age was large.": "impact of",
    "Its efficacy is clear.": "efficacy",
    "Maintenance protects against relapse.": "protects against",
    "Patients benefited from transplant.": "benefited from",
    "Triplets were superior to doublets.": "superior to",
    "The quadruplet overcame high risk.": "overcame",
    "The regimen was safe and effective.": "was safe",
    "The regimen was well tolerated.": "well tolerated",
    "Toxicity was manageable.": "manageable",
    "Responders lived significantly longer.": "significantly",
    "There was a significant difference between groups.": "significant difference",
    "The difference was not significant.": "not significant",
    "No significant association was found.": "significant association",
    "There was no difference between groups.": "no difference",
    "Survival did not differ between groups.": "did not differ",
    "Outcomes were similar in both groups.": "similar",
    "Both groups had comparable survival.": "comparable",
    "Responses were seen regardless of age.": "regardless of",
    "There was a trend toward longer survival.": "trend toward",
    "The difference was of borderline significance.": "borderline significance",
    "Survival tended to be longer in responders.": "tended to",
    "The result approached statistical significance.": "approached statistical significance",
    "These data prove that early relapse matters.": "prove",
    "This confirms the efficacy of the drug.": "confirms",
    "Relapse was driven by high-risk disease.": "driven by",
    "Adding the drug enabled more transplants.": "enabled",
    "The regimen is a promising option for such patients.": "promising",
    "Age was an independent predictor of survival.": "independent predictor",
    "Response depth determined survival.": "determined",
    "Age had no effect on survival.": "no effect",
    "KRd extended progression-free survival.": "extended progression-free survival",
    "KRd increased survival.": "increased survival",
    "KRd decreased early mortality.": "decreased early mortality",
    "Maintenance delayed progression.": "delayed progression",
    "KRd yielded deeper responses.": "yielded deeper",
    "Transplant conferred longer remissions.": "conferred",
    "Depth of response translated into longer survival.": "translated into",
    "The drug contributed to longer survival.": "contributed to",
    "Longer survival was a consequence of KRd.": "consequence of",
    "Age influenced survival.": "influenced",
    "Age affected overall survival.": "affected overall survival",
    "KRd was more effective.": "was more effective",
    "KRd worked better.": "worked better",
    "Transplant gave a survival advantage.": "survival advantage",
    "KRd should be preferred.": "should be preferred",
    "The regimen is highly active.": "highly active",
    "Patients profited from transplant.": "profited from",
    "The difference was highly significant.": "was highly significant",
    "Age was significant in the model.": "was significant",
    "There was a significant correlation.": "significant correlation",
    "Significant predictors were age and stage.": "Significant predictors",
    "PFS was statistically longer with KRd.": "statistically longer",
    "Statistical significance was found for age.": "Statistical significance",
    "There was no correlation with age.": "no correlation",
    "There was no evidence of a difference.": "no evidence of a difference",
    "PFS did not vary by age.": "did not vary",
    "Survival was not associated with age.": "was not associated",
    "Survival was unaffected by age.": "was unaffected",
    "PFS was identical in both groups.": "was identical",
    "The groups were well balanced.": "were well balanced",
    "Both groups fared equally well.": "equally well",
    "There was a clear trend.": "clear trend",
    "There was a tendency to longer survival.": "tendency to",
    "The result narrowly missed significance.": "missed significance",
}
#: Sentences that may stand in any paper.
FAIR = (
    "Extramedullary disease was associated with shorter survival.",
    "Survival was longer in responders.",
    "More responses were seen with the quadruplet.",
    "Whether the drug improved outcomes cannot be said.",
    "This cohort does not show that transplant prolonged remission.",
    "The analysis may not exclude an effect of age.",
    "Response determined who went on to transplant.",
    "Biopsy-proven plasmacytoma was recorded.",
    "Improvement of the registry goes on.",
    "Causes of death were recorded.",
    "The level of significance was set before the analysis.",
    "Monoclonal gammopathy of undetermined significance was excluded.",
    "Statistical significance was set before the analysis.",
    "P-values below the level were regarded as significant.",
    "Clinically significant infections were recorded.",
    "The dose was reduced for toxicity, and cycles were delayed.",
    "The involved light chain was affected.",
    "The registry yielded complete dates.",
    "Cure was not an endpoint.",
    "An advantage of longer treatment cannot be seen.",
    "Outcomes of such a cohort are better than those of all patients.",
    "The two groups had the same schedule of visits.",
    "Assessments were independent of the treating physician.",
    "Trends over calendar time were not examined.",
    "Effects are given with their intervals.",
    "Differences are given with exact intervals.",
    "Tests are two-sided.",
    "Response was assessed by the investigators.",
    "The clinical benefit rate counts minimal responses.",
    "Competing causes add up to the endpoint.",
    "Patients who stopped because of toxicity were kept.",
    "Deaths without progression compete with it.",
    "The trial was stopped.",
    "Follow-up was short.",
    "Adverse events were graded by the treating physicians.",
)


@dataclass(frozen=True)
class Plant:
    """One corruption.

    Attributes:
        what: What was corrupted.
        caught: Whether the gate names it.
    """

    what: str
    caught: bool


def changed(context: Context, **parts: object) -> Context:
    """The context of a seed study with some of its parts replaced."""
    copy = Context(context.root, context.study_id)
    vars(copy).update({**vars(context), **parts})
    return copy


# --- keys: every name gets a letter more -------------------------------------------------------


def names(document: Document) -> Iterator[tuple[int, str]]:
    """Yield the end and the name of everything that the text of a document names."""
    text = document.source.body.text
    for code in find_shortcodes(document.source.body.masked):
        if code.name in NAMED:
            name = code.arguments[0]
            yield text.index(name, code.start) + len(name), name
    for reference in find_references(document.masked):
        yield reference.offset + 1 + len(reference.text), reference.text


def plant_keys(study: str) -> Iterator[Callable[[], Plant]]:
    """Misspell every key, exhibit, label and citation of both documents."""
    context = context_of(study)
    for document in context.documents:
        for end, name in names(document):
            yield lambda d=document, e=end, n=name: _misspelled(context, d, e, n)


def _misspelled(context: Context, document: Document, end: int, name: str) -> Plant:
    text = document.source.body.text
    mutant = with_body(document, f"{text[:end]}x{text[end:]}")
    if ".ipynb#" in name:  # its exhibits are not taken over
        mutant = Document(mutant.source)
    errors = keys.check(with_document(context, mutant)).errors
    caught = any(f"{name.rpartition('#')[2]}x" in finding.what for finding in errors)
    return Plant(f"{document.source.document}: {name}", caught)


# --- unreported: every row once more, which nothing shows --------------------------------------


def plant_unreported(study: str) -> Iterator[Callable[[], Plant]]:
    """Compute every result once more under a key that nothing shows."""
    context = context_of(study)
    for row in context.rows.values():
        if row.statistic == "words" or row.key.startswith(unreported.DESCRIPTIONS):
            continue
        yield lambda row=row: _hidden(context, row.key)


def _hidden(context: Context, key: str) -> Plant:
    secret = f"secret.{key.replace('.', '_')}"
    row = replace(context.rows[key], key=secret, cell="nowhere")
    report = unreported.check(changed(context, rows={**context.rows, secret: row}))
    return Plant(key, any(secret in finding.what for finding in report.findings))


# --- limits: every one a little too low --------------------------------------------------------


def plant_limits(study: str) -> Iterator[Callable[[], Plant]]:
    """Hold every count of both documents to one less than it is."""
    context = context_of(study)
    for source in context.sources:
        for kind, measure in limits.MEASURES[source.document].items():
            number = measure(source)
            given = {source.document: {kind: number - 1}}
            if number:
                yield lambda given=given, n=number, k=kind: _too_many(context, given, n, k)


def _too_many(context: Context, given: dict[str, dict[str, int]], number: int, kind: str) -> Plant:
    report = limits.check(changed(context, settings=Settings("checks.yml", limits=given)))
    words = f"{number:,} {kind.replace('_', ' ')} of at most {number - 1:,}"
    return Plant(f"{given}", [one.what for one in report.errors] == [words])


# --- wording: every claim in both documents ----------------------------------------------------


def plant_wording(study: str) -> Iterator[Callable[[], Plant]]:
    """Put every claim behind the last sentence of both documents."""
    context = context_of(study)
    for document in context.documents:
        for claim, words in CLAIMS.items():
            yield lambda d=document, c=claim, w=words: _claimed(context, d, c, w)


def _claimed(context: Context, document: Document, claim: str, words: str) -> Plant:
    body = document.source.body
    lines = body.text.rstrip("\n").split("\n")
    text = "\n".join([*lines, "", claim])
    places = (*body.places[: len(lines)], *([body.places[-1]] * 2))
    mutant = Document(replace(document.source, body=replace(body, text=text, places=places)))
    findings = wording.check(with_document(context, mutant)).findings
    found = [one.what for one in findings if one.where == str(places[-1])]
    caught = any(f"{words}" in what.partition("” in “")[0] for what in found)
    return Plant(f"{document.source.document}: {claim}", caught)


# --- checklist: every place of every answer ----------------------------------------------------


def plant_checklist(study: str) -> Iterator[Callable[[], Plant]]:
    """Misspell every place, and take every answer away."""
    context = context_of(study)
    where = context.manuscripts / checklist.SOURCE
    answers = checklist.read_answers(where, where.name, context.guidelines)
    for number, answer in enumerate(answers):
        for at in range(len(answer.places)):
            yield lambda n=number, p=at: _wrong_place(context, answers, n, p)
        yield lambda n=number: _no_answer(context, answers, n)


def _wrong_place(
    context: Context, answers: tuple[checklist.Answer, ...], number: int, at: int
) -> Plant:
    one = answers[number]
    wrong = (*one.places[:at], f"{one.places[at]}x", *one.places[at + 1 :])
    mutant = (*answers[:number], replace(one, places=wrong), *answers[number + 1 :])
    found = checklist.findings(context, mutant)
    words = f"{one.guideline} {one.item}: {one.places[at]}x is not in the paper"
    return Plant(words, any(words == finding.what for finding in found))


def _no_answer(context: Context, answers: tuple[checklist.Answer, ...], number: int) -> Plant:
    one = answers[number]
    silent = replace(one, places=(), reason="")
    found = checklist.findings(context, (*answers[:number], silent, *answers[number + 1 :]))
    words = f"{one.guideline} {one.item}: unanswered"
    return Plant(words, any(finding.what.startswith(words) for finding in found))


GATES = {
    "keys": plant_keys,
    "unreported": plant_unreported,
    "limits": plant_limits,
    "wording": plant_wording,
    "checklist": plant_checklist,
}


def main() -> None:
    """Print what was caught of what was planted, and what was not."""
    for study in SEEDS:
        for gate, plant in GATES.items():
            found = [make() for make in plant(study)]
            tally = Counter(one.caught for one in found)
            print(f"{study}: {gate}: caught {tally[True]} of {len(found)} planted", flush=True)
            for one in found:
                if not one.caught:
                    print(f"  not caught: {one.what}")


if __name__ == "__main__":
    sys.exit(main())

"""Rules on what else a build leaves: the audit, the table of repairs, the cross-check."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator

from helpers.review.gates.coherence.single import REBUILD
from helpers.review.gates.coherence.view import Rule, Seen, View

#: How the table of repairs says how many cells a rule changed.
CELLS = re.compile(r"\((\d+)\)(?:; |$)")
#: How it says in how many rows something was left as it stands, or censored.
LEFT = re.compile(r" – (?:(\d+) rows from )?row \d+(?=; |$)")
REPAIRS = "tbl-repairs.csv"
REPAIRED = ("cleaning.repairs",)
LISTED = ("cleaning.unmapped", "cleaning.censored", "cleaning.undated")


def repairs(view: View) -> Iterator[Seen]:
    """Add up what the table of repairs says: cells that were repaired, rows that were left."""
    text = view.tables.get(REPAIRS)
    if text is None:
        return
    words = [line[-1] for line in list(csv.reader(io.StringIO(text)))[1:]]
    cells = sum(int(number) for line in words for number in CELLS.findall(line))
    rows = sum(int(number or 1) for line in words for number in LEFT.findall(line))
    for keys, shown in ((REPAIRED, cells), (LISTED, rows)):
        counted = [row for row in map(view.get, keys) if row is not None]
        if counted:
            same = shown == sum(row.n or 0 for row in counted)
            problem = None if same else "the table of repairs does not add up to what was counted"
            yield Seen((*(row.key for row in counted), f"tables/{REPAIRS}"), problem)


def audited(view: View) -> Iterator[Seen]:
    """Count the claims of ``audit.json`` again."""
    if view.audit is None:
        return
    found = json.loads(view.audit)
    verdicts = Counter(claim["verdict"] for claim in found["claims"])
    counts = {name: verdicts[name] for name in found["totals"]}
    counts["claims"] = len(found["claims"])
    counts["together"] = len(found["together"]["counted"])
    for name, count in counts.items():
        row = view.get(f"audit.{re.sub('[ -]', '_', name)}")
        if row is not None:
            words = None if row.n == count else "audit.json has another number of such claims"
            yield Seen((row.key, "audit.json"), words)


def checked_twice(view: View) -> Iterator[Seen]:
    """Look whether all that was computed twice agrees: a build in which anything does not stops."""
    twice, same = (view.get(f"crosscheck.{word}") for word in ("compared", "agreeing"))
    if twice is not None and same is not None:
        words = None if same.n == twice.n else "what was computed twice does not agree"
        yield Seen((same.key, twice.key), words)


def known_at_the_cut(view: View) -> Iterator[Seen]:
    """Look whether dates lie after the data cut that the documents print."""
    later = view.get("cleaning.after_data_cut")
    if later is not None:
        words = f"{later.n} dates lie after the data cut" if later.n else None
        yield Seen((later.key, "setting.data_cut"), words)


RULES = (
    Rule(
        "data-cut",
        "data cuts",
        "what is analyzed was known on the day that the documents name",
        "move data_cut in study.yml, correct the dates (01-cleaning lists them), or set "
        "after_data_cut: censor",
        known_at_the_cut,
        severity="warning",
    ),
    Rule(
        "repairs",
        "tables of repairs",
        "the table of repairs holds all that was repaired, left or censored",
        REBUILD,
        repairs,
    ),
    Rule("audit", "counts of the audit", "the counts are those of audit.json", REBUILD, audited),
    Rule(
        "computed-twice",
        "cross-checks",
        "what was computed twice agrees",
        "report this with the versions of `manuscript doctor`; do not print the results",
        checked_twice,
    ),
)

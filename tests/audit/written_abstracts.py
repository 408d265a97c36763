# ruff: noqa: E501
"""Fifteen abstracts in the manner of the field, their transcripts, and contradictions to plant.

Their figures come from cohorts drawn by code (:mod:`written_cohorts`), so that all of them are
true. The transcripts are written as ``docs/claims.md`` has it and by nothing else. ``PLANTED`` holds
figures that no cohort can have: abstract, claim, key, figure.
"""

from __future__ import annotations

from collections.abc import Callable
from string import Template

from written_cohorts import (
    CUT_OFF,
    Cohort,
    ages,
    best,
    chi,
    exact_interval,
    fisher,
    hazard,
    incidence,
    km,
    log_rank,
    mean_sd,
    odds,
    orr,
    quartiles,
    rate,
)

Figures = dict[str, object]
WRITTEN: dict[str, tuple[Callable[[], Figures], str, str]] = {}


def written(text: str, transcript: str) -> Callable[[Callable[[], Figures]], Callable[[], Figures]]:
    """Enter an abstract with its transcript."""

    def enter(figures: Callable[[], Figures]) -> Callable[[], Figures]:
        WRITTEN[figures.__name__] = (figures, text, transcript)
        return figures

    return enter


def text_of(name: str) -> str:
    figures, text, _ = WRITTEN[name]
    return Template(text).substitute(figures())


def transcript_of(name: str) -> str:
    figures, _, transcript = WRITTEN[name]
    return Template(transcript).substitute(figures())


def group(prefix: str, rows: list, cohort: Cohort, counted=orr) -> Figures:
    k, n = counted(rows), len(rows)
    return {f"{prefix}_k": k, f"{prefix}_n": n, prefix: cohort.p(k, n)}


@written(
    "We analysed $n patients ($m men, $f women; median age $age years, range $lo–$hi). ORR was "
    "$orr% (95% CI $low–$high), with ≥VGPR in $vgpr% and CR in $cr%. ORR was $old% in patients aged "
    "≥65 and $young% in those aged <65 years (Fisher, P=$p).",
    """
source: Doe 2025, ASH
populations: {all: $n}
attributes:
  sex: {levels: [men, women]}
  age_group: {variable: age, levels: {young: {less_than: 65}, old: {at_least: 65}}}
claims:
  - {id: size, text: $n patients, kind: count, value: $n}
  - {id: men, text: $m men, kind: count, event: {sex: men}, value: $m}
  - {id: women, text: $f women, kind: count, event: {sex: women}, value: $f}
  - {id: age, text: median age $age years, kind: median, outcome: age, value: $age, minimum: $lo, maximum: $hi, unit: years}
  - {id: orr, text: ORR was $orr%, kind: percentage, event: ORR, value: $orr, low: $low, high: $high}
  - {id: vgpr, text: ≥VGPR in $vgpr%, kind: proportion, event: ≥VGPR, value: $vgpr}
  - {id: cr, text: CR in $cr%, kind: proportion, event: CR, value: $cr}
  - {id: old, text: ORR was $old% in patients aged ≥65, kind: proportion, group: {age_group: old}, event: ORR, value: $old}
  - {id: young, text: $young% in those aged <65 years, kind: proportion, group: {age_group: young}, event: ORR, value: $young}
  - {id: p, text: "P=$p", kind: contrast, event: ORR, groups: [{age_group: old}, {age_group: young}], test: Fisher, p: $p}
""",
)
def response_by_age() -> Figures:
    c = Cohort(11, 74)
    old, young = c.of(age=lambda a: a >= 65), c.of(age=lambda a: a < 65)
    age, lo, hi = ages(c.rows)
    low, high = exact_interval(orr(c.rows), 74)
    m = len(c.of(male=True))
    return {
        "n": 74, "m": m, "f": 74 - m, "age": age, "lo": lo, "hi": hi, "low": low, "high": high,
        **group("orr", c.rows, c), **group("old", old, c), **group("young", young, c),
        "vgpr": c.p(best(c.rows, "CR", "VGPR"), 74), "cr": c.p(best(c.rows, "CR"), 74),
        "p": fisher(old, young),
    }  # fmt: skip


@written(
    "Of $n treated patients, $e were evaluable for response. ORR was $orr% ($orr_k/$e). Haematological "
    "toxicity occurred in $a0% (grade ≥3: $a3%), infections in $b0% (grade 3-4: $b3%), and no patient "
    "had a grade 5 event. With a median follow-up of $fu months, median PFS was $pfs months (95% CI "
    "$pl–$ph) and 12-month OS was $os% (95% CI $ol–$oh).",
    """
source: Roe 2024, Ann Hematol
populations: {treated: $n, evaluable: {n: $e, of: treated}}
claims:
  - {id: evaluable, text: $e were evaluable, kind: count, population: evaluable, value: $e}
  - {id: orr, text: ORR was $orr% ($orr_k/$e), kind: proportion, population: evaluable, event: overall response rate, value: $orr%, count: $orr_k, of: $e}
  - {id: heme, text: "Haematological toxicity occurred in $a0%", kind: proportion, event: Haematological toxicity, value: $a0}
  - {id: heme3, text: "(grade ≥3: $a3%)", kind: proportion, event: grade ≥3 Haematological toxicity, value: $a3}
  - {id: infections, text: infections in $b0%, kind: proportion, event: infections, value: $b0}
  - {id: infections3, text: "(grade 3-4: $b3%)", kind: proportion, event: grade 3-4 infections, value: $b3}
  - {id: follow_up, text: With a median follow-up of $fu months, kind: follow up, value: $fu months}
  - {id: pfs, text: median PFS was $pfs months, kind: survival_median, outcome: pfs, value: $pfs months, low: $pl, high: $ph}
  - {id: os, text: 12-month OS was $os%, kind: survival_rate, outcome: os, time: 12, value: $os, low: $ol, high: $oh}
""",
)
def two_denominators() -> Figures:
    c = Cohort(12, 43)
    e = c.of(evaluable=True)
    pfs, pl, ph = km(c.rows, "pfs")
    os_, ol, oh = rate(c.rows, "os", 12)
    seen = {
        name: c.p(sum(r[key] >= least for r in c.rows), 43)
        for name, key, least in (
            ("a0", "ae0", 1),
            ("a3", "ae0", 3),
            ("b0", "ae1", 1),
            ("b3", "ae1", 3),
        )
    }
    return {"n": 43, "e": len(e), **group("orr", e, c), **seen, "fu": "19.4", "pfs": pfs, "pl": pl,
            "ph": ph, "os": os_, "ol": ol, "oh": oh}  # fmt: skip


@written(
    "$n patients were matched 1:1 (quadruplet, n=$q; triplet, n=$t). ORR was $oq% vs $ot% (P=$p) and "
    "≥VGPR $vq% vs $vt%. Median PFS was $pq vs $pt months (HR $hr, 95% CI $hl–$hh, P=$hp).",
    """
source: Poe 2025, Lancet Haematol
populations: {matched: $n}
attributes: {arm: {levels: [quadruplet, triplet]}}
claims:
  - {id: q, text: "quadruplet, n=$q", kind: count, event: {arm: quadruplet}, value: $q}
  - {id: t, text: "triplet, n=$t", kind: count, event: {arm: triplet}, value: $t}
  - {id: oq, text: ORR was $oq%, kind: proportion, group: {arm: quadruplet}, event: ORR, value: $oq}
  - {id: ot, text: vs $ot%, kind: proportion, group: {arm: triplet}, event: ORR, value: $ot}
  - {id: p, text: P=$p, kind: comparison, event: ORR, groups: [{arm: quadruplet}, {arm: triplet}], p: $p}
  - {id: vq, text: ≥VGPR $vq%, kind: proportion, group: {arm: quadruplet}, event: VGPR or better, value: $vq}
  - {id: vt, text: vs $vt%, kind: proportion, group: {arm: triplet}, event: VGPR or better, value: $vt}
  - {id: pq, text: Median PFS was $pq, kind: survival_median, outcome: PFS, group: {arm: quadruplet}, value: $pq, unit: months}
  - {id: pt, text: vs $pt months, kind: survival_median, outcome: PFS, group: {arm: triplet}, value: $pt, unit: months}
  - {id: hr, text: "HR $hr, 95% CI $hl–$hh, P=$hp", kind: HR, outcome: PFS, groups: [{arm: quadruplet}, {arm: triplet}], value: $hr, low: $hl, high: $hh, p: "$hp"}
""",
)
def matched() -> Figures:
    c = Cohort(13, 300)
    q, t = c.of(arm=True)[:120], c.of(arm=False)[:120]
    v = lambda rows: best(rows, "CR", "VGPR")  # noqa: E731
    hr, hl, hh, hp = hazard(q, t, "pfs")
    return {"n": 240, "q": 120, "t": 120, **group("oq", q, c), **group("ot", t, c), "p": chi(q, t),
            **group("vq", q, c, v), **group("vt", t, c, v), "pq": km(q, "pfs")[0],
            "pt": km(t, "pfs")[0], "hr": hr, "hl": hl, "hh": hh, "hp": hp}  # fmt: skip


@written(
    "Cytogenetics were known in $k of $n patients; $h ($hp%) had high risk. ORR was $oh% ($oh_k/$h) in "
    "high-risk and $os% ($os_k/$s) in standard-risk disease (odds ratio $or, 95% CI $ol–$oup, P=$op).",
    """
source: Moe 2023, EHA
populations: {all: $n}
attributes: {cytogenetics: {levels: [high, standard], unknown_allowed: true, known_at: baseline}}
claims:
  - {id: size, text: $n patients, kind: count, value: $n}
  - {id: high, text: "$h ($hp%) had high risk", kind: proportion, event: {cytogenetics: high}, value: $hp, count: $h, of: $k}
  - {id: oh, text: ORR was $oh%, kind: proportion, group: {cytogenetics: high}, event: ORR, value: $oh, count: $oh_k, of: $h}
  - {id: os, text: $os% in standard-risk, kind: proportion, group: {cytogenetics: standard}, event: ORR, value: $os, count: $os_k, of: $s}
  - {id: or, text: odds ratio $or, kind: OR, event: ORR, groups: [{cytogenetics: high}, {cytogenetics: standard}], value: $or, low: $ol, high: $oup, p: "$op"}
""",
)
def unknown_status() -> Figures:
    c = Cohort(14, 96)
    high, standard = c.of(fish=True, high=True), c.of(fish=True, high=False)
    o, ol, oup, op = odds(high, standard)
    known = len(high) + len(standard)
    return {"n": 96, "k": known, "h": len(high), "s": len(standard), "hp": c.p(len(high), known),
            **group("oh", high, c), **group("os", standard, c), "or": o, "ol": ol, "oup": oup,
            "op": op}  # fmt: skip


@written(
    "Among $n transplanted patients the cumulative incidence of relapse at 12 and 24 months was $r1% and "
    "$r2%, and that of non-relapse mortality $n1% and $n2%. 24-month PFS was $p2% and OS $o2%. Median OS "
    "was not reached (95% CI $ol–NR).",
    """
source: Koe 2022, Bone Marrow Transplant
populations: {all: $n}
claims:
  - {id: r1, text: relapse at 12 months $r1%, kind: survival_rate, outcome: cumulative incidence of relapse, time: 12 months, value: $r1}
  - {id: r2, text: and $r2%, kind: survival_rate, outcome: cumulative incidence of relapse, time: 2 years, value: $r2}
  - {id: n1, text: non-relapse mortality $n1%, kind: survival_rate, outcome: non-relapse mortality, time: 12, value: $n1}
  - {id: n2, text: and $n2%, kind: survival_rate, outcome: non-relapse mortality, time: 24, value: $n2}
  - {id: p2, text: 24-month PFS was $p2%, kind: survival_rate, outcome: PFS, time: 24, value: $p2}
  - {id: o2, text: OS $o2%, kind: survival_rate, outcome: OS, time: 24, value: $o2}
  - {id: os, text: Median OS was not reached, kind: survival_median, outcome: OS, value: NR, low: $ol, high: NR}
""",
)
def competing() -> Figures:
    c = Cohort(15, 131)
    for row in c.rows:
        row["os"] = row["pfs"] + 2.2 * (row["os"] - row["pfs"]) + 9
    return {"n": 131, "r1": incidence(c.rows, 1, 12), "r2": incidence(c.rows, 1, 24),
            "n1": incidence(c.rows, 2, 12), "n2": incidence(c.rows, 2, 24),
            "p2": rate(c.rows, "pfs", 24)[0], "o2": rate(c.rows, "os", 24)[0],
            "ol": km(c.rows, "os")[1]}  # fmt: skip


@written(
    "Responses among $n patients were CR in $cr ($crp%), VGPR in $vg ($vgp%), PR in $pr ($prp%), SD in "
    "$sd ($sdp%) and PD in $pd ($pdp%), for an ORR of $orr%. Of the $orr_k responders, $neg% were MRD "
    "negative.",
    """
source: Loe 2024
populations: {all: $n, responders: {n: $orr_k, of: all, where: {response: [CR, VGPR, PR]}}}
attributes: {response: {levels: [CR, VGPR, PR, SD, PD]}}
claims:
  - {id: cr, text: CR in $cr ($crp%), kind: proportion, event: CR, value: $crp, count: $cr, of: $n}
  - {id: vg, text: VGPR in $vg ($vgp%), kind: proportion, event: VGPR, value: $vgp, count: $vg, of: $n}
  - {id: pr, text: PR in $pr ($prp%), kind: proportion, event: PR, value: $prp, count: $pr, of: $n}
  - {id: sd, text: SD in $sd ($sdp%), kind: proportion, event: SD, value: $sdp, count: $sd, of: $n}
  - {id: pd, text: PD in $pd ($pdp%), kind: proportion, event: PD, value: $pdp, count: $pd, of: $n}
  - {id: orr, text: ORR of $orr%, kind: proportion, event: ORR, value: $orr}
  - {id: mrd, text: $neg% were MRD negative, kind: proportion, population: responders, event: MRD negative, value: $neg}
""",
)
def every_grade() -> Figures:
    c = Cohort(16, 58)
    responders = c.of(grade=lambda g: g in ("CR", "VGPR", "PR"))
    found: Figures = {"n": 58, **group("orr", c.rows, c)}
    for key, grade in (("cr", "CR"), ("vg", "VGPR"), ("pr", "PR"), ("sd", "SD"), ("pd", "PD")):
        k = best(c.rows, grade)
        found |= {key: k, f"{key}p": c.p(k, 58)}
    return found | {"neg": c.p(sum(r["negative"] for r in responders), len(responders))}


@written(
    "$n patients with extramedullary disease ($e) or without ($w) were compared. Median PFS was $pe "
    "(95% CI $pel–$peh) vs $pw (95% CI $pwl–$pwh) months (log-rank P=$lp; HR $hr, 95% CI $hl–$hh). "
    "12-month PFS was $re% vs $rw%.",
    """
source: Noe 2025
populations: {all: $n}
attributes: {EMD: {levels: [yes, no]}}
claims:
  - {id: e, text: disease ($e), kind: count, event: {EMD: yes}, value: $e}
  - {id: w, text: without ($w), kind: count, event: {EMD: no}, value: $w}
  - {id: pe, text: Median PFS was $pe, kind: survival_median, outcome: PFS, group: {EMD: yes}, value: $pe, low: $pel, high: $peh, unit: months}
  - {id: pw, text: vs $pw, kind: survival_median, outcome: PFS, group: {EMD: no}, value: $pw, low: $pwl, high: $pwh, unit: months}
  - {id: lp, text: log-rank P=$lp, kind: p_value, outcome: PFS, groups: [{EMD: yes}, {EMD: no}], test: log-rank, p: "$lp"}
  - {id: hr, text: "HR $hr, 95% CI $hl–$hh", kind: hazard_ratio, outcome: PFS, groups: [{EMD: yes}, {EMD: no}], value: $hr, low: $hl, high: $hh}
  - {id: re, text: 12-month PFS was $re%, kind: survival_rate, outcome: PFS, group: {EMD: yes}, time: 12, value: $re}
  - {id: rw, text: vs $rw%, kind: survival_rate, outcome: PFS, group: {EMD: no}, time: 12, value: $rw}
""",
)
def extramedullary() -> Figures:
    c = Cohort(17, 150)
    e, w = c.of(emd=True), c.of(emd=False)
    for row in e:
        row["pfs"] *= 0.55
    (pe, pel, peh), (pw, pwl, pwh) = km(e, "pfs"), km(w, "pfs")
    hr, hl, hh, _ = hazard(e, w, "pfs")
    return {"n": 150, "e": len(e), "w": len(w), "pe": pe, "pel": pel, "peh": peh, "pw": pw,
            "pwl": pwl, "pwh": pwh, "lp": log_rank(e, w, "pfs"), "hr": hr, "hl": hl, "hh": hh,
            "re": rate(e, "pfs", 12)[0], "rw": rate(w, "pfs", 12)[0]}  # fmt: skip


@written(
    "$n patients were treated; mean age was $am ± $as years (range $lo–$hi) and the median number of "
    "prior lines was $li (range $ll–$lh). Cytopenia occurred in $a%, neuropathy in $b%, fatigue in $c%, "
    "rash in $d% and infection in $e%; grade ≥3 in $a3%, $b3%, $c3%, $d3% and $e3%.",
    """
source: Woe 2021
populations: {safety: $n}
claims:
  - {id: size, text: $n patients were treated, kind: number, value: $n}
  - {id: age, text: mean age was $am ± $as years, kind: mean, outcome: age, value: $am, sd: $as, unit: years}
  - {id: age_range, text: range $lo–$hi, kind: range, outcome: age, minimum: $lo, maximum: $hi}
  - {id: lines, text: prior lines was $li, kind: median, outcome: prior lines, value: $li, minimum: $ll, maximum: $lh, unit: lines}
  - {id: a, text: Cytopenia occurred in $a%, kind: proportion, event: Cytopenia, value: $a}
  - {id: b, text: neuropathy in $b%, kind: proportion, event: neuropathy, value: $b}
  - {id: c, text: fatigue in $c%, kind: proportion, event: fatigue, value: $c}
  - {id: d, text: rash in $d%, kind: proportion, event: rash, value: $d}
  - {id: e, text: infection in $e%, kind: proportion, event: infection, value: $e}
  - {id: a3, text: grade ≥3 in $a3%, kind: proportion, event: Grade ≥3 cytopenia, value: $a3}
  - {id: b3, text: $b3%, kind: proportion, event: Grade ≥3 neuropathy, value: $b3}
  - {id: c3, text: $c3%, kind: proportion, event: Grade ≥3 fatigue, value: $c3}
  - {id: d3, text: $d3%, kind: proportion, event: Grade ≥3 rash, value: $d3}
  - {id: e3, text: $e3%, kind: proportion, event: Grade ≥3 infection, value: $e3}
""",
)
def adverse_events() -> Figures:
    c = Cohort(18, 67)
    am, as_ = mean_sd(c.rows, "age")
    _, lo, hi = ages(c.rows)
    li, ll, lh = ages(c.rows, "lines")
    found: Figures = {
        "n": 67,
        "am": am,
        "as": as_,
        "lo": lo,
        "hi": hi,
        "li": li,
        "ll": ll,
        "lh": lh,
    }
    for i, name in enumerate("abcde"):
        for least, suffix in ((1, ""), (3, "3")):
            found[name + suffix] = c.p(sum(r[f"ae{i}"] >= least for r in c.rows), 67)
    return found


@written(
    "Records of $n patients were reviewed. ORR was $orr%, $emd% in extramedullary and $noemd% in other "
    "disease (P=$p); $male% in men and $female% in women (P>0.05). Percentages were cut off.",
    """
source: Zoe 2020
populations: {all: $n}
attributes: {EMD: {levels: ["yes", "no"]}, sex: {levels: [male, female]}}
claims:
  - {id: size, text: $n patients, kind: count, value: $n}
  - {id: orr, text: ORR was $orr%, kind: proportion, event: ORR, value: $orr}
  - {id: emd, text: $emd% in extramedullary, kind: proportion, group: {EMD: "yes"}, event: ORR, value: $emd}
  - {id: noemd, text: $noemd% in other, kind: proportion, group: {EMD: "no"}, event: ORR, value: $noemd}
  - {id: p, text: P=$p, kind: contrast, event: ORR, groups: [{EMD: "yes"}, {EMD: "no"}], p: "$p"}
  - {id: male, text: $male% in men, kind: proportion, group: {sex: male}, event: ORR, value: $male}
  - {id: female, text: $female% in women, kind: proportion, group: {sex: female}, event: ORR, value: $female}
  - {id: ns, text: P>0.05, kind: contrast, event: ORR, groups: [{sex: male}, {sex: female}], p: NS}
""",
)
def cut_off() -> Figures:
    c = Cohort(19, 41, rounding=CUT_OFF)
    e, w = c.of(emd=True), c.of(emd=False)
    return {"n": 41, **group("orr", c.rows, c), **group("emd", e, c), **group("noemd", w, c),
            "p": fisher(e, w), **group("male", c.of(male=True), c),
            **group("female", c.of(male=False), c)}  # fmt: skip


@written(
    "We included $n patients (median age $age, IQR $q1–$q3). Of $m patients with an MRD sample, $neg% "
    "were negative. MRD-negative patients had longer PFS (HR $hr; 95% CI, $hl-$hh; P=$hp). 24-month PFS "
    "was $r% overall.",
    """
source: Foe 2025, Blood
populations: {all: $n, sampled: {n: $m, of: all}}
claims:
  - {id: age, text: "median age $age, IQR $q1–$q3", kind: median, outcome: age, value: $age, q1: $q1, q3: $q3, unit: years}
  - {id: sampled, text: $m patients with an MRD sample, kind: count, population: sampled, value: $m}
  - {id: neg, text: $neg% were negative, kind: proportion, event: MRD negative, value: $neg}
  - {id: hr, text: HR $hr, kind: hazard_ratio, population: sampled, outcome: pfs, groups: [{MRD: negative}, {MRD: positive}], value: $hr, low: $hl, high: $hh, p: "$hp", direction: lower}
  - {id: r, text: 24-month PFS was $r%, kind: survival_rate, outcome: pfs, time: 24, value: $r}
""",
)
def measurable_disease() -> Figures:
    c = Cohort(20, 118)
    sampled = c.of(mrd=True)
    one, other = c.of(mrd=True, negative=True), c.of(mrd=True, negative=False)
    for row in one:
        row["pfs"] *= 2.1
    hr, hl, hh, hp = hazard(one, other, "pfs")
    age, (q1, q3) = ages(c.rows)[0], quartiles(c.rows)
    return {"n": 118, "m": len(sampled), "neg": c.p(len(one), len(sampled)), "hr": hr, "hl": hl,
            "hh": hh, "hp": hp, "age": age, "q1": q1, "q3": q3, "r": rate(c.rows, "pfs", 24)[0]}  # fmt: skip


@written(
    "In this registry of $n patients, $h% had high-risk cytogenetics, $e% extramedullary disease and "
    "$b% both. ORR was $orr%; $hi% with and $st% without high-risk cytogenetics (RR $rr).",
    """
source: Hoe 2022
populations: {all: $n}
attributes: {cytogenetics: {levels: [high, standard]}, emd: {levels: [present, absent]}}
claims:
  - {id: h, text: $h% had high-risk cytogenetics, kind: proportion, event: {cytogenetics: high}, value: $h}
  - {id: e, text: $e% extramedullary disease, kind: proportion, event: {emd: present}, value: $e}
  - {id: b, text: $b% both, kind: proportion, event: {cytogenetics: high, emd: present}, value: $b}
  - {id: orr, text: ORR was $orr%, kind: proportion, event: ORR, value: $orr}
  - {id: hi, text: $hi% with, kind: proportion, group: {cytogenetics: high}, event: ORR, value: $hi}
  - {id: st, text: $st% without, kind: proportion, group: {cytogenetics: standard}, event: ORR, value: $st}
  - {id: rr, text: RR $rr, kind: RR, event: ORR, groups: [{cytogenetics: high}, {cytogenetics: standard}], value: $rr}
""",
)
def whole_percentages() -> Figures:
    c = Cohort(21, 203, digits=0)
    high, standard = c.of(high=True), c.of(high=False)
    rr = orr(high) * len(standard) / (len(high) * orr(standard))
    return {"n": 203, "h": c.p(len(high), 203), "e": c.p(len(c.of(emd=True)), 203),
            "b": c.p(len(c.of(emd=True, high=True)), 203), **group("orr", c.rows, c),
            **group("hi", high, c), **group("st", standard, c), "rr": f"{rr:.2f}"}  # fmt: skip


@written(
    "After CAR-T, $n patients were followed for a median of $fu months. CRS occurred in $crs% (grade ≥3 "
    "$crs3%), ICANS in $ic% (≥3 in $ic3%). CR rate $cr%, ORR $orr%. Median DOR $dor months; 6- and "
    "12-month PFS $p6% and $p12%; 12-month OS $o12%.",
    """
source: Joe 2025, ASH
claims:
  - {id: size, text: $n patients, kind: count, value: $n}
  - {id: fu, text: a median of $fu months, kind: follow_up, value: $fu, unit: months}
  - {id: crs, text: CRS occurred in $crs%, kind: proportion, event: CRS, value: $crs, of: $n}
  - {id: crs3, text: grade ≥3 $crs3%, kind: proportion, event: grade ≥3 CRS, value: $crs3, of: $n}
  - {id: ic, text: ICANS in $ic%, kind: proportion, event: ICANS, value: $ic}
  - {id: ic3, text: ≥3 in $ic3%, kind: proportion, event: ICANS grade ≥3, value: $ic3}
  - {id: cr, text: CR rate $cr%, kind: proportion, event: CR or better, value: $cr}
  - {id: orr, text: ORR $orr%, kind: proportion, event: ORR, value: $orr}
  - {id: p6, text: 6-month PFS $p6%, kind: survival_rate, outcome: progression-free survival, time: 6, value: $p6}
  - {id: p12, text: and $p12%, kind: survival_rate, outcome: progression-free survival, time: 12, value: $p12}
  - {id: o12, text: 12-month OS $o12%, kind: survival_rate, outcome: overall survival, time: 12, value: $o12}
""",
)
def no_population_at_all() -> Figures:
    c = Cohort(22, 37)
    s = {f"{n}{'' if k == 1 else k}": c.p(sum(r[a] >= k for r in c.rows), 37)
         for n, a in (("crs", "ae2"), ("ic", "ae3")) for k in (1, 3)}  # fmt: skip
    return {"n": 37, "fu": "14.2", **s, "cr": c.p(best(c.rows, "CR"), 37), **group("orr", c.rows, c),
            "dor": "9.0", "p6": rate(c.rows, "pfs", 6)[0], "p12": rate(c.rows, "pfs", 12)[0],
            "o12": rate(c.rows, "os", 12)[0]}  # fmt: skip


@written(
    "Of $n patients, $a received A and $b received B. Response rates were $oa% and $ob% ($oa_k/$a and "
    "$ob_k/$b; χ² P=$p). Grade ≥3 neutropenia was seen in $na% and $nb%. ",
    """
source: Boe 2023
populations: {all: $n, arm_a: {n: $a, of: all, where: {arm: a}}, arm_b: {n: $b, of: all, where: {arm: b}}}
attributes: {arm: {levels: [a, b]}}
claims:
  - {id: a, text: $a received A, kind: count, population: arm_a, value: $a}
  - {id: b, text: $b received B, kind: count, population: arm_b, value: $b}
  - {id: oa, text: $oa%, kind: proportion, population: arm_a, event: response, value: $oa, count: $oa_k, of: $a}
  - {id: ob, text: $ob%, kind: proportion, population: arm_b, event: response, value: $ob, count: $ob_k, of: $b}
  - {id: p, text: χ² P=$p, kind: contrast, population: all, groups: [{arm: a}, {arm: b}], event: response, test: χ², p: "$p"}
  - {id: na, text: Grade ≥3 neutropenia was seen in $na%, kind: proportion, population: arm_a, event: Grade ≥3 neutropenia, value: $na}
  - {id: nb, text: and $nb%, kind: proportion, population: arm_b, event: Grade ≥3 neutropenia, value: $nb}
""",
)
def arms_as_populations() -> Figures:
    c = Cohort(23, 88)
    a, b = c.of(arm=True), c.of(arm=False)
    n3 = lambda rows: sum(r["ae4"] >= 3 for r in rows)  # noqa: E731
    return {"n": 88, "a": len(a), "b": len(b), **group("oa", a, c), **group("ob", b, c),
            "p": chi(a, b), **group("na", a, c, n3), **group("nb", b, c, n3)}  # fmt: skip


@written(
    "Median age of the $n patients was $age (range $lo-$hi); $m% were male. In multivariable analysis, "
    "high risk (HR $h1; 95% CI $h1l-$h1h; p=$h1p) and EMD (HR $h2; 95% CI $h2l-$h2h; p=$h2p) predicted "
    "PFS. 1- and 2-year PFS were $p1% and $p2%, OS $o1% and $o2%.",
    """
source: Toe 2019, Haematologica
populations: {all: $n}
models: {cox: {outcome: pfs, factors: 2, text: multivariable analysis}}
claims:
  - {id: age, text: Median age was $age, kind: median, outcome: age, value: $age, minimum: $lo, maximum: $hi, unit: years}
  - {id: men, text: $m% were male, kind: proportion, event: male, value: $m}
  - {id: h1, text: HR $h1, kind: hazard ratio, outcome: pfs, groups: [{risk: high}, {risk: standard}], value: $h1, low: $h1l, high: $h1h, p: "$h1p", adjusted: true, model: cox}
  - {id: h2, text: HR $h2, kind: hazard ratio, outcome: pfs, groups: [{EMD: yes}, {EMD: no}], value: $h2, low: $h2l, high: $h2h, p: "$h2p", adjusted: true, model: cox}
  - {id: p1, text: 1-year PFS $p1%, kind: survival rate, outcome: pfs, time: 1 year, value: $p1}
  - {id: p2, text: 2-year PFS $p2%, kind: survival rate, outcome: pfs, time: 2 years, value: $p2}
  - {id: o1, text: OS $o1%, kind: survival rate, outcome: os, time: 1 year, value: $o1}
  - {id: o2, text: and $o2%, kind: survival rate, outcome: os, time: 2 years, value: $o2}
""",
)
def many_factors() -> Figures:
    c = Cohort(24, 260)
    age, lo, hi = ages(c.rows)
    found: Figures = {"n": 260, "age": age, "lo": lo, "hi": hi, "m": c.p(len(c.of(male=True)), 260)}
    for name, key in (("h1", "high"), ("h2", "emd")):
        figures = hazard(c.of(**{key: True}), c.of(**{key: False}), "pfs")
        found |= {f"{name}{end}": v for end, v in zip(("", "l", "h", "p"), figures, strict=True)}
    for name, end in (("p", "pfs"), ("o", "os")):
        found |= {f"{name}{y}": rate(c.rows, end, 12 * y)[0] for y in (1, 2)}
    return found


@written(
    "Between 2018 and 2023, $n patients started therapy: $d0% D0, $d1% D1 and $d2% D2 stage. ORR was "
    "$o0%, $o1% and $o2%, respectively, and $orr% overall. $w% of patients discontinued.",
    """
source: Soe 2024, eJHaem
populations: {all: $n}
attributes: {stage: {levels: [D0, D1, D2]}}
claims:
  - {id: size, text: $n patients, kind: count, value: $n}
  - {id: d0, text: $d0% D0, kind: proportion, event: {stage: D0}, value: $d0}
  - {id: d1, text: $d1% D1, kind: proportion, event: {stage: D1}, value: $d1}
  - {id: d2, text: $d2% D2, kind: proportion, event: {stage: D2}, value: $d2}
  - {id: o0, text: ORR was $o0%, kind: proportion, group: {stage: D0}, event: ORR, value: $o0}
  - {id: o1, text: $o1%, kind: proportion, group: {stage: D1}, event: ORR, value: $o1}
  - {id: o2, text: $o2%, kind: proportion, group: {stage: D2}, event: ORR, value: $o2}
  - {id: orr, text: $orr% overall, kind: proportion, event: ORR, value: $orr}
  - {id: w, text: $w% of patients discontinued, kind: proportion, event: discontinued, value: $w}
""",
)
def three_stages() -> Figures:
    c = Cohort(25, 83)
    stages = [c.of(lines=lambda v, g=g: v in g) for g in ((1, 2), (3, 4), (5, 6, 7))]
    found: Figures = {"n": 83, **group("orr", c.rows, c), "w": c.p(19, 83)}
    for i, rows in enumerate(stages):
        found |= {f"d{i}": c.p(len(rows), 83), **group(f"o{i}", rows, c)}
    return found


#: Abstract, claim, key, and how the true figure is changed to one that no cohort can have.
PLANTED: tuple[tuple[str, str, str, Callable[[float], object]], ...] = (
    ("response_by_age", "men", "value", lambda v: int(v) + 3),
    ("response_by_age", "orr", "value", lambda v: f"{v + 0.4:.1f}"),
    ("response_by_age", "cr", "value", lambda v: "75.7"),
    ("response_by_age", "age", "minimum", lambda v: 80),
    ("response_by_age", "old", "value", lambda v: "100.0"),
    ("response_by_age", "p", "p", lambda v: "0.0004"),
    ("two_denominators", "orr", "count", lambda v: int(v) - 2),
    ("two_denominators", "heme", "value", lambda v: f"{v + 0.9:.1f}"),
    ("two_denominators", "heme3", "value", lambda v: "97.7"),
    ("two_denominators", "pfs", "low", lambda v: "40.0"),
    ("two_denominators", "os", "value", lambda v: "99.9"),
    ("matched", "oq", "value", lambda v: f"{v + 0.4:.1f}"),
    ("matched", "hr", "value", lambda v: f"{v * 1.6:.2f}"),
    ("matched", "hr", "p", lambda v: "0.00001"),
    ("matched", "vq", "value", lambda v: "95.0"),
    ("unknown_status", "high", "value", lambda v: f"{v + 2.2:.1f}"),
    ("unknown_status", "oh", "of", lambda v: int(v) + 60),
    ("unknown_status", "or", "value", lambda v: f"{v * 2 + 1:.2f}"),
    ("competing", "o2", "value", lambda v: "12.0"),
    ("competing", "r2", "value", lambda v: f"{v - 25:.1f}"),
    ("competing", "p2", "value", lambda v: "91.0"),
    ("every_grade", "sd", "count", lambda v: int(v) + 2),
    ("every_grade", "orr", "value", lambda v: f"{v - 1.7:.1f}"),
    ("every_grade", "mrd", "value", lambda v: "0.9"),
    ("extramedullary", "e", "value", lambda v: int(v) + 5),
    ("extramedullary", "re", "value", lambda v: "88.0"),
    ("extramedullary", "hr", "low", lambda v: "0.20"),
    ("adverse_events", "lines", "value", lambda v: "3.7"),
    ("adverse_events", "age", "sd", lambda v: "48.0"),
    ("adverse_events", "b3", "value", lambda v: "98.5"),
    ("adverse_events", "d", "value", lambda v: f"{v + 0.7:.1f}"),
    ("cut_off", "orr", "value", lambda v: f"{v + 0.9:.1f}"),
    ("cut_off", "p", "p", lambda v: "0.0002"),
    ("measurable_disease", "hr", "direction", lambda v: "higher"),
    ("measurable_disease", "age", "q1", lambda v: 99),
    ("measurable_disease", "hr", "high", lambda v: "0.10"),
    ("whole_percentages", "b", "value", lambda v: 60),
    ("whole_percentages", "rr", "value", lambda v: f"{v + 0.5:.2f}"),
    ("no_population_at_all", "crs3", "value", lambda v: "97.3"),
    ("no_population_at_all", "p12", "value", lambda v: "95.5"),
    ("no_population_at_all", "crs", "value", lambda v: f"{v + 0.9:.1f}"),
    ("arms_as_populations", "oa", "of", lambda v: int(v) + 4),
    ("arms_as_populations", "p", "p", lambda v: "<0.0001"),
    ("arms_as_populations", "nb", "value", lambda v: "1.1"),
    ("many_factors", "h1", "low", lambda v: "2.90"),
    ("many_factors", "o1", "value", lambda v: "20.0"),
    ("many_factors", "p2", "value", lambda v: "97.0"),
    ("three_stages", "d2", "value", lambda v: f"{v + 12.1:.1f}"),
    ("three_stages", "orr", "value", lambda v: "97.6"),
)

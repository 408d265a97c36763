"""Fourteen abstracts written from cohorts, each with one figure changed so that it cannot be true."""

# ruff: noqa: E501 (prose is printed line by line as abstracts are)

from __future__ import annotations

from collections.abc import Callable

from unseen_cohort import (
    at_least,
    chi_square,
    cox,
    draw,
    exact_interval,
    fisher,
    km,
    log_rank,
    p_words,
    percent,
    rate,
    rounded,
)


def no_fraction() -> str:
    """The share of 41 patients with a very good partial response is no k/41."""
    t = draw(201, 41, pfs=7, os=14)
    n = len(t)
    orr = at_least(t, "PR")
    m = km(t, "pfs")
    return f"""Carfilzomib, pomalidomide and dexamethasone (KPd) was given to {n} patients with multiple myeloma refractory to lenalidomide at our centre. Every patient was evaluable for response. The median age was {t.age.median():g} years (range {t.age.min()}–{t.age.max()}); {t.male.sum()} patients were men. ORR was {percent(orr.sum(), n)}% and 47.6% achieved ≥VGPR. Median PFS was {m[0]} months (95% CI {m[1]}–{m[2]}). Hypertension of grade ≥3 was seen in {sum(t.toxic >= 3)} patients ({percent(sum(t.toxic >= 3), n)}%).
"""


def more_than_all() -> str:
    """Men and women together are more than the patients."""
    t = draw(202, 66, age=61, pfs=20, os=40)
    n = len(t)
    men = int(t.male.sum())
    r = rate(t, "pfs", 24)
    s = rate(t, "os", 24)
    cr = at_least(t, "CR")
    return f"""Background. Outcomes after a second autologous transplant for relapsed myeloma were examined. Methods. Retrospective study of two centers. Results. Sixty-six patients ({men} men, {n - men + 4} women) underwent salvage transplantation (N={n}). Median age at second transplant was {t.age.median():g} years (range, {t.age.min()}-{t.age.max()}). Complete response was attained by {cr.sum()} ({percent(cr.sum(), n)}%). The 2-year PFS and OS were {r[0]}% (95% CI, {r[1]}%-{r[2]}%) and {s[0]}% (95% CI, {s[1]}%-{s[2]}%), respectively. Conclusion. Salvage transplantation is safe.
"""


def wrong_share() -> str:
    """The percentage beside the count of patients with renal response is another."""
    t = draw(203, 88, age=70, pfs=12, os=25)
    renal = t[t.stage == "III"]
    n, m = len(t), len(renal)
    k = int((at_least(renal, "PR")).sum())
    orr = at_least(t, "PR")
    o = km(t, "os", missing="not reached")
    return f"""Of {n} patients treated with bortezomib-based induction, {m} ({percent(m, n)}%) presented with a creatinine clearance below 40 mL/min. In these {m} patients, a renal response was obtained in {k}/{m} ({percent(k - 2, m)}%). Hematologic response (≥PR) in the whole cohort: {orr.sum()}/{n} ({percent(orr.sum(), n)}%; 95% CI {exact_interval(orr.sum(), n)[0]}–{exact_interval(orr.sum(), n)[1]}%). Median OS: {o[0]} months (95% CI {o[1]}–{o[2]}). Neuropathy of any grade: {sum(t.nerve > 0)}/{n} ({percent(sum(t.nerve > 0), n)}%); grade ≥3: {sum(t.nerve >= 3)}/{n} ({percent(sum(t.nerve >= 3), n)}%).
"""


def ratio_and_p() -> str:
    """The interval of the hazard ratio excludes one by far, its p-value says nothing was found."""
    t = draw(204, 173, pfs=10, os=20)
    h = cox(t, "pfs", {"extra": t.extra, "high": t.high, "ecog": t.ecog >= 2})
    n = len(t)
    m = km(t, "pfs")
    e = h["extra"]
    g = h["high"]
    return f"""Aims: To identify predictors of progression under daratumumab, lenalidomide and dexamethasone. Methods: {n} patients from 14 hospitals. Results: median PFS was {m[0]} mo (95%-CI: {m[1]}–{m[2]}). In the Cox model, high-risk cytogenetics [HR {g[0]} (95%-CI {g[1]}–{g[2]}), p {p_words(g[3]).replace("=", "= ").replace("<", "< ")}] retained significance, whereas extramedullary disease did not [HR {e[0]} (95%-CI {e[1]}–{e[2]}), p = 0.31]. Discontinuation because of adverse events: {sum(t.toxic == 4)} patients ({percent(sum(t.toxic == 4), n)}%). Conclusions: cytogenetics matter.
"""


def wrong_p() -> str:
    """Counts that differ clearly, with the p-value of chance, by a named test."""
    t = draw(205, 112, age=68)
    n = len(t)
    hi, lo = t[t.extra], t[~t.extra]
    orr = at_least(t, "PR")
    a, b = int(orr[hi.index].sum()), int(orr[lo.index].sum())
    p = fisher(a, len(hi), b, len(lo))
    assert p < 0.02, p
    return f"""KEY FINDINGS: Response to isatuximab-based treatment was obtained in {a} of {len(hi)} patients with extramedullary disease ({percent(a, len(hi))}%) as compared with {b} of {len(lo)} patients without it ({percent(b, len(lo))}%), a difference that was not significant (P = 0.64 by Fisher's exact test). DETAILS: {n} patients were treated between 2020 and 2024; the median age was {t.age.median():g} years and {percent(t.male.sum(), n)}% were male. Best response was CR or better in {sum(at_least(t, "CR"))} ({percent(sum(at_least(t, "CR")), n)}%). Pneumonia occurred in {sum(t.infection >= 2)} patients ({percent(sum(t.infection >= 2), n)}%).
"""


def free_of_progression_dead() -> str:
    """More are alive without progression than alive at 24 months."""
    t = draw(206, 59, age=57, pfs=24, os=30)
    n = len(t)
    p, o = rate(t, "pfs", 24, 1), rate(t, "os", 24, 1)
    p1, o1 = rate(t, "pfs", 12, 1), rate(t, "os", 12, 1)
    return f"""Tandem autologous–allogeneic transplantation in {n} patients with high-risk myeloma: long-term results of a single unit. Median age 57 yrs. At 12 months, PFS and OS were {p1[0]}% and {o1[0]}%; at 24 months, OS was {p[0]}% (95% CI {p[1]}–{p[2]}%) and PFS was {o[0]}% (95% CI {o[1]}–{o[2]}%). Extensive chronic GVHD was diagnosed in {sum(t.prior)} patients ({percent(sum(t.prior), n, 0)}%). CR or better was reached by {percent(sum(at_least(t, "CR")), n, 0)}% of patients.
"""


def median_outside() -> str:
    """The median age is above the oldest patient."""
    t = draw(207, 33, age=64, pfs=5, os=9)
    n = len(t)
    t.loc[t.age > 69, "age"] = 69
    m, o = km(t, "pfs"), km(t, "os")
    orr = at_least(t, "PR")
    return f"""Melflufen in penta-refractory myeloma: n = {n}; age, median (range): 71 ({t.age.min()}–{t.age.max()}) years; prior lines, median (range): {t.lines.median():g} ({t.lines.min()}–{t.lines.max()}); ORR: {orr.sum()}/{n} ({percent(orr.sum(), n, 0)}%); PFS, median (95% CI): {m[0]} ({m[1]}–{m[2]}) months; OS, median (95% CI): {o[0]} ({o[1]}–{o[2]}) months; grade 3/4 thrombocytopenia: {sum(t.toxic >= 3)}/{n} ({percent(sum(t.toxic >= 3), n, 0)}%).
"""


def rising_survival() -> str:
    """More are alive at 24 months than at 12."""
    t = draw(208, 247, age=67, pfs=25, os=50)
    n = len(t)
    a, b, c = rate(t, "os", 12), rate(t, "os", 24), rate(t, "os", 36)
    orr = at_least(t, "PR")
    return f"""Patients with follicular lymphoma who relapsed within two years of chemoimmunotherapy (POD24) were retrieved from a population-based registry (n={n}). Overall survival from relapse was {b[0]}% at 12, {a[0]}% at 24 and {c[0]}% at 36 months. Second-line treatment induced a response in {percent(orr.sum(), n, 0)}% of the {n} patients. {percent(sum(t.male), n, 0)}% of patients were male. Median time from diagnosis to relapse was {rounded(t.marker.median())} months (IQR, {rounded(t.marker.quantile(0.25))}-{rounded(t.marker.quantile(0.75))}).
"""


def deeper_than_response() -> str:
    """More have a complete response than any response."""
    t = draw(209, 74, age=63)
    n = len(t)
    orr, cr = int(at_least(t, "PR").sum()), int(at_least(t, "CR").sum())
    return f"""Teclistamab in the real world. Seventy-four patients (pts) were included (n = {n}). Prior BCMA-directed therapy: {percent(sum(t.prior), n, 0)}% of pts. In the intention-to-treat population, ORR was {percent(cr, n, 0)}% ({cr}/{n}) and the rate of CR or better was {percent(orr, n, 0)}% ({orr}/{n}). CRS: {percent(sum(t.toxic > 0), n, 0)}% of pts (grade ≥3: {percent(sum(t.toxic == 4), n, 0)}%). ICANS: {percent(sum(t.nerve >= 2), n, 0)}% of pts. Infections of grade ≥3: {percent(sum(t.infection >= 3), n, 0)}%.
"""


def severer_than_any() -> str:
    """More have a grade 3 event than any event."""
    t = draw(210, 52, age=66)
    n = len(t)
    orr = at_least(t, "PR")
    f, f3 = int(sum(t.infection > 0)), int(sum(t.infection >= 3))
    d = t.nerve
    return f"""We evaluated the safety of elotuzumab-pomalidomide-dexamethasone in {n} outpatients. Infections occurred in {f3} patients ({percent(f3, n)}%), of which {f} ({percent(f, n)}%) had infections of grade 3 or higher. Diarrhoea of any grade occurred in {sum(d > 0)} patients ({percent(sum(d > 0), n)}%) and was of grade 3 or higher in {sum(d >= 3)} ({percent(sum(d >= 3), n)}%). No treatment-related death was observed. The overall response rate was {percent(orr.sum(), n)}%.
"""


def two_sizes() -> str:
    """Patients with high-risk cytogenetics are 5 more in one sentence than in the other."""
    t = draw(211, 128, age=65, pfs=9)
    n = len(t)
    hi, lo = t[t.high], t[~t.high]
    orr, vg = at_least(t, "PR"), at_least(t, "VGPR")
    a, b = int(orr[hi.index].sum()), int(orr[lo.index].sum())
    p = log_rank(t, "pfs", t.high)
    return f"""Ixazomib, lenalidomide and dexamethasone was used in {n} patients. At baseline, {len(hi)} patients ({percent(len(hi), n)}%) had high-risk and {len(lo)} ({percent(len(lo), n)}%) had standard-risk cytogenetics. Response (≥PR) was documented in {a}/{len(hi) + 5} ({percent(a, len(hi) + 5)}%) patients with high-risk cytogenetics and in {b}/{len(lo)} ({percent(b, len(lo))}%) patients with standard-risk cytogenetics (p{p_words(chi_square(a, len(hi) + 5, b, len(lo)))}). A VGPR or better was seen in {vg.sum()}/{n} ({percent(vg.sum(), n)}%). PFS was shorter in high-risk patients ({km(hi, "pfs")[0]} vs {km(lo, "pfs")[0]} months; p{p_words(p)}).
"""


def half_a_year() -> str:
    """Forty-seven patients with a median age of 63.5 years, ages being whole."""
    t = draw(212, 47, age=63)
    n = len(t)
    orr = at_least(t, "PR")
    m = km(t, "os")
    return f"""Bendamustine re-challenge in light-chain amyloidosis: a chart review. {n} patients with a median age of 63.5 years (range, {t.age.min()}–{t.age.max()}) were treated in the third line or beyond. {sum(t.male)} ({percent(sum(t.male), n, 0)} %) were men. Haematological response: {orr.sum()} ({percent(orr.sum(), n, 0)} %). Median OS: {m[0]} months (95 % CI: {m[1]} to {m[2]}). Treatment-related mortality: {sum(t.toxic == 4)}/{n} ({percent(sum(t.toxic == 4), n, 0)} %).
"""


def parts_and_whole() -> str:
    """Responders of the two groups are 2 more than the responders of all."""
    t = draw(213, 68, age=69, pfs=8)
    n = len(t)
    old, young = t[t.age >= 70], t[t.age < 70]
    orr = at_least(t, "PR")
    a, b = int(orr[old.index].sum()), int(orr[young.index].sum())
    k = a + b - 2
    m = km(t, "pfs")
    return f"""Isatuximab in combination with pomalidomide was assessed in {n} patients ({len(old)} aged ≥70 years, {len(young)} aged <70 years). All patients were evaluable. ORR was {percent(k, n)}% ({k}/{n}). ORR was {percent(a, len(old))}% ({a}/{len(old)}) in patients aged ≥70 years and {percent(b, len(young))}% ({b}/{len(young)}) in patients aged <70 years (p{p_words(fisher(a, len(old), b, len(young)))}). With a median follow-up of {rounded(t.follow_up.median())} months, median PFS was {m[0]} months (95% CI, {m[1]}–{m[2]}).
"""


def interval_of_share() -> str:
    """The interval of the response rate does not hold it as any usual interval would."""
    t = draw(214, 55, age=62, pfs=8)
    n = len(t)
    orr = at_least(t, "PR")
    k = int(orr.sum())
    low, high = exact_interval(k, n)
    m = km(t, "pfs", missing="NR")
    return f"""Talquetamab after T-cell-redirecting therapy. In this retrospective multicentre study (n = {n}), the response rate was {percent(k, n)}% (95% CI {float(low) + 14:.1f}–{high}; {k} of {n}). Median PFS was {m[0]} months (95% CI {m[1]}–{m[2]}). Skin toxicity was reported in {sum(t.toxic > 0)} patients ({percent(sum(t.toxic > 0), n)}%), dysgeusia in {sum(t.nerve > 0)} ({percent(sum(t.nerve > 0), n)}%) and weight loss in {sum(t.infection > 0)} ({percent(sum(t.infection > 0), n)}%). Four patients (7.3%) died without relapse.
"""


PLANTED: tuple[Callable[[], str], ...] = (
    no_fraction,
    more_than_all,
    wrong_share,
    ratio_and_p,
    wrong_p,
    free_of_progression_dead,
    median_outside,
    rising_survival,
    deeper_than_response,
    severer_than_any,
    two_sizes,
    half_a_year,
    parts_and_whole,
    interval_of_share,
)

"""Twelve abstracts that are true of the cohorts they are written from, each in another manner."""

# ruff: noqa: E501 (prose is printed line by line as abstracts are)

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
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
    quartiles,
    rate,
    rounded,
)


def structured() -> str:
    t = draw(101, 84)
    n = len(t)
    orr, vgpr = at_least(t, "PR"), at_least(t, "VGPR")
    tested = t[t.tested]
    hi, lo = tested[tested.high], tested[~tested.high]
    a, b = int(orr[hi.index].sum()), int(orr[lo.index].sum())
    m, m1, m2 = km(t, "pfs")
    h = cox(t, "pfs", {"extra": t.extra, "ecog": t.ecog >= 2})["extra"]
    k = int(orr.sum())
    l1, l2 = exact_interval(k, n)
    f = fisher(a, len(hi), b, len(lo))
    return f"""Background: Retreatment with an anti-CD38 antibody is common, yet its benefit in routine care is poorly described.
Methods: We retrospectively reviewed the charts of all consecutive patients (n = {n}) with relapsed multiple myeloma who were re-exposed at three tertiary hospitals between January 2018 and June 2023. Responses were graded by IMWG criteria. PFS was estimated by the Kaplan–Meier method.
Results: Median age was {rounded(t.age.median(), 0) if n % 2 else f"{t.age.median():g}"} years (range, {t.age.min()}–{t.age.max()}), and {int(t.male.sum())} ({percent(t.male.sum(), n)}%) were men. Patients had received a median of {t.lines.median():g} prior lines (range, {t.lines.min()}–{t.lines.max()}). Extramedullary disease was present in {int(t.extra.sum())} patients ({percent(t.extra.sum(), n)}%). Cytogenetic data were available for {len(tested)} patients, of whom {len(hi)} ({percent(len(hi), len(tested))}%) had high-risk abnormalities.
The overall response rate was {percent(k, n)}% ({k}/{n}; 95% CI, {l1}–{l2}), including {int(vgpr.sum())} patients ({percent(vgpr.sum(), n)}%) with a very good partial response or better. Patients with high-risk cytogenetics responded in {a} of {len(hi)} cases ({percent(a, len(hi))}%), those with standard-risk cytogenetics in {b} of {len(lo)} ({percent(b, len(lo))}%; P {p_words(f).replace("=", "= ").replace("0.", ".")}, Fisher's exact test).
After a median follow-up of {rounded(t.follow_up.median())} months, median PFS was {m} months (95% CI, {m1}–{m2}). In a multivariable Cox model, extramedullary disease was tested as a factor for PFS (HR {h[0]}, 95% CI {h[1]}–{h[2]}, P {p_words(h[3]).replace("=", "= ").replace("0.", ".")}).
Conclusion: Retreatment yielded responses in a substantial proportion of patients. Prospective confirmation is warranted.
"""


def terse() -> str:
    t = draw(102, 38, pfs=6, os=12)
    n = len(t)
    orr = at_least(t, "PR")
    m, m1, m2 = km(t, "pfs", missing="NR")
    o, o1, o2 = km(t, "os", missing="NR")
    emd, no = t[t.extra], t[~t.extra]
    a, b = int(orr[emd.index].sum()), int(orr[no.index].sum())
    p = log_rank(t, "pfs", t.extra)
    g = (t.toxic >= 3).sum()
    return f"""Introduction: Outcomes of triple-class refractory (TCR) MM in routine practice remain dismal.
Methods: Single-center chart review of TCR MM pts treated with selinexor-based regimens from 2019-2024.
Results: {n} pts were identified. Median age was {t.age.median():g} yrs (range {t.age.min()}-{t.age.max()}), {percent(t.male.sum(), n, 0)}% were male. ISS stage at dx was I, II and III in {sum(t.stage == "I")}, {sum(t.stage == "II")} and {sum(t.stage == "III")} pts, respectively. {len(emd)} pts ({percent(len(emd), n, 0)}%) had EMD. Median # of prior LOT was {t.lines.median():g} ({t.lines.min()}-{t.lines.max()}).
ORR was {percent(orr.sum(), n, 0)}% ({orr.sum()}/{n}); {sum(at_least(t, "CR"))} CR/sCR, {sum(t.response == "VGPR")} VGPR, {sum(t.response == "PR")} PR. ORR in pts with and without EMD was {percent(a, len(emd), 0)}% ({a}/{len(emd)}) and {percent(b, len(no), 0)}% ({b}/{len(no)}). mPFS was {m} mos (95% CI {m1}-{m2}) and mOS {o} mos (95% CI {o1}-{o2}). PFS was shorter in pts with EMD (log-rank p{p_words(p)}).
Gr ≥3 hematologic AEs were seen in {g} pts ({percent(g, n, 0)}%) and any-grade peripheral neuropathy in {sum(t.nerve > 0)} ({percent(sum(t.nerve > 0), n, 0)}%).
Conclusion: Responses were seen in heavily pretreated pts, but were short-lived in this real-world series.
"""


def cart() -> str:
    t = draw(103, 71, pfs=16, os=40)
    n = len(t)
    e = t[t.response != "NE"]
    orr, cr = at_least(e, "PR"), at_least(e, "CR")
    m, m1, m2 = km(t, "pfs", missing="not estimable")
    r12, a12, b12 = rate(t, "os", 12)
    r6, a6, b6 = rate(t, "pfs", 6)
    crs, crs3 = (t.toxic > 0).sum(), (t.toxic >= 3).sum()
    ic, ic3 = (t.nerve > 0).sum(), (t.nerve >= 3).sum()
    q = quartiles(t.marker, 1)
    return f"""We report a multicenter retrospective analysis of commercial BCMA-directed CAR T-cell therapy. A total of {n} patients received an infusion by the data cut-off; {len(e)} were evaluable for response. Two thirds had at least one feature that would have made them ineligible for the pivotal trial. The median age was {t.age.median():g} years (range {t.age.min()} to {t.age.max()}), {percent(sum(t.ecog >= 2), n)}% ({sum(t.ecog >= 2)}/{n}) had an ECOG performance status of 2 or higher, and {percent(t.extra.sum(), n)}% ({t.extra.sum()}/{n}) had extramedullary disease. Median baseline ferritin ratio was {q[0]} (interquartile range {q[1]} to {q[2]}).

Among evaluable patients, the best overall response rate was {percent(orr.sum(), len(e))}% (95% CI {exact_interval(orr.sum(), len(e))[0]} to {exact_interval(orr.sum(), len(e))[1]}), and {percent(cr.sum(), len(e))}% ({cr.sum()} of {len(e)}) achieved a complete response or better. With a median follow-up of {rounded(t.follow_up.median())} months (range {rounded(t.follow_up.min())} to {rounded(t.follow_up.max())}), the 6-month PFS rate was {r6}% (95% CI {a6} to {b6}) and median PFS was {m} months (95% CI {m1} to {m2}). The estimated OS rate at 12 months was {r12}% (95% CI {a12} to {b12}).

Cytokine release syndrome of any grade occurred in {crs} patients ({percent(crs, n)}%), with grade ≥3 in {crs3} ({percent(crs3, n)}%). ICANS of any grade was noted in {ic} patients ({percent(ic, n)}%); grade 3 or 4 ICANS was seen in {ic3} patients ({percent(ic3, n)}%). Infections developed in {sum(t.infection > 0)} of {n} patients ({percent(sum(t.infection > 0), n)}%).

These findings are in line with those of the registrational study.
"""


def amyloid() -> str:
    t = draw(104, 153, age=64, pfs=20, os=30)
    n = len(t)
    hem = at_least(t, "PR")
    card = t[t.prior]
    org = int((at_least(card, "VGPR") & (card.marker > 2)).sum())
    h = cox(t, "os", {"stage": t.stage == "III", "vgpr": at_least(t, "VGPR")})["stage"]
    o3, lo3, hi3 = rate(t, "os", 24)
    early = t[t.stage != "III"]
    late = t[t.stage == "III"]
    x, y = rate(early, "os", 24)[0], rate(late, "os", 24)[0]
    text = f"""Background Systemic light-chain amyloidosis carries a poor prognosis when the heart is involved.
Methods In this retrospective cohort study, we included patients aged 18 years or older who started first-line treatment at two national referral centres in Europe. The primary endpoint was haematological response at 6 months; secondary endpoints were organ response and overall survival.
Findings Between Feb 1, 2015, and Dec 31, 2021, {n} patients were enrolled ({t.male.sum()} [{percent(t.male.sum(), n, 0)}%] male and {n - t.male.sum()} [{percent(n - t.male.sum(), n, 0)}%] female; median age {t.age.median():g} years [IQR {np.percentile(t.age, 25):g}–{np.percentile(t.age, 75):g}]). {len(card)} ({percent(len(card), n, 0)}%) of {n} patients had cardiac involvement. Haematological response was achieved by {hem.sum()} ({percent(hem.sum(), n)}%; 95% CI {exact_interval(hem.sum(), n)[0]}–{exact_interval(hem.sum(), n)[1]}) of {n} patients. A cardiac response was recorded in {org} ({percent(org, len(card), 0)}%) of {len(card)} patients with cardiac involvement. Overall survival at 24 months was {o3}% (95% CI {lo3}–{hi3}); it was {x}% in patients with stage I–II disease and {y}% in those with stage III disease. The multivariable association of stage III disease with mortality was weak (hazard ratio {h[0]} [95% CI {h[1]}–{h[2]}]; p{p_words(h[3])}). The most common grade 3–4 adverse events were infections ({sum(t.infection >= 3)} [{percent(sum(t.infection >= 3), n, 0)}%]) and neuropathy ({sum(t.nerve >= 3)} [{percent(sum(t.nerve >= 3), n, 0)}%]).
Interpretation Deep haematological responses were attainable in routine care.
Funding None.
"""
    return re.sub(r"(?<=\d)\.(?=\d)", "·", text)


def comma() -> str:
    t = draw(105, 57, age=69, pfs=8, os=18)
    n = len(t)
    orr, cr = at_least(t, "PR"), at_least(t, "CR")
    m, m1, m2 = km(t, "pfs")
    r, r1, r2 = rate(t, "os", 12, 1)
    old, young = t[t.age >= 70], t[t.age < 70]
    a, b = int(orr[old.index].sum()), int(orr[young.index].sum())
    p = chi_square(a, len(old), b, len(young))
    c = lambda s: s.replace(".", ",")  # noqa: E731
    return f"""Objectives: To describe the use of polatuzumab vedotin combined with bendamustine and rituximab in relapsed DLBCL in seven Spanish hospitals.
Patients and methods: Retrospective observational study. Results are given as absolute numbers and percentages.
Results: We analysed {n} patients with a median age of {t.age.median():g} years ({t.age.min()} - {t.age.max()}); {c(percent(t.male.sum(), n))} % were male and {c(percent(sum(t.ecog >= 2), n))} % had ECOG ≥ 2. Best ORR was {c(percent(orr.sum(), n))} % ({orr.sum()}/{n}), with CR in {c(percent(cr.sum(), n))} % ({cr.sum()}/{n}). ORR was {c(percent(a, len(old)))} % ({a}/{len(old)}) in patients aged ≥ 70 years versus {c(percent(b, len(young)))} % ({b}/{len(young)}) in younger patients (p = {c(rounded(p, 2))}, chi-square test). Median PFS was {c(m)} months (95 % CI: {c(m1)} – {c(m2)}), and 12-month OS was {c(r)} % (95 % CI: {c(r1)} – {c(r2)}). Neutropenia grade 3 - 4 was reported in {sum(t.toxic >= 3)} patients ({c(percent(sum(t.toxic >= 3), n))} %), peripheral neuropathy of any grade in {sum(t.nerve > 0)} ({c(percent(sum(t.nerve > 0), n))} %).
Conclusions: The combination was feasible in this elderly population.
"""


def leukaemia() -> str:
    t = draw(106, 119, age=73, pfs=9, os=8)
    n = len(t)
    cri, cr = at_least(t, "VGPR"), at_least(t, "CR")
    npm, wild = t[t.prior], t[~t.prior]
    a, b = int(cri[npm.index].sum()), int(cri[wild.index].sum())
    p = fisher(a, len(npm), b, len(wild))
    d30 = int(((t.os < 1) & t.os_event).sum())
    d60 = int(((t.os < 2) & t.os_event).sum())
    m, m1, m2 = km(t, "os")
    x, y = km(npm, "os"), km(wild, "os")
    lr = log_rank(t, "os", t.prior)
    h = cox(t, "os", {"npm": t.prior, "ecog": t.ecog >= 2, "age": t.age >= 75})
    return f"""Venetoclax with azacitidine is standard of care for newly diagnosed AML in patients unfit for intensive chemotherapy. We studied its effectiveness outside of clinical trials. Clinical data of {n} adults treated in the Nordic region were collected retrospectively. Median age was {t.age.median():g} years (IQR {np.percentile(t.age, 25):g}–{np.percentile(t.age, 75):g}; range {t.age.min()}–{t.age.max()}). Secondary AML was diagnosed in {t.extra.sum()}/{n} ({percent(t.extra.sum(), n)}%) and NPM1 mutations were found in {len(npm)}/{n} ({percent(len(npm), n)}%). The composite complete remission rate (CR + CRi) was {percent(cri.sum(), n)}% ({cri.sum()}/{n}), with {percent(cr.sum(), n)}% ({cr.sum()}/{n}) in CR. Composite remissions were achieved in {percent(a, len(npm))}% of NPM1-mutated and {percent(b, len(wild))}% of NPM1 wild-type patients ({a}/{len(npm)} vs. {b}/{len(wild)}, p{p_words(p)}). Thirty- and 60-day mortality were {percent(d30, n)}% ({d30}/{n}) and {percent(d60, n)}% ({d60}/{n}). Median OS was {m} months (95% CI {m1}–{m2}) in the entire cohort, {x[0]} months (95% CI {x[1]}–{x[2]}) in NPM1-mutated and {y[0]} months (95% CI {y[1]}–{y[2]}) in NPM1 wild-type patients (log-rank p{p_words(lr)}). On multivariable analysis, NPM1 mutation (HR {h["npm"][0]}, 95% CI {h["npm"][1]}–{h["npm"][2]}, p{p_words(h["npm"][3])}), ECOG ≥2 (HR {h["ecog"][0]}, 95% CI {h["ecog"][1]}–{h["ecog"][2]}, p{p_words(h["ecog"][3])}) and age ≥75 years (HR {h["age"][0]}, 95% CI {h["age"][1]}–{h["age"][2]}, p{p_words(h["age"][3])}) were evaluated as predictors of OS.
"""


def table() -> str:
    t = draw(107, 46, age=62, pfs=13, os=14)
    n = len(t)
    orr = at_least(t, "PR")
    tx = t[t.prior]
    lines = []
    for name, grades in (
        ("sCR/CR", ["sCR", "CR"]),
        ("VGPR", ["VGPR"]),
        ("PR", ["PR"]),
        ("MR/SD", ["MR", "SD"]),
        ("PD", ["PD"]),
        ("Not evaluable", ["NE"]),
    ):
        k = int(t.response.isin(grades).sum())
        lines.append(f"{name}\t{k}\t{percent(k, n)}")
    rows = "\n".join(lines)
    return f"""Primary plasma cell leukemia: a 12-year experience

Primary plasma cell leukemia (pPCL) is rare. We reviewed {n} patients with pPCL seen at our institution from 2010 to 2022. There were {t.male.sum()} men and {n - t.male.sum()} women with a median age of {t.age.median():g} years (range: {t.age.min()}-{t.age.max()} years). Best responses to induction are shown in the Table; the ORR was {percent(orr.sum(), n)}%. {len(tx)} patients ({percent(len(tx), n)}%) proceeded to autologous transplantation. Median OS from diagnosis was {km(t, "os")[0]} months (95%CI: {km(t, "os")[1]}-{km(t, "os")[2]}). The 24-month OS was {rate(t, "os", 24)[0]}% and the 24-month PFS was {rate(t, "pfs", 24)[0]}%. Deaths occurred in {t.os_event.sum()} patients ({percent(t.os_event.sum(), n)}%).

Table. Best response to induction (N={n})
Response\tn\t%
{rows}
"""


def waldenstrom() -> str:
    t = draw(108, 212, age=70, pfs=30, os=60)
    n = len(t)
    maj, orr, deep = at_least(t, "PR"), at_least(t, "MR"), at_least(t, "VGPR")
    thin, nb, minus = "\u2009", "\u00a0", "\u2010"
    r1 = rate(t, "pfs", 12)
    r2 = rate(t, "pfs", 24)
    s1 = rate(t, "os", 12)
    s2 = rate(t, "os", 24)
    q = quartiles(t.lines)
    h = cox(t, "pfs", {"high": t.high})["high"]
    return f"""Zanubrutinib in Waldenström macroglobulinaemia{nb}– real{minus}world data from the national registry. Of {n} registered patients (median age{nb}{t.age.median():g}{nb}years; IQR{nb}{np.percentile(t.age, 25):g}–{np.percentile(t.age, 75):g}), roughly two thirds had been treated before. The median number of previous treatments was {q[0]} (IQR {q[1]}–{q[2]}). Overall and major response rates were {percent(orr.sum(), n)}{thin}% and {percent(maj.sum(), n)}{thin}%, respectively; {deep.sum()} patients ({percent(deep.sum(), n)}{thin}%) had a VGPR or better. PFS was {r1[0]}{thin}% (95{thin}% CI{nb}{r1[1]}–{r1[2]}) at 12{nb}months and {r2[0]}{thin}% (95{thin}% CI{nb}{r2[1]}–{r2[2]}) at 24{nb}months; the corresponding OS rates were {s1[0]}{thin}% and {s2[0]}{thin}%. CXCR4 mutation conferred inferior PFS (HR{thin}={thin}{h[0]}; 95{thin}% CI{thin}={thin}{h[1]}–{h[2]}; P{thin}{p_words(h[3]).replace("=", "=" + thin).replace("<", "<" + thin)}). Atrial fibrillation of any grade was documented in {sum(t.nerve >= 2)} patients ({percent(sum(t.nerve >= 2), n)}{thin}%) and grade{nb}≥{thin}3 infections in {sum(t.infection >= 3)} ({percent(sum(t.infection >= 3), n)}{thin}%).
"""


def elderly() -> str:
    t = draw(109, 290, age=80, pfs=14, os=24)
    t = t[t.age >= 75].reset_index(drop=True)
    n = len(t)
    s = [int(sum(t.stage == g)) for g in ("I", "II", "III")]
    vgpr = at_least(t, "VGPR")
    fit, frail = t[t.ecog == 0], t[t.ecog >= 1]
    p = log_rank(t, "os", t.ecog >= 1)
    x, y = km(fit, "os"), km(frail, "os")
    a, b = int(vgpr[fit.index].sum()), int(vgpr[frail.index].sum())
    pc = chi_square(a, len(fit), b, len(frail))
    stop = int((t.toxic == 4).sum())
    return f"""INTRODUCTION. Data on frontline lenalidomide-dexamethasone in very old patients with multiple myeloma are limited. METHODS. The registry was queried for patients aged 75 years or older, with comorbidities precluding transplantation. RESULTS. The study population comprised {n} patients, {percent(t.male.sum(), n)}% male, median age {t.age.median():g} (range {t.age.min()}–{t.age.max()}) years. ISS stages I, II, and III were found in {s[0]} ({percent(s[0], n)}%), {s[1]} ({percent(s[1], n)}%), and {s[2]} ({percent(s[2], n)}%) patients, respectively. {len(fit)} patients ({percent(len(fit), n)}%) were classified as fit and {len(frail)} ({percent(len(frail), n)}%) as intermediate-fit or frail. The rate of VGPR or better was {percent(a, len(fit))}% in fit and {percent(b, len(frail))}% in intermediate-fit/frail patients (p{p_words(pc)}, χ2 test). Treatment was permanently discontinued owing to toxicity in {stop} ({percent(stop, n)}%). Median OS was {x[0]} months (95% CI, {x[1]} to {x[2]}) in fit versus {y[0]} months (95% CI, {y[1]} to {y[2]}) in intermediate-fit/frail patients (p{p_words(p)}). CONCLUSIONS. Frailty assessment should guide treatment.
"""


def lung() -> str:
    t = draw(110, 134, age=65, pfs=7, os=12)
    n = len(t)
    orr, dcr = at_least(t, "PR"), at_least(t, "SD")
    hi, lo = t[t.high], t[~t.high]
    a, b = int(orr[hi.index].sum()), int(orr[lo.index].sum())
    odds = (a / (len(hi) - a)) / (b / (len(lo) - b))
    p = fisher(a, len(hi), b, len(lo))
    m = km(t, "pfs")
    o = km(t, "os")
    h = cox(t, "os", {"x": t.high})["x"]
    g = [int(sum(t.toxic == grade)) for grade in (1, 2, 3, 4)]
    any_, sev = sum(g), g[2] + g[3]
    return f"""Purpose: Immune-related adverse events (irAEs) and outcome under pembrolizumab in metastatic non-small-cell lung cancer were assessed in a community oncology network. Patients and methods: Records of {n} patients who had at least one dose were abstracted. Results: Median age was {t.age.median():g} years at first dose; {n - t.male.sum()} patients ({percent(n - t.male.sum(), n)}%) were women. Best response was PR or better in {orr.sum()} ({percent(orr.sum(), n)}%) and disease control was obtained in {dcr.sum()} ({percent(dcr.sum(), n)}%). PD-L1 ≥50% was documented in {len(hi)} patients. The response rate was {percent(a, len(hi))}% ({a}/{len(hi)}) with PD-L1 ≥50% and {percent(b, len(lo))}% ({b}/{len(lo)}) with PD-L1 <50% (odds ratio {rounded(odds, 2)}; P{p_words(p)} by Fisher's exact test). Median PFS and OS were {m[0]} months (95% CI = {m[1]}, {m[2]}) and {o[0]} months (95% CI = {o[1]}, {o[2]}). PD-L1 ≥50% was related to OS (unadjusted HR = {h[0]} [95% CI = {h[1]}, {h[2]}], P{p_words(h[3])}). irAEs of any grade affected {any_} patients ({percent(any_, n)}%): grade 1 in {g[0]}, grade 2 in {g[1]}, grade 3 in {g[2]}, and grade 4 in {g[3]}; no grade 5 event occurred. Grade 3-4 irAEs thus affected {percent(sev, n)}%.
"""


def allograft() -> str:
    t = draw(111, 96, age=58, pfs=18, os=20)
    n = len(t)
    o1, o2 = rate(t, "os", 12), rate(t, "os", 24)
    p1, p2 = rate(t, "pfs", 12), rate(t, "pfs", 24)
    ric, mac = t[t.prior], t[~t.prior]
    g = int((t.infection >= 2).sum())
    g34 = int((t.infection >= 3).sum())
    h = cox(t, "os", {"ric": t.prior, "old": t.age >= 60, "high": t.high})["old"]
    return f"""Allogeneic hematopoietic cell transplantation (HCT) for myelodysplastic syndromes (MDS) was analyzed in {n} consecutive patients transplanted between 2009 and 2021. Conditioning was reduced-intensity in {len(ric)} (n={len(ric)}, {percent(len(ric), n, 0)}%) and myeloablative in {len(mac)} ({percent(len(mac), n, 0)}%). Donors were matched siblings (n={sum(t.stage == "I")}), matched unrelated (n={sum(t.stage == "II")}) or haploidentical (n={sum(t.stage == "III")}). The 1- and 2-year OS were {o1[0]}% (95% CI, {o1[1]}-{o1[2]}%) and {o2[0]}% (95% CI, {o2[1]}-{o2[2]}%), and the 1- and 2-year relapse-free survival were {p1[0]}% and {p2[0]}%. Acute GVHD grade II-IV developed in {g} patients ({percent(g, n, 0)}%) and grade III-IV in {g34} ({percent(g34, n, 0)}%). Age ≥60 years was a predictor of death (adjusted HR {h[0]}; 95% CI, {h[1]}-{h[2]}; P{p_words(h[3])}). Median follow-up of survivors was {rounded(t.loc[~t.os_event, "follow_up"].median(), 0)} months (range, {rounded(t.loc[~t.os_event, "follow_up"].min(), 0)}-{rounded(t.loc[~t.os_event, "follow_up"].max(), 0)}).
"""


def ocular() -> str:
    t = draw(112, 63, age=67, pfs=5, os=14)
    n = len(t)
    e = t[t.response != "NE"]
    orr = at_least(e, "PR")
    tox, tox3 = t[t.toxic > 0], t[t.toxic >= 3]
    held = tox[tox.prior]
    resp = t[at_least(t, "PR")]
    m = km(t, "pfs")
    d = km(resp.assign(dor=resp.pfs * 0.8, dor_event=resp.pfs_event), "dor")
    off = t[t.ecog >= 1]
    pd_, ae = int(off.extra.sum()), int((~off.extra & off.male).sum())
    other = len(off) - pd_ - ae
    return f"""Belantamab mafodotin was available through an expanded access programme until 2022. We describe {n} patients (pts) treated in 9 UK centres. Pts had had a median of {t.lines.median():g} prior lines ({t.lines.min()}–{t.lines.max()}). Of {n} pts, {len(e)} were evaluable for response ({n - len(e)} were not): ORR {percent(orr.sum(), len(e), 0)} % [{orr.sum()}/{len(e)}], CR or better {percent(sum(at_least(e, "CR")), len(e), 0)} % [{sum(at_least(e, "CR"))}/{len(e)}], VGPR {percent(sum(e.response == "VGPR"), len(e), 0)} % [{sum(e.response == "VGPR")}/{len(e)}], PR {percent(sum(e.response == "PR"), len(e), 0)} % [{sum(e.response == "PR")}/{len(e)}]. Median duration of response was {d[0]} months (95% CI {d[1]}–{d[2]}), median PFS {m[0]} months (95% CI {m[1]}–{m[2]}). Keratopathy was seen in {len(tox)}/{n} pts ({percent(len(tox), n, 0)} %), of grade ≥3 in {len(tox3)}/{n} ({percent(len(tox3), n, 0)} %). Of the {len(tox)} pts with keratopathy, {len(held)} ({percent(len(held), len(tox), 0)} %) had a dose hold. {len(off)} pts ({percent(len(off), n, 0)} %) had stopped treatment: {pd_} for progression, {ae} for adverse events and {other} for other reasons.
"""


CLEAN: tuple[Callable[[], str], ...] = (
    structured,
    terse,
    cart,
    amyloid,
    comma,
    leukaemia,
    table,
    waldenstrom,
    elderly,
    lung,
    allograft,
    ocular,
)

"""A fixture manuscript that uses the whole subset, in a project of its own."""

from __future__ import annotations

import base64
import io
import json
import shutil
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


def row(*cells: str, name: str = "td") -> str:
    """Write a table row; a cell is `align|text`, or `align|attributes|text`."""
    written = []
    for cell_text in cells:
        align, *attributes, text = cell_text.split("|")
        extra = "".join(f" {attribute}" for attribute in attributes)
        written.append(f'<{name}{extra} style="text-align:{align}">{text}</{name}>')
    return f"<tr>{''.join(written)}</tr>"


CDN = "https://cdnjs.cloudflare.com/ajax/libs"
#: What Quarto leaves in an HTML page for the notebooks that it embeds, and what is kept of it.
TRACES = f"""<script src="{CDN}/require.js/2.3.6/require.min.js" integrity="x"></script>
<script src="{CDN}/jquery/3.5.1/jquery.min.js" integrity="y" data-relocate-top="true"></script>
<script type="application/javascript">define('jquery', [],function() {{return 1;}})</script>
<script type="application/javascript">const kept = 1;</script>
<div class="quarto-embed-nb-cell" data-notebook="/home/x/outputs/demo/03-survival.ipynb" \
data-notebook-title="A &lt; B" data-notebook-cellid="cell-6"><span data-key="n">1</span></div>
"""
TRACES_KEPT = """<script type="application/javascript">const kept = 1;</script>
<div class="quarto-embed-nb-cell"><span data-key="n">1</span></div>
"""

TABLE = "\n".join(
    [
        "<table>",
        "<thead>",
        row(
            'left|rowspan="2"|Variable',
            'center|colspan="2"|Cohort',
            'right|rowspan="2"|p',
            name="th",
        ),
        row("right|A (N = 20)", "right|B (N = 18)", name="th"),
        "</thead>",
        "<tbody>",
        row('left|colspan="4"|<strong>Age, years</strong>'),
        row(
            "left|\u2003Median (range)",
            "right|63 (30–83)",
            "right|61 (41–79)",
            "right|.41<sup>a</sup>",
        ),
        row("left|\u2003≥ 65", "right|9 (45.0)", "right|7 (38.9)", "right|.75"),
        row('left|colspan="4"|<strong>Sex</strong>'),
        row("left|\u2003Male", "right|11 (55.0)", "right|10 (55.6)", "right|&gt; .99"),
        "</tbody>",
        "<tfoot>",
        row('left|colspan="4"|<sup>a</sup> Wilcoxon rank-sum test. Values are n (%) unless said.'),
        "</tfoot>",
        "</table>",
    ]
)

NUMBERS = """n:
  response:
    orr:
      pct: '[55.3%]{.n data-key="response.orr"}'
      text: '[21 of 38 (55.3%; 95% CI 38.3–71.4)]{.n data-key="response.orr"}'
  alt:
    km: 'Curve that falls from 1.00 to 0.42, said "half" at 4.5 months.'
  meta:
    notice: 'Synthetic data: the people described here do not exist.'
    data_hash: 'sha256:0123abcd'
    data_cut: '2025-07-31'
    package_version: '0.1.0'
"""

FRONT = """---
title: "Response of {{< meta n.response.orr.pct >}} in a fixture"
subtitle: "A study of the *whole* subset"
author:
  - name: Ada Example
    orcid: 0000-0002-1825-0097
    corresponding: true
    email: ada@example.org
    affiliations:
      - name: Institute of Examples
        city: Town
        country: Land
  - name: Ben Other
    affiliations:
      - name: Hospital of Others
abstract: |
  **Background.** Why this was done.

  **Results.** Response was {{< meta n.response.orr.text >}} [@first2023].
keywords: [myeloma, fixture]
bibliography: references.bib
metadata-files:
  - ../../outputs/demo/numbers.yml
crossref:
  custom:
    - kind: float
      key: supptbl
      reference-prefix: Supplementary Table
      space-before-numbering: true
---
"""

BODY = """
::: {.callout-important .notice title="Synthetic data"}
{{< meta n.meta.notice >}}
:::

# Introduction {#sec-intro}

Plain *emphasis*, **strong**, H~2~O, 10^9^/L, `code` and a [link](https://example.org).[^note]
Earlier trials [@first2023; @second2025] are cited, and @second2025 alone.
The response was {{< meta n.response.orr.text >}};
see @fig-km, [-@tbl-one], [Figs. @fig-km], @tbl-pipe,
@fig-panel, @fig-left, @eq-ratio, @sec-methods and @supptbl-more. {{< var site >}} is a variable.

[^note]: A footnote with {{< meta n.response.orr.pct >}}.

<!-- A comment with {{< meta nothing >}} and @nobody is no text. -->

# Methods {#sec-methods}

## Definitions

- one
- two

1. first
2. second

Term
:   Its definition.

> A quotation.

Inline $\\alpha < 0.05$ and displayed:

$$
\\hat{p} = \\frac{k}{n}
$$ {#eq-ratio}

::: {.callout-note}
## A title
The body of a callout.
:::

::: {.content-visible when-format="html"}
Only in HTML.
:::

::: {.content-hidden when-format="html"}
Not in HTML.
:::

{{< pagebreak >}}

# Results

{{< include _part.qmd >}}

{{< embed ../../outputs/demo/03-survival.ipynb#fig-km >}}

| Left | Right |
|:-----|------:|
| a [@first2023] | 1 |
| b, see @fig-km | 20 |

: A pipe table. {#tbl-pipe}

::: {#fig-panel layout-ncol=2}

{{< embed ../../outputs/demo/03-survival.ipynb#fig-left >}}

{{< embed ../../outputs/demo/03-survival.ipynb#fig-right >}}

Two halves of a panel.
:::

![A picture by path.](../../outputs/demo/figures/flow.png){#fig-flow fig-alt="A flow of boxes"}

::: {#supptbl-more}

{{< embed ../../outputs/demo/02-response.ipynb#more >}}

More of it, for @sec-methods.
:::

# Declarations {.unnumbered}

None.

{{< include ../_shared/_colophon.qmd >}}

# References {.unnumbered}

::: {#refs}
:::
"""

PART = """As included: {{< meta n.response.orr.pct >}}.

{{< embed ../../outputs/demo/02-response.ipynb#tbl-one >}}
"""

BIB = """@article{first2023, author = {Surname, Given and Other, Person}, title = {A first trial},
  journal = {Journal of Examples}, year = {2023}, volume = {1}, number = {2}, pages = {3--4},
  doi = {10.1000/example}}
@article{second2025, author = {Second, Author}, title = {A second trial}, journal = {Annals},
  year = {2025}, volume = {9}, pages = {10--12}}
"""


@cache
def png(width: int = 1200, height: int = 800) -> bytes:
    """Draw a figure of the given pixels at 300 dpi."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 300, height / 300), dpi=300)
    axes = figure.subplots()
    axes.step([0, 1, 2, 3], [1, 0.8, 0.6, 0.42], where="post")
    axes.set_xlabel("Months")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def cell(options: str, outputs: list[dict[str, object]]) -> dict[str, object]:
    lines = "".join(f"#| {line}\n" for line in options.split("\n"))
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "source": f"{lines}show()",
        "outputs": outputs,
    }


def shows(kind: str, value: str, **metadata: object) -> dict[str, object]:
    data = {kind: value, "text/plain": "exhibit"}
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def picture(width: int = 1200, height: int = 800) -> dict[str, object]:
    return shows("image/png", base64.b64encode(png(width, height)).decode())


def write_notebook(path: Path, cells: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def write_project(root: Path) -> Path:
    """Write the fixture project: one study, one document that uses the whole subset."""
    shutil.copyfile(ROOT / "_quarto.yml", root / "_quarto.yml")
    shutil.copytree(ROOT / "manuscripts" / "_shared", root / "manuscripts" / "_shared")
    (root / "_variables.yml").write_text('site: "Registry of *Examples*"\n')
    record, folder = root / "outputs" / "demo", root / "manuscripts" / "demo"
    (record / "figures").mkdir(parents=True)
    folder.mkdir(parents=True)
    (record / "numbers.yml").write_text(NUMBERS, encoding="utf-8")
    (record / "figures" / "flow.png").write_bytes(png(900, 500))
    write_notebook(
        record / "02-response.ipynb",
        [
            cell(
                "label: tbl-one\n"
                'tbl-cap: "Table with {{< meta n.response.orr.pct >}} [@first2023]."',
                [shows("text/html", TABLE)],
            ),
            cell("label: more", [shows("text/html", TABLE)]),
        ],
    )
    write_pictures(root)
    (folder / "paper.qmd").write_text(FRONT + BODY, encoding="utf-8")
    (folder / "_part.qmd").write_text(PART, encoding="utf-8")
    (folder / "references.bib").write_text(BIB, encoding="utf-8")
    return root


def write_long_table(project: Path, groups: int, lines: int = 2, notes: int = 1) -> None:
    """Put a table of several pages in the place of Table 1: groups of rows below heads."""
    head = TABLE.partition("<tbody>")[0]
    body = []
    for number in range(1, groups + 1):
        body.append(row(f'left|colspan="4"|<strong>Group {number}</strong>'))
        for line in range(1, lines + 1):
            body.append(row(f"left|\u2003Line {line}", "right|1", "right|2", "right|"))
    note = row('left|colspan="4"|A note.')
    foot = f"<tfoot>{note * notes}</tfoot>"
    table = f"{head}<tbody>{''.join(body)}</tbody>{foot}</table>"
    record = project / "outputs" / "demo"
    write_notebook(
        record / "02-response.ipynb",
        [
            cell('label: tbl-one\ntbl-cap: "Long."', [shows("text/html", table)]),
            cell("label: more", [shows("text/html", TABLE)]),
        ],
    )


def write_pictures(project: Path, width: int = 1200) -> None:
    """Write the notebook of the figures; two of them are ``width`` pixels wide, at 300 dpi."""
    write_notebook(
        project / "outputs" / "demo" / "03-survival.ipynb",
        [
            cell(
                "label: fig-km\n"
                'fig-cap: "Survival, response {{< meta n.response.orr.pct >}}; see @tbl-one."\n'
                'fig-alt: "{{< meta n.alt.km >}}"',
                [picture(1800, 1000)],
            ),
            cell('label: fig-left\nfig-cap: "Left"\nfig-alt: "The left half"', [picture(width)]),
            cell('label: fig-right\nfig-cap: "Right"\nfig-alt: "The right half"', [picture(width)]),
        ],
    )

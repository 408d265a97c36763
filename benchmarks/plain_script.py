"""The work of the notebooks as one plain script: the floor of what a build can take.

``python benchmarks/plain_script.py STUDY INTO`` runs the code of every notebook, in order, in
this process: the same functions in the same order, and the same ledger parts, tables and
figures below INTO. What it leaves out is what notebooks cost: kernels, messages, the executed
notebooks themselves.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def main(study: str, into: Path) -> None:
    """Run every notebook's code cells one after another."""
    os.environ["MANUSCRIPT_ROOT"] = str(ROOT)
    os.environ["MANUSCRIPT_RECORD"] = str(into)
    os.environ["MANUSCRIPT_WORK"] = str(into / "work")
    (into / "parts").mkdir(parents=True)
    import matplotlib

    matplotlib.use("agg")
    import IPython.display

    from helpers import session

    running = {"code": ""}
    session._running_code = lambda: running["code"]
    session.display = IPython.display.display = show
    for notebook in sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb")):
        names: dict[str, Any] = {}
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                running["code"] = "".join(cell["source"])
                exec(compile(running["code"], notebook.name, "exec"), names)
                if "parameters" in cell["metadata"].get("tags", []):
                    names["study"] = study


def show(thing: object, **_: object) -> None:
    """Make what a notebook would show, and show nothing."""
    for form in ("_repr_html_", "_repr_markdown_"):
        if hasattr(thing, form):
            getattr(thing, form)()
            return


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

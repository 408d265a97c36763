"""Recompute the oracle with R and fail if a committed result moves.

    python tests/reference/regenerate.py            # compare; exit 1 where something moved
    python tests/reference/regenerate.py --write    # accept what R says now
    python tests/reference/regenerate.py cox        # one script only

Needs Debian's r-base-core, r-cran-survival and r-cran-jsonlite. Without Rscript it says so, checks
only that the committed inputs are those of cases.py, and exits 0.
"""

import importlib
import json
import math
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: Every script reads the inputs of the cases module of its name, or those of cases.py.
SCRIPTS = tuple(sorted(path.stem for path in HERE.glob("*.R")))
#: Committed and recomputed figures may differ by this share (other builds of R or of BLAS).
RELATIVE, ABSOLUTE = 1e-7, 1e-12


def cases_of(script):
    """The module that makes a script's inputs: ``<script>_cases``, or ``cases``."""
    return f"{script}_cases" if (HERE / f"{script}_cases.py").is_file() else "cases"


def inputs_file(cases):
    """Where the inputs that a cases module makes are committed."""
    return HERE / f"{cases.removesuffix('cases')}inputs.json"


def inputs_text(cases="cases"):
    """The inputs of a cases module, as they are committed."""
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    made = importlib.import_module(cases).inputs()
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def computed(script, inputs):
    """Run one R script on the inputs and return its results."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "inputs.json"), Path(folder, "results.json")
        source.write_text(inputs, encoding="utf-8")
        command = ["Rscript", "--vanilla", str(HERE / f"{script}.R"), str(source), str(target)]
        subprocess.run(command, check=True)
        return json.loads(target.read_text(encoding="utf-8"))


def moved(old, new, place=""):
    """Places where two results differ by more than the tolerance."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        return [p for key in old for p in moved(old[key], new[key], f"{place}/{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [p for i, (a, b) in pairs for p in moved(a, b, f"{place}[{i}]")]
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (old, new))
    if numeric and math.isclose(old, new, rel_tol=RELATIVE, abs_tol=ABSOLUTE):
        return []
    return [] if old == new else [place or "/"]


def main(arguments):
    write = "--write" in arguments
    wanted = [name for name in arguments if not name.startswith("-")] or SCRIPTS
    inputs = {cases: inputs_text(cases) for cases in sorted({*map(cases_of, wanted)})}
    places = [place for cases, text in inputs.items() for place in inputs_moved(cases, text, write)]
    if shutil.which("Rscript") is None:
        print("SKIPPED: Rscript is not installed, so R's results were not recomputed.")
    else:
        for script in wanted:
            places += compared(script, inputs[cases_of(script)], write)
    for place in places:
        print(f"moved: {place}")
    return 1 if places else 0


def inputs_moved(cases, text, write):
    target = inputs_file(cases)
    if write:
        target.write_text(text, encoding="utf-8")
    places = moved(json.loads(target.read_text(encoding="utf-8")), json.loads(text))
    return [f"{target.name}{place}" for place in places]


def compared(script, inputs, write):
    results, target = computed(script, inputs), HERE / f"{script}.json"
    if write:
        target.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        print(f"{target.name}: written")
        return []
    places = moved(json.loads(target.read_text(encoding="utf-8")), results)
    print(f"{target.name}: {len(places)} figures moved")
    return [f"{target.name}{place}" for place in places]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

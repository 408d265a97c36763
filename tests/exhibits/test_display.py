"""Figures leave as the same bytes each time, with nothing of the machine in them."""

import base64
import struct
import subprocess
import sys
import zlib

import matplotlib as mpl
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from helpers.errors import ManuscriptError
from helpers.exhibits import png, save_vector, show
from helpers.exhibits.flow import FlowBox, flow_figure
from helpers.exhibits.kaplan_meier import Panel, panels_figure

WORDS = {"time_label": "Months", "survival_label": "Survival"}


def drawn(curves, **given):
    return panels_figure([Panel(curves=curves, **given, **WORDS)])


@pytest.fixture
def figure(groups):
    return drawn(groups(2), annotation=("Log-rank p = 0.01",), landmark=6)


def chunks(data):
    position, found = 8, {}
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        found[data[position + 4 : position + 8]] = data[position + 8 : position + 8 + length]
        position += 12 + length
    return found


def test_png_has_300_dpi_and_no_words(figure):
    found = chunks(png(figure))
    assert set(found) <= {b"IHDR", b"pHYs", b"IDAT", b"IEND"}
    assert struct.unpack(">II", found[b"pHYs"][:8]) == (11811, 11811)
    assert struct.unpack(">I", found[b"IHDR"][:4])[0] in {1003, 1004}


def test_same_figure_same_bytes_whatever_was_drawn_before(figure, groups, tmp_path):
    again = drawn(groups(2), annotation=("Log-rank p = 0.01",), landmark=6)
    first = png(figure)
    for suffix in ("svg", "pdf"):
        save_vector(figure, tmp_path / f"a.{suffix}")
        save_vector(again, tmp_path / f"b.{suffix}")
        files = [tmp_path / f"{name}.{suffix}" for name in "ab"]
        assert files[0].read_bytes() == files[1].read_bytes()
    assert png(figure) == first == png(again)


SCRIPT = """
import hashlib, sys
from helpers.exhibits import png, save_vector
from helpers.exhibits.flow import FlowBox, flow_figure
figure = flow_figure([FlowBox("A\\n(n = 3)"), FlowBox("B\\n(n = 2)", side="C (n = 1)")])
save_vector(figure, sys.argv[1])
print(hashlib.sha256(png(figure) + open(sys.argv[1], "rb").read()).hexdigest())
"""


def test_another_process_writes_the_same_bytes(tmp_path):
    outputs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / f"{seed}.svg")],
            env={"PYTHONHASHSEED": seed, "MPLCONFIGDIR": str(tmp_path), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1] != ""


def test_the_readers_own_settings_change_nothing(groups):
    first = png(drawn(groups(1)))
    with mpl.rc_context({"font.size": 20, "font.family": "serif", "savefig.bbox": "tight"}):
        kept = mpl.rcParams["font.size"]
        assert png(drawn(groups(1))) == first
        assert mpl.rcParams["font.size"] == kept


def test_vector_files_name_no_date_software_or_font_to_be_found(figure, tmp_path):
    save_vector(figure, tmp_path / "a.svg")
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "<text" not in svg
    assert "dc:date" not in svg and "matplotlib.org" not in svg and "Matplotlib" not in svg
    save_vector(figure, tmp_path / "a.pdf")
    pdf = (tmp_path / "a.pdf").read_bytes()
    assert (
        b"CreationDate" not in pdf and b"Producer" not in pdf and b"matplotlib" not in pdf.lower()
    )
    assert b"FontFile2" in pdf


def test_another_suffix_is_refused(figure, tmp_path):
    with pytest.raises(ManuscriptError, match=r"\.jpg"):
        save_vector(figure, tmp_path / "a.jpg")
    assert list(tmp_path.iterdir()) == []


def test_show_gives_one_picture_with_its_alternative_text(figure, monkeypatch):
    shell = InteractiveShell.instance()
    publisher = CapturingDisplayPublisher()
    monkeypatch.setattr(shell, "display_pub", publisher)
    shown = show(figure, alt="Curves.", text="Curves. [data 1]")
    (output,) = publisher.outputs
    assert output["metadata"] == {"image/png": {"alt": "Curves."}}
    assert sorted(output["data"]) == ["image/png", "text/plain"]
    assert base64.b64decode(output["data"]["image/png"]) == shown == png(figure)
    assert output["data"]["text/plain"] == "Curves. [data 1]"
    show(figure, alt="Curves.")
    assert publisher.outputs[1]["data"]["text/plain"] == "Curves."


def test_figures_do_not_leak_into_pyplot():
    code = (
        "import sys\n"
        "from helpers.exhibits import png\n"
        "from helpers.exhibits.flow import FlowBox, flow_figure\n"
        "png(flow_figure([FlowBox('A')]))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_changing_a_word_changes_the_picture():
    pictures = [png(flow_figure([FlowBox(f"n = {n}")])) for n in (38, 39)]
    assert zlib.crc32(pictures[0]) != zlib.crc32(pictures[1])

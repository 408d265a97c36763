"""When the fork server of a preview is kept, and when it is replaced."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers.pipeline.forks import WITHOUT, available
from helpers.preview.residence import Residence

pytestmark = pytest.mark.skipif(not available(), reason="this system forks no kernels")


@pytest.fixture
def residence(toy) -> Iterator[Residence]:
    held = Residence(toy.root)
    yield held
    held.close()


def test_the_server_is_kept_while_nothing_that_it_loads_changes(toy, residence):
    first = residence.server()
    assert first is not None
    toy.write_usual("04-safety", "print('more')")
    assert residence.server() is first
    assert first.ready(wait=True)


@pytest.mark.parametrize("change", ["import", "lock", "death"])
def test_it_is_replaced(toy, residence, change):
    first = residence.server()
    assert first is not None
    if change == "import":
        toy.write_usual("04-safety", "import colorsys")
    elif change == "lock":
        (toy.root / "requirements.lock").write_text("numpy==0\n")
    else:
        first._process.kill()
        first._process.wait()
    second = residence.server()
    assert second is not None
    assert second is not first
    assert first.ended
    assert second.ready(wait=True)


def test_there_is_none_where_kernels_are_not_forked(residence, monkeypatch):
    monkeypatch.setenv(WITHOUT, "1")
    assert residence.server() is None


def test_what_is_wrong_with_a_notebook_is_for_the_build_to_say(toy, residence):
    first = residence.server()
    toy.notebook("04-safety").write_text("no notebook")
    assert residence.server() is first


def test_it_ends_when_the_preview_does(residence):
    server = residence.server()
    assert server is not None and not server.ended
    residence.close()
    assert server.ended

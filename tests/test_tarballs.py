"""Archives are written below a folder and nowhere else, on a Python with and without a filter."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from helpers.tarballs import extract


def archive_of(*names: str, link: str | None = None) -> tarfile.TarFile:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in names:
            about = tarfile.TarInfo(name)
            about.size = 4
            archive.addfile(about, io.BytesIO(b"text"))
        if link is not None:
            about = tarfile.TarInfo("link")
            about.type, about.linkname = tarfile.SYMTYPE, link
            archive.addfile(about)
    packed.seek(0)
    return tarfile.open(fileobj=packed)


@pytest.fixture(params=["with a filter", "without a filter"])
def python(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without a filter":
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    elif not hasattr(tarfile, "data_filter"):
        pytest.skip("this Python has no filter: only the way without one was tried")


@pytest.mark.usefixtures("python")
def test_files_and_folders_come_back(tmp_path: Path) -> None:
    extract(archive_of("a.txt", "b/c.txt"), tmp_path)
    assert (tmp_path / "b" / "c.txt").read_text() == "text"


@pytest.mark.usefixtures("python")
@pytest.mark.parametrize("names, link", [(["../out.txt"], None), (["a.txt"], "/etc/passwd")])
def test_nothing_is_written_elsewhere(tmp_path: Path, names: list[str], link: str | None) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(tarfile.TarError):
        extract(archive_of(*names, link=link), inside)
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]
    assert not (inside / "link").exists()

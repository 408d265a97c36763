"""Files out of a tar archive, none of them outside of the folder that they are written to."""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath


def extract(archive: tarfile.TarFile, into: Path) -> None:
    """Write the members of an archive below a folder.

    The ``data`` filter of Python does it. Python 3.11 has none before 3.11.4: there, members that
    are no files and folders of the archive itself are refused.

    Args:
        archive: Opened for reading.
        into: The folder, which is there.

    Raises:
        tarfile.TarError: A member would be written outside of the folder, or is a device; before
            Python 3.11.4 also a link.
    """
    if hasattr(tarfile, "data_filter"):
        archive.extractall(into, filter="data")
        return
    for member in archive.getmembers():
        name = PurePosixPath(member.name)
        if name.is_absolute() or ".." in name.parts or not (member.isfile() or member.isdir()):
            raise tarfile.TarError(f"{member.name!r} is no file or folder of this archive")
    archive.extractall(into)

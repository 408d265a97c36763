"""The fork server that stays loaded from one build of a preview to the next.

The package itself is no concern here: the process that builds is replaced when it changes, and
this server ends with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.pipeline.contents import LOCK, file_hash
from helpers.pipeline.environment import kernel_environment
from helpers.pipeline.forks import ForkServer, available, modules_of
from helpers.pipeline.layout import notebooks_of

Loaded = tuple[tuple[str, ...], str]


@dataclass
class Residence:
    """One server at a time.

    Attributes:
        root: The project's folder.
    """

    root: Path
    _server: ForkServer | None = None
    _loaded: Loaded | None = None

    def server(self) -> ForkServer | None:
        """Return the server, a new one where notebooks import something else or the lock changed.

        None where kernels cannot be forked. Notebooks that cannot be read replace nothing: the
        build is about to say what is wrong with them.
        """
        if self._server is not None and self._server.ended:
            self.close()
        wanted = self._wanted()
        if wanted is None or wanted == self._loaded:
            return self._server
        self.close()
        self._loaded = wanted
        self._server = ForkServer(wanted[0], kernel_environment({}), self.root)
        return self._server

    def close(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.close()
        self._server = self._loaded = None

    def _wanted(self) -> Loaded | None:
        if not available():
            return None
        try:
            return modules_of(notebooks_of(self.root)), file_hash(self.root / LOCK)
        except (ManuscriptError, OSError, ValueError, KeyError, TypeError):
            return None

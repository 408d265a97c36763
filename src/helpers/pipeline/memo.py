"""What was worked out from files, remembered by their content."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from helpers.pipeline.contents import replace_text


class Memo:
    """Results by the content that they were worked out from; of another maker's, none.

    Args:
        kept: The file that holds them; None remembers nothing.
        maker: Hash of the code that works them out.
    """

    def __init__(self, kept: Path | None, maker: str) -> None:
        self._kept = kept
        self._maker = maker
        self._before: dict[str, Any] = {}
        self._now: dict[str, Any] = {}
        if kept is not None:
            with suppress(OSError, ValueError, KeyError, TypeError):
                found = json.loads(kept.read_text(encoding="utf-8"))
                if found["maker"] == maker:
                    self._before = dict(found["results"])

    def get(self, key: str, work_out: Callable[[], Any]) -> Any:
        """Return the result for a key, worked out only if it is not remembered.

        Args:
            key: Names the question and the hash of everything that its answer depends on.
            work_out: Makes the answer, of what JSON can hold.
        """
        if key not in self._now:
            self._now[key] = self._before[key] if key in self._before else work_out()
        return self._now[key]

    def save(self) -> None:
        """Remember what was asked this time; where that cannot be written, it is asked again."""
        if self._kept is None or self._now == self._before:
            return
        with suppress(OSError):
            replace_text(self._kept, json.dumps({"maker": self._maker, "results": self._now}))
            self._before = dict(self._now)

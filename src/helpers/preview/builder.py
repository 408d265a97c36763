"""The other end of the process that builds: asks, listens, stops and replaces it."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any

from helpers.preview.board import Problem

GRACE_SECONDS = 15.0
Message = dict[str, Any]


@dataclass
class Builder:
    """One building process at a time.

    Attributes:
        request: What to build, as :mod:`helpers.preview.worker` takes it.
    """

    request: Message
    _process: subprocess.Popen[str] | None = None
    _said: IO[bytes] | None = None
    _messages: queue.Queue[Message] = field(default_factory=queue.Queue)
    _busy: bool = False
    _deadline: float | None = None

    @property
    def busy(self) -> bool:
        """Whether a build was asked for and has not ended."""
        return self._busy

    def begin(self) -> None:
        """Ask for a build; :meth:`listen` tells what comes of it."""
        self._busy, self._deadline = True, None
        if self._process is None:
            self._start()
        process = self._process
        assert process is not None and process.stdin is not None
        try:
            process.stdin.write("build\n")
            process.stdin.flush()
        except OSError:
            return  # it has died, and listen() is about to say of what

    def stop(self) -> None:
        """Let the build end without a result; it is killed if it takes too long."""
        if self._process is not None and self._busy and self._deadline is None:
            self._deadline = time.monotonic() + GRACE_SECONDS
            self._process.send_signal(signal.SIGINT)

    def listen(self, seconds: float) -> Message | None:
        """Return the next message, or None when none came in time.

        A message is ``{"event": …}``, or one of the three that end a build: ``{"built": bool,
        "seconds": …}``, ``{"problem": …}``, ``{"stopped": true}``.
        """
        if self._deadline is not None and time.monotonic() > self._deadline and self._process:
            self._process.kill()
        try:
            message = self._messages.get(timeout=seconds)
        except queue.Empty:
            return None
        if "dead" in message:
            message = self._bury()
        if "event" in message:
            return message
        if self._deadline is not None and "problem" in message:
            message = {"stopped": True}  # a library turned the interruption into an error
        self._busy, self._deadline = False, None
        return message

    def close(self) -> None:
        """End the process, whatever it does."""
        process = self._process
        if process is None:
            return
        self.stop()
        assert process.stdin is not None
        try:
            process.stdin.close()
            process.wait(GRACE_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()
        self._bury()
        self._busy, self._deadline, self._messages = False, None, queue.Queue()

    def _start(self) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        process = self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "helpers.preview.worker", json.dumps(self.request)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            encoding="utf-8",
            start_new_session=True,
        )
        listener = threading.Thread(
            target=_pass_on, args=(process, self._messages), name="builder", daemon=True
        )
        listener.start()

    def _bury(self) -> Message:
        """Forget the process that has ended, and return what its end means."""
        process, said = self._process, self._said
        assert process is not None and said is not None
        process.wait()
        self._process = self._said = None
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
        said.close()
        if self._deadline is not None:
            return {"stopped": True}
        return {"problem": vars(_death(process.returncode, lines))}


def _pass_on(process: subprocess.Popen[str], messages: queue.Queue[Message]) -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            with suppress(ValueError):  # the half of an event that a stop cut off
                messages.put(json.loads(line))
    messages.put({"dead": True})


def _death(status: int, lines: list[str]) -> Problem:
    """Say why the building process ended: mostly a mistake in ``src/helpers``."""
    places = [line.strip() for line in lines if line.lstrip().startswith('File "')]
    return Problem(
        lines[-1] if lines else f"the building process ended with status {status}",
        places[-1] if places else "",
        "mend the code, if it was just changed, and save again",
    )

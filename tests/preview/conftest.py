"""A preview of the toy project through the real command, from its start to its end."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from waiting import SECONDS, wait_for

PACKAGE = Path(__file__).parents[2] / "src" / "helpers"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
COMMAND = "from helpers.cli import main; main()"


@dataclass
class Running:
    """One preview that is running.

    Attributes:
        process: The command.
        said: What it has printed, by line.
        states: What it has told an open page, from the first on.
    """

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    states: list[dict] = field(default_factory=list)

    @property
    def output(self) -> str:
        return "".join(self.said)

    @property
    def port(self) -> int:
        return int(self.output.split("http://127.0.0.1:")[1].split("/")[0])

    def ask(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[int, str, dict[str, str]]:
        """Send the path as it stands, dots and all; return status, body and headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), dict(answer.getheaders())
        finally:
            connection.close()

    def page(self, name: str = "paper") -> str:
        status, body, _ = self.ask(f"/{name}.html")
        assert status == 200
        return body

    def until(self, what: str, met: Callable[[dict], Any]) -> dict:
        """Wait until the last state told is such; return it."""
        return wait_for(lambda: self.states and met(self.states[-1]) and self.states[-1], what)

    def until_built(self, before: dict | None = None) -> dict:
        """Wait for a version of the documents that is good and another than before."""
        old = before["version"] if before else None
        return self.until(
            f"new version; it printed {self.output}",
            lambda s: s["version"] != old and not s["building"] and not s["problem"],
        )

    def until_said(self, text: str) -> None:
        wait_for(lambda: text in self.output, f"{text!r} on the terminal: {self.output}")

    def until_there(self, path: Path) -> None:
        wait_for(path.exists, f"{path.name}; it printed {self.output}")

    def end(self) -> int:
        """Press Ctrl-C and return the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def listen(self) -> None:
        """Do what an open page does."""
        threading.Thread(target=self._listen, daemon=True).start()

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)

    def _listen(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request("GET", "/.preview/events")
            for line in connection.getresponse():
                if line.startswith(b"data: "):
                    self.states.append(json.loads(line[6:]))
        except OSError:
            return
        finally:
            connection.close()


@dataclass
class Browser:
    """A page that is open in a headless Chromium.

    Attributes:
        folder: Its profile, where it leaves the port on which it tells of itself.
    """

    folder: Path

    def until_shows(self, title: str) -> None:
        """Wait until the page's title is this; the browser itself says so."""
        port = wait_for(self._port, "port of the browser")
        wait_for(lambda: title in self._titles(port), f"page with the title {title!r}")

    def _port(self) -> int:
        path = self.folder / "DevToolsActivePort"
        lines = path.read_text().splitlines() if path.is_file() else []
        return int(lines[0]) if lines else 0

    def _titles(self, port: int) -> list[str]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", "/json/list")
            tabs = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return [tab["title"] for tab in tabs if tab["type"] == "page"]


@pytest.fixture
def chromium() -> str:
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip("Chromium is not installed: whether a page reloads itself is not tested")
    return program


@pytest.fixture
def shown(tmp_path: Path, chromium: str) -> Callable[[str, str], None]:
    """Wait until a page of which the browser is told the address holds an element."""

    def until(url: str, tag: str) -> None:
        words = [*FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--timeout=3000", "--dump-dom"]

        def tree() -> bool:
            done = subprocess.run(
                [chromium, *words, url], capture_output=True, text=True, timeout=SECONDS
            )
            return f"<{tag}" in done.stdout

        wait_for(tree, f"<{tag}> in the page")

    return until


@pytest.fixture
def browser(tmp_path: Path, chromium: str) -> Iterator[Callable[[str], Browser]]:
    """Open an address in a headless Chromium, which is ended with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(url: str) -> Browser:
        folder = tmp_path / "profile"
        words = [*FLAGS, "--remote-debugging-port=0", f"--user-data-dir={folder}", url]
        quiet = subprocess.DEVNULL
        started.append(
            subprocess.Popen([chromium, *words], stdout=quiet, stderr=quiet, start_new_session=True)
        )
        return Browser(folder)

    yield start
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package that a test may change, and that no one else does."""
    copy = tmp_path / "src" / "helpers"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture
def preview(package: Path) -> Iterator[Callable[..., Running]]:
    """Start a preview and wait until it has printed its address; it is ended with the test."""
    started: list[Running] = []

    def start(*words: str) -> Running:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", COMMAND, "preview", "toy", "--no-browser", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(package.parent), "PYTHONUNBUFFERED": "1"},
        )
        running = Running(process)
        started.append(running)
        threading.Thread(target=running.read, daemon=True).start()
        running.until_said("/ until Ctrl-C")
        running.listen()
        return running

    yield start
    for running in started:
        running.process.kill()
        running.process.wait(30)

"""Serves one folder to this machine alone.

Out of reach: every other address, every other folder, every method that is not a reading one,
and pages of other sites that have a name of theirs lead to the loopback address.
"""

from __future__ import annotations

import mimetypes
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from helpers.errors import ManuscriptError
from helpers.preview.board import Board
from helpers.preview.page import CLIENT, EVENTS, client, contents, plain, with_client
from helpers.review.site.names import SITE

ADDRESS = "127.0.0.1"
KEEP_ALIVE_SECONDS = 10.0
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Loopback(ThreadingHTTPServer):
    """The server; its threads end with the process."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, folder: Path, board: Board) -> None:
        self.folder = folder
        self.board = board
        super().__init__((ADDRESS, port), Handler)

    @property
    def names(self) -> tuple[str, str]:
        """What a request may call this server."""
        return f"{ADDRESS}:{self.server_port}", f"localhost:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that was closed while it was answered is no news."""


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Loopback
    timeout = 30

    def do_GET(self) -> None:
        """Answer with a page, a file or the stream of events."""
        if self.headers.get("Host") not in self.server.names:
            self._refuse(HTTPStatus.FORBIDDEN, "This server answers to its own address only.")
            return
        try:
            name = unquote(urlsplit(self.path).path, errors="strict")
        except ValueError:
            self._refuse(HTTPStatus.BAD_REQUEST, "This address cannot be read.")
            return
        if name == EVENTS:
            self._send_events()
        elif name == CLIENT:
            self._send(HTTPStatus.OK, "text/javascript; charset=utf-8", client())
        elif name == "/":
            self._send_page(HTTPStatus.OK, self._contents())
        else:
            self._send_file(name)

    do_HEAD = do_GET  # noqa: N815

    def _not_allowed(self) -> None:
        body = plain("405", "<p>Documents can be read here, and no more.</p>")
        self._send(HTTPStatus.METHOD_NOT_ALLOWED, "text/html; charset=utf-8", body)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _not_allowed  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal belongs to the build."""

    def _contents(self) -> bytes:
        """List the pages of the site; without one, the documents as they are."""
        folder = self.server.folder
        found = sorted(folder.glob(f"{SITE}/*.html")) or sorted(folder.glob("*.html"))
        return contents(folder.name, [path.relative_to(folder).as_posix() for path in found])

    def _send_file(self, name: str) -> None:
        version = self.server.board.state.version  # before the file: rather once too often
        try:
            path = (self.server.folder / name.lstrip("/")).resolve()
            inside = path.is_relative_to(self.server.folder.resolve()) and "\\" not in name
            body = path.read_bytes() if inside and path.is_file() else None
        except (OSError, ValueError, RuntimeError):
            inside, body = True, None
        if not inside:
            self._refuse(HTTPStatus.FORBIDDEN, "This lies outside of the study's results.")
        elif body is None:
            self._send_page(HTTPStatus.NOT_FOUND, plain("Not there", '<p><a href="/">All</a></p>'))
        elif path.suffix == ".html":
            self._send_page(HTTPStatus.OK, body, version)
        else:
            self._send(HTTPStatus.OK, _kind(path), body)

    def _send_page(self, status: HTTPStatus, page: bytes, version: str | None = None) -> None:
        known = version or self.server.board.state.version
        self._send(status, "text/html; charset=utf-8", with_client(page, known))

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self._send(status, "text/plain; charset=utf-8", why.encode() + b"\n")

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self._head(status, {"Content-Type": kind, "Content-Length": str(len(body))})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers = {**headers, "Allow": "GET, HEAD"}
        for name, value in {**HEADERS, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_events(self) -> None:
        """Tell the page the state now and at every change, until it is closed."""
        self._head(HTTPStatus.OK, {"Content-Type": "text/event-stream"})
        board, seen = self.server.board, None
        while self.command != "HEAD" and not board.closed:
            state = board.wait(seen, KEEP_ALIVE_SECONDS)
            self.wfile.write(f"data: {state.text()}\n\n".encode() if state else b": \n\n")
            seen = state or seen


@dataclass
class Server:
    """The server in a thread of its own, as a context manager.

    Attributes:
        folder: What it serves.
        board: What its pages are told.
        port: Where; 0 takes a free one.
    """

    folder: Path
    board: Board
    port: int = 0
    _loopback: Loopback = field(init=False)

    def __enter__(self) -> Server:
        """Begin to serve.

        Raises:
            ManuscriptError: The port is taken, or may not be used.
        """
        try:
            self._loopback = Loopback(self.port, self.folder, self.board)
        except OSError as problem:
            raise ManuscriptError(
                f"port {self.port} cannot be used: {problem.strerror or type(problem).__name__}",
                where="--port",
                remedy="name another port, or none: then a free one is taken",
            ) from None
        threading.Thread(target=self._loopback.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.board.close()
        self._loopback.shutdown()
        self._loopback.server_close()

    @property
    def url(self) -> str:
        """The address to open."""
        return f"http://{ADDRESS}:{self._loopback.server_port}/"


def _kind(path: Path) -> str:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind

"""The network and other programs, with a word on what is waited for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

    from terra.ports import Command, Outcome, Progress, Reporter, Response, Runner, Transport


class AnnouncedTransport:
    """Implements `ports.Transport` by another: says which host is asked. A download has a bar of its own."""

    def __init__(self, transport: Transport, reporter: Reporter) -> None:
        self._transport = transport
        self._reporter = reporter
        self.admit = transport.admit

    def read(
        self, url: str, *, limit: int, etag: str | None = None, accept: str = "*/*", authorization: str | None = None
    ) -> Response:
        """Return a document of at most `limit` bytes."""
        with self._reporter.working(f"asking {urlsplit(url).hostname}"):
            return self._transport.read(url, limit=limit, etag=etag, accept=accept, authorization=authorization)

    def download(  # noqa: PLR0913  # the port's arguments
        self,
        url: str,
        target: Path,
        *,
        limit: int,
        size: int | None = None,
        etag: str | None = None,
        progress: Progress | None = None,
        authorization: str | None = None,
    ) -> Response:
        """Write a body of at most `limit` bytes to the new file `target`."""
        with self._reporter.working(f"downloading from {urlsplit(url).hostname}"):
            return self._transport.download(
                url, target, limit=limit, size=size, etag=etag, progress=progress, authorization=authorization
            )


class AnnouncedRunner:
    """Implements `ports.Runner` by another: says which program runs."""

    def __init__(self, runner: Runner, reporter: Reporter) -> None:
        self._runner = runner
        self._reporter = reporter

    def run(self, command: Command) -> Outcome:
        """Run a program to its end."""
        name = "pip" if "pip" in command.argv else os.path.basename(command.argv[0])
        with self._reporter.working(f"waiting for {name}"):
            return self._runner.run(command)

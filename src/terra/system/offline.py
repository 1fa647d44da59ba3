"""The network when the user said `--offline`: there is none, and asking for it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from terra.errors import OfflineError
from terra.system.origins import redacted

if TYPE_CHECKING:
    from pathlib import Path

    from terra.ports import Progress


class OfflineTransport:
    """A `terra.ports.Transport` that refuses everything."""

    def admit(self, url: str) -> NoReturn:
        """Refuse.

        Raises:
            OfflineError: Always.
        """
        raise _refusal(url)

    def read(
        self,
        url: str,
        *,
        limit: int,  # noqa: ARG002  # the port's arguments, here and below
        etag: str | None = None,  # noqa: ARG002
        accept: str = "*/*",  # noqa: ARG002
        authorization: str | None = None,  # noqa: ARG002
    ) -> NoReturn:
        """Refuse.

        Raises:
            OfflineError: Always.
        """
        raise _refusal(url)

    def download(  # noqa: PLR0913  # the port's arguments, here and below
        self,
        url: str,
        target: Path,  # noqa: ARG002
        *,
        limit: int,  # noqa: ARG002
        size: int | None = None,  # noqa: ARG002
        etag: str | None = None,  # noqa: ARG002
        progress: Progress | None = None,  # noqa: ARG002
        authorization: str | None = None,  # noqa: ARG002
    ) -> NoReturn:
        """Refuse.

        Raises:
            OfflineError: Always.
        """
        raise _refusal(url)


def _refusal(url: str) -> OfflineError:
    shown = redacted(url)
    message = f"`{shown}` is needed, and offline was asked for"
    return OfflineError(message, hint="run it once without `--offline` to fill the cache", subjects=(shown,))

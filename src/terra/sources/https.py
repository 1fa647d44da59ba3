"""`https://…/aws-s3-0.1.0.zip`: one archive from a web server; plain `http` where the transport allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from terra.errors import UsageError
from terra.model.digest import Digest
from terra.model.form import FORMS, file_name_of, form_of_source
from terra.model.stages import Fetched
from terra.spec import hookimpl
from terra.system.origins import redacted

if TYPE_CHECKING:
    from terra.spec import FetchOrder, FetchTools

LIMIT = 512 << 20  # bytes of an archive
_NOT_MODIFIED = 304


class HttpsSource:
    """Downloads an archive through the transport, which guards the network."""

    schemes = ("https", "http")

    def check(self, order: FetchOrder) -> None:
        """Refuse an address that names no archive, or carries a password.

        Raises:
            UsageError: What is wrong with it.
        """
        parts = urlsplit(order.locator.location)
        if not parts.hostname:
            message = f"`{order.locator}` names no host"
            raise UsageError(message, subjects=(str(order.locator),))
        if "@" in parts.netloc:
            message = f"an address at `{parts.hostname}` has a user name in it"
            raise UsageError(message, hint="credentials go into `config.toml` in the terra home, or netrc")
        _form(order)

    def fetch(self, order: FetchOrder, tools: FetchTools) -> Fetched | None:
        """Download the archive into quarantine, hashing as it comes; None where the ETag still holds.

        Raises:
            FetchError: It could not be had.
            IntegrityError: More came than was announced.
        """
        url = order.locator.location
        tools.reporter.detail(f"fetching `{redacted(url)}`")
        name = file_name_of(order.locator)
        target = tools.quarantine / "archive"
        response = tools.transport.download(
            _requested(url), target, limit=LIMIT, size=order.size, etag=order.etag, progress=tools.progress
        )
        if response.status == _NOT_MODIFIED:
            return None
        digest = Digest.sha256(response.sha256)
        return Fetched(target, _form(order), order.locator.subdir, name, digest, response.size, response.etag)


def _requested(url: str) -> str:
    """Return the URL without `archive=`, which is for us and not for the server; as Terraform does."""
    location, mark, query = url.partition("?")
    kept = "&".join(each for each in query.split("&") if not each.startswith("archive="))
    return f"{location}{mark if kept else ''}{kept}"


def _form(order: FetchOrder) -> str:
    form = form_of_source(order.locator)
    if form is None:
        message = f"`{order.locator}` is not an archive by its ending"
        hint = f"archives end in {', '.join(FORMS)}; add `?archive=zip` where the address has no ending"
        raise UsageError(message, hint=hint, subjects=(str(order.locator),))
    return form


@hookimpl
def terra_register_source() -> HttpsSource:
    """Hand the source to the host."""
    return HttpsSource()

"""`file:../aws-s3`, `file:dist/aws-s3-0.1.0.zip`, `file:///…`: a folder or an archive of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import IntegrityError, UsageError
from terra.model.digest import Digest
from terra.model.form import FORMS, form_of
from terra.model.stages import Fetched
from terra.sources.folder import check_local, resolve
from terra.spec import hookimpl
from terra.system import fs

if TYPE_CHECKING:
    from terra.spec import FetchOrder, FetchTools

LIMIT = 512 << 20  # bytes of an archive


class FileSource:
    """Points at a folder, or copies an archive into quarantine so that it cannot change meanwhile."""

    schemes = ("file",)

    def check(self, order: FetchOrder) -> None:
        """Refuse an address in a remote document.

        Raises:
            UsageError: What is wrong with it.
        """
        check_local(order)

    def fetch(self, order: FetchOrder, tools: FetchTools) -> Fetched:
        """Point at the folder, or copy the archive, hashing as it is copied.

        Raises:
            SourceNotFoundError: It is not there.
            UsageError: It is neither a folder nor an archive by its ending.
            IntegrityError: It is larger than an archive may be.
        """
        path = resolve(order)
        tools.reporter.detail(f"reading `{path}`")
        if path.is_dir():
            return Fetched(path, "folder", order.locator.subdir, path.name)
        if not path.is_file():
            message = f"`{order.locator}` is neither a folder nor a regular file"
            raise UsageError(message, hint="name a folder or an archive", subjects=(str(order.locator),))
        form = form_of(path.name)
        if form is None:
            message = f"`{order.locator}` is not an archive by its ending"
            raise UsageError(message, hint=f"archives end in {', '.join(FORMS)}", subjects=(str(order.locator),))
        size = path.stat().st_size
        if size > LIMIT:
            message = f"`{order.locator}` has {size} bytes, expected at most {LIMIT}"
            raise IntegrityError(message, subjects=(str(order.locator),))
        if order.size is not None and order.size != size:
            message = f"`{order.locator}` has another size: expected {order.size} bytes, got {size}"
            raise IntegrityError(message, subjects=(str(order.locator),))
        copy = tools.quarantine / path.name
        digest = fs.copy(path.resolve(), copy)
        return Fetched(copy, form, order.locator.subdir, path.name, Digest.sha256(digest), size)


@hookimpl
def terra_register_source() -> FileSource:
    """Hand the source to the host."""
    return FileSource()

"""The `source` of a `module` block, read: a module of a registry, a place in a repository, or an archive.

Two spellings of one repository are equal: by https or ssh, with or without `.git`, in any case of the host.
https://developer.hashicorp.com/terraform/language/modules/sources
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from terra.errors import UsageError
from terra.model.git import Revision
from terra.model.go_getter import GoGetterAddress
from terra.model.module_address import ModuleAddress
from terra.model.values import value

if TYPE_CHECKING:
    from terra.model.source import Locator

_NOWHERE = "https://module.invalid/"
_MODULE = re.compile(
    r"(?:(?P<host>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+(?::\d+)?|localhost(?::\d+)?)/)?"
    r"(?P<namespace>[0-9A-Za-z][0-9A-Za-z_-]{0,63})/(?P<name>[0-9A-Za-z][0-9A-Za-z_-]{0,63})/(?P<system>[0-9a-z]{1,64})"
    r"(?://(?P<subdir>.*))?"
)


@value
class ModuleSource:
    """Where a `module` block takes its module from.

    Attributes:
        module: The module of a registry; None for an address.
        host: The registry's, as written; None where the block names none.
        locator: The address; None for a module of a registry.
        subdir: The folder in the module or the repository.
    """

    module: ModuleAddress | None = None
    host: str | None = None
    locator: Locator | None = None
    subdir: str = ""

    @classmethod
    def parse(cls, text: str) -> ModuleSource:
        """Return what a source says that is no path.

        Raises:
            UsageError: It is none that terra has a source for.
        """
        match = _MODULE.fullmatch(text)
        if match is not None:
            module = ModuleAddress(match["namespace"], match["name"], match["system"])
            return cls(module, match["host"], subdir=_folder(match["subdir"] or ""))
        locator = GoGetterAddress.parse(text, _NOWHERE).source
        return cls(locator=locator, subdir=locator.subdir)

    @property
    def is_git(self) -> bool:
        """Whether it is a place in a git repository."""
        return self.locator is not None and self.locator.scheme == "git"

    @property
    def ref(self) -> str | None:
        """The ref of a repository."""
        return Revision.of(self.locator).ref if self.locator is not None and self.is_git else None

    def inner(self, release: Locator) -> str | None:
        """Return the folder of a release that this is, empty for its top; None where the release is elsewhere.

        Args:
            release: The address of its bytes, as a registry names it.
        """
        if self.locator is None or place_of(self.locator) != place_of(release):
            return None
        if self.subdir == release.subdir:
            return ""
        top = f"{release.subdir}/" if release.subdir else ""
        return self.subdir[len(top) :] if self.subdir.startswith(top) else None


def place_of(locator: Locator) -> tuple[str, str]:
    """Return what two spellings of one repository, or of one archive, have in common.

    Raises:
        UsageError: It is an address of git that names no repository.
    """
    if locator.scheme != "git":
        address = locator.location.partition("?")[0]
        return "archive", f"{urlsplit(address).netloc.lower()}{urlsplit(address).path}" if "://" in address else address
    remote = Revision.of(locator).remote
    if remote.is_local:
        return "folder", remote.address.rstrip("/").removesuffix(".git")
    if "://" in remote.address:
        path, host = urlsplit(remote.address).path, remote.host
    else:
        path, host = remote.address.partition(":")[2], remote.host
    if remote.protocol == "ssh":
        host = re.sub(r":\d+$", "", host)
    return "repository", f"{host.lower()}/{path.strip('/').removesuffix('.git')}"


def _folder(text: str) -> str:
    if ".." in text.split("/"):
        message = f"`//{text}` is no folder of a module"
        raise UsageError(message, hint="write it as `//modules/vpc`", subjects=(text,))
    return text.strip("/")

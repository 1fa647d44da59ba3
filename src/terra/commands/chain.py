"""One registry, as the commands know it before it is opened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.index.locate import normalise_location
from terra.model.values import field, replace, value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from terra.model.project import Credential

INSTALLED = "installed"
_USERINFO = re.compile(r"(?<=://)[^/?#@]*@")


@value
class Registry:
    """One registry of the chain.

    Attributes:
        location: Normalised; its identity. Of a kind other than terra's own, `KIND:ADDRESS`.
        written: How `terra.lock` names it: its label, or its location relative to the project.
        label: Its label in a `[registries]` table, or None.
        namespaces: Names that it alone may answer for.
        is_the_projects: Whether `terra.toml` names it.
        origin: What names it: `project`, `user` or `machine` configuration, `workspace` for one that stands there,
            `installed`, `embedded` in the terra home; the empty string for one that was named for this run.
        kind: What answers for it, such as `pypi`; None for a registry of terra's own kinds.
        address: Of a kind other than terra's own, where it is, with the user's credentials; None for the place
            that the kind's own tool is configured with.
        asked_alone: Whether the user named it with `--registry`: `terra.toml` then says so.
        root_sha256: What its signed root is pinned to, or None.
        module_namespace: In a registry of modules, the namespace of names that have none; else the empty string.
    """

    location: str
    written: str
    label: str | None = None
    namespaces: tuple[str, ...] = ()
    asked_alone: bool = False
    root_sha256: str | None = None
    is_the_projects: bool = False
    kind: str | None = None
    address: str | None = field(default_factory=lambda: None, repr=False)
    module_namespace: str = ""
    origin: str = ""

    @property
    def is_trusted(self) -> bool:
        """Whether the user's or the machine's own configuration names it."""
        return not self.is_the_projects and self.label is not None

    @property
    def has_login(self) -> bool:
        """Whether the address carries a password."""
        userinfo = _USERINFO.search(self.address or "")
        return userinfo is not None and ":" in userinfo[0]

    def with_login(self, credentials: Sequence[Credential]) -> Registry:
        """Return this registry with the name and password that the user keeps for its origin, for a tool to show."""
        from urllib.parse import quote, urlsplit

        if self.address is None or self.has_login:
            return self
        parts = urlsplit(self.address)
        host, name = parts.netloc.rpartition("@")[2], parts.username
        for each in credentials:
            if each.origin == f"{parts.scheme}://{host}" and each.username and name in (None, each.username):
                login = f"{quote(each.username, safe='')}:{quote(each.password or '', safe='')}"
                return replace(self, address=parts._replace(netloc=f"{login}@{host}").geturl())
        return self

    @classmethod
    def installed(cls) -> Registry:
        """Return what stands for the distributions that are installed beside terra."""
        return cls(f"{INSTALLED}:", INSTALLED, kind=INSTALLED, origin=INSTALLED)

    @classmethod
    def of_kind(
        cls, kind: str, url: str | None, folder: Path, label: str | None = None, namespaces: tuple[str, ...] = ()
    ) -> Registry:
        """Return a registry of a kind other than terra's own.

        Args:
            kind: Such as `pypi`.
            url: Its address, which may carry credentials where it is the user's; None where it has none.
            folder: What a relative address is relative to.
            label: Its label.
            namespaces: Names that it alone may answer for.

        Raises:
            UsageError: The address cannot be one.
        """
        userinfo = _USERINFO.search(url or "")
        address = normalise_location(_USERINFO.sub("", url, count=1), folder) if url else None
        location = f"{kind}:{address or ''}"
        if address and userinfo:
            address = address.replace("://", f"://{userinfo[0]}", 1)
        return cls(location, label or location, label, namespaces, kind=kind, address=address)

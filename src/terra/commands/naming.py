"""Turn what the user wrote into what is asked for: a requirement, or a direct source."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from terra.errors import UsageError
from terra.model.digest import Digest
from terra.model.form import form_of_source, name_of_source
from terra.model.name import Name
from terra.model.requirement import Requirement
from terra.model.source import Locator, is_path
from terra.model.values import value

if TYPE_CHECKING:
    from pathlib import Path

    from terra.model.project import Wanted


@value
class Asked:
    """One thing that the user asked for.

    Attributes:
        requirement: The name is a guess while `named` is false: the archive may state another.
        explicit: Whether the user gave a version.
        source: The address of a direct source, relative to the project; None for a name.
        checksum: What its archive must hash to.
        named: Whether the name was said by the user rather than guessed from the address.
    """

    requirement: Requirement
    explicit: bool = False
    source: Locator | None = None
    checksum: Digest | None = None
    named: bool = True

    @property
    def name(self) -> Name:
        """The plugin."""
        return self.requirement.name


def parse(text: str, *, workdir: Path, project: Path, alias: str | None = None, checksum: str | None = None) -> Asked:
    """Return what `text` asks for.

    Args:
        text: `NAME`, `NAME@VERSION`, a path, or `SCHEME:…`.
        workdir: What a path is relative to.
        project: What the path is written relative to.
        alias: The name that the user gives a direct source.
        checksum: Of a direct source's archive.

    Raises:
        UsageError: It is none of these, or an option does not go with it.
    """
    locator = _locator(text, workdir, project)
    _refuse_foreign(text, locator)
    if locator is None:
        if alias or checksum:
            message = f"`{text}` is a plugin name: `--as` and `--checksum` go with a path or an address"
            raise UsageError(message, subjects=(text,))
        requirement = Requirement.parse(text)
        return Asked(requirement, explicit=requirement.specifier.bounds != () or "@" in text)
    digest = Digest.parse(checksum) if checksum else None
    name = Name.parse(alias) if alias else _suggested(locator, project)
    return Asked(Requirement(name), source=locator, checksum=digest, named=alias is not None)


def from_line(wanted: Wanted) -> Asked:
    """Return what a line of `terra.toml` asks for."""
    source = Locator.parse(wanted.source) or Locator("file", wanted.source) if wanted.source else None
    return Asked(Requirement(wanted.name, wanted.specifier), explicit=True, source=source, checksum=wanted.checksum)


def _locator(text: str, workdir: Path, project: Path) -> Locator | None:
    if any("\ud800" <= each <= "\udfff" for each in text):
        message = "a name or path is not UTF-8"
        raise UsageError(message, hint="terra.toml and terra.lock are UTF-8: rename it")
    if is_path(text):
        path = text.replace("\\", "/") if os.name == "nt" else text
        locator: Locator | None = Locator.parse(f"file:{os.path.expanduser(path)}")
    else:
        locator = Locator.parse(text)
        if locator is None and os.sep in text and (workdir / text).exists() and not Name.is_name(text):
            message = f"`{text}` is not a plugin name"
            raise UsageError(message, hint=f"write `./{text}` for the path", subjects=(text,))
    if locator is None:
        return None
    path, mark, query = locator.location.partition("?" if locator.scheme == "git" else "\0")
    if not (locator.names_path or (locator.scheme == "git" and is_path(path))):
        return locator
    absolute = os.path.normpath(os.path.join(workdir, os.path.expanduser(path)))
    # The lock and terra.toml hold no absolute path: the project may be cloned anywhere.
    relative = os.path.relpath(absolute, project).replace(os.sep, "/")
    if locator.scheme == "git" and not is_path(relative):
        relative = f"./{relative}"
    return Locator(locator.scheme, f"{relative}{mark}{query}", locator.subdir)


def _refuse_foreign(text: str, locator: Locator | None) -> None:
    """Refuse what other tools write, where terra cannot mean it: neither a name nor what a source can fetch."""
    is_address = locator is not None and (locator.names_path or form_of_source(locator) is not None)
    is_requirement = ":" not in text and Name.is_name(re.split(r"[@<>=!~^*]", text, maxsplit=1)[0])
    if is_address or is_requirement:
        return
    from terra.sources.pasted import refuse_foreign

    refuse_foreign(text)


def _suggested(locator: Locator, project: Path) -> Name:
    is_folder = locator.names_path and form_of_source(locator) is None
    folder = os.path.normpath(os.path.join(project, locator.location)) if is_folder else ""
    return name_of_source(locator, folder)

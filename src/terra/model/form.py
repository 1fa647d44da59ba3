"""The forms in which releases come, by the endings of their names, and the plugin names in those."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from terra.model.name import Name, normalised

if TYPE_CHECKING:
    from terra.model.source import Locator

FORMS = {".zip": "zip", ".tar": "tar", ".tar.gz": "tar.gz", ".tgz": "tar.gz", ".tar.xz": "tar.xz", ".whl": "whl"}
_PACKAGED = {"pypi": "whl", "npm": "tar.gz", "git": "tar"}
_VERSION = r"v?\d+(\.\d+)*([-.+](alpha|beta|rc|dev|post)?\.?\d+)*"
# Parts of an address that name no plugin: `…/aws-s3/archive/refs/tags/v0.1.0.zip` is aws-s3.
_NAMELESS = re.compile(rf"{_VERSION}|archive|refs|tags|heads|releases|download|main|master|-|\.\.?|~?", re.IGNORECASE)


def form_of(file_name: str) -> str | None:
    """Return the form of an archive by its name's ending, or None for no archive."""
    lowered = file_name.lower()
    return next((form for ending, form in FORMS.items() if lowered.endswith(ending)), None)


def form_of_source(locator: Locator) -> str | None:
    """Return the form of the archive at an address, by its ending or by `?archive=` as in Terraform's sources."""
    if locator.scheme in _PACKAGED:
        return _PACKAGED[locator.scheme]
    if locator.scheme not in ("http", "https"):
        return form_of(locator.location) if locator.names_path else None
    asked = parse_qs(urlsplit(locator.location).query).get("archive", [""])[0]
    return form_of(file_name_of(locator)) or form_of(f".{asked}")


def file_name_of(locator: Locator) -> str:
    """Return the last part of an address's path; for a package, the name that its archive would have."""
    if (
        locator.scheme == "pypi"
    ):  # NAME==VERSION; https://packaging.python.org/specifications/binary-distribution-format/
        name, _, version = locator.location.partition("==")
        return f"{normalised(name).replace('-', '_')}-{version}-py3-none-any.whl"
    path = _path_of(locator)
    return unquote(path).replace("\\", "/").rstrip("/").rpartition("/")[2]


def name_of_source(locator: Locator, folder: str = "") -> Name:
    """Return the plugin name that an address suggests, for a release whose archive states none.

    The distribution's name of a wheel without `terra-`, else the last part of the path that is not a
    version, without version and endings.

    Args:
        locator: The address.
        folder: The absolute folder that the address names, where it is one: `.` has no name of its own.

    Raises:
        UsageError: Nothing usable is in it.
    """
    text = locator.subdir or folder or unquote(_path_of(locator))
    parts = [_stem(part) for part in text.replace("\\", "/").split("/") if part]
    named = [part for part in parts if not _NAMELESS.fullmatch(part)]
    last = named[-1] if named else text
    if last.lower().startswith(("terra-", "terra_")):
        last = last[len("terra-") :]
    return Name.derive(last)


def _path_of(locator: Locator) -> str:
    """Return the part of an address that names something: without host, query, and the version of a package."""
    location = locator.location
    if locator.scheme in ("http", "https"):
        return urlsplit(location).path
    if locator.scheme == "git":
        path = location.partition("?")[0].rstrip("/")
        return re.split(r"[:/]", path)[-1].removesuffix(".git")
    if locator.scheme in ("pypi", "npm", "installed"):
        return re.split(r"(?<=.)@|[<>=!~^ \[]", location, maxsplit=1)[0]
    return location


def _stem(file_name: str) -> str:
    if file_name.lower().endswith(".whl"):  # NAME-VERSION-TAGS.whl, PEP 427
        return file_name.split("-", maxsplit=1)[0].replace("_", "-")
    lowered = file_name.lower()
    for ending in sorted(FORMS, key=len, reverse=True):
        if lowered.endswith(ending):
            file_name = file_name[: -len(ending)]
            break
    return re.sub(rf"[-_.]{_VERSION}$", "", file_name)

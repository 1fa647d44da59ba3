"""What a `pypi:` address asks for, and which of the versions of an index that is.

Names are compared as PEP 503 has it, versions and specifiers as PEP 440 has it; versions that terra cannot order
are passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import ResolveError, UsageError
from terra.model.name import normalised
from terra.model.values import value
from terra.model.version import Version
from terra.system.pip import is_name, is_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.specifiers import SpecifierSet

    from terra.model.source import Locator
    from terra.wire.simple_api import SimplePage

_SHOWN = 5  # versions in a message
_HINT = "write `pypi:NAME==VERSION`, or a PEP 440 specifier such as `pypi:NAME>=0.1,<1`"


@value
class Requested:
    """What an address asks for.

    Attributes:
        name: The normalised name of a distribution.
        specifier: A PEP 440 specifier, or nothing.
        version: The version, where the specifier is `==` one.
    """

    name: str
    specifier: str
    version: str | None = None


def read(locator: Locator) -> Requested:
    """Return what an address asks for.

    Raises:
        UsageError: It is more, or less, than a name with a version or a specifier.
    """
    text = locator.location.strip()
    end = next((place for place, letter in enumerate(text) if letter in "<>=!~ "), len(text))
    name, specifier = text[:end], text[end:].strip()
    for sign, what in (("[", "an extra"), (";", "a marker"), ("@", "a URL"), ("/", "a path"), ("\\", "a path")):
        if sign in text:
            message = f"`{locator}` has {what} in it, expected a name and a version"
            raise UsageError(message, hint=_HINT, subjects=(str(locator),))
    if not is_name(name):
        message = f"`{locator}` does not begin with the name of a distribution"
        raise UsageError(message, hint=_HINT, subjects=(str(locator),))
    exact = specifier.removeprefix("==").strip() if specifier.startswith("==") else ""
    if is_version(exact):
        return Requested(normalised(name), specifier, exact)
    try:
        _contains(_specifier(specifier), "0")
    except ValueError:  # InvalidSpecifier, or a number that Python does not read
        message = f"`{specifier}` in `{locator}` is not a PEP 440 specifier"
        raise UsageError(message, hint=_HINT, subjects=(str(locator),)) from None
    return Requested(normalised(name), specifier)


def offered(page: SimplePage, name: str) -> list[str]:
    """Return the versions that have a wheel that is not yanked and is for this Python."""
    found = [(file.version_of(name), file) for file in page.files if file.is_wheel and file.yanked is None]
    return [version for version, file in found if version is not None and file.runs_here]


def yanked(page: SimplePage, name: str) -> tuple[tuple[Version, str], ...]:
    """Return the versions of which no wheel is left that is not yanked, each with the reason."""
    left = set(offered(page, name))
    found = {file.version_of(name): file.yanked for file in page.files if file.is_wheel and file.yanked is not None}
    read = ((Version.read(text), reason) for text, reason in found.items() if text is not None and text not in left)
    return tuple((version, reason) for version, reason in read if version is not None)


def newest(offers: Iterable[str], asked: Requested, locator: Locator) -> str:
    """Return the newest of the versions that terra can order and the address means.

    Raises:
        ResolveError: There is none.
    """
    specifier = _specifier(asked.specifier)
    read = {text: Version.read(text) for text in dict.fromkeys(offers)}
    known = {text: version for text, version in read.items() if version is not None}
    meant = [text for text in known if _contains(specifier, text)]
    if meant:
        return max(meant, key=known.__getitem__)
    latest = sorted(known, key=known.__getitem__, reverse=True)[:_SHOWN]
    message = f"no version answers `{locator}`: there is {', '.join(latest) or 'none with a wheel for this Python'}"
    hint = "pre-releases are taken where the address names one, yanked versions as `==VERSION`"
    raise ResolveError(message, hint=hint, subjects=(str(locator),))


def admits(asked: Requested, version: str) -> bool:
    """Tell whether `version` is one of those that an address means."""
    return _contains(_specifier(asked.specifier), version)


def _specifier(text: str) -> SpecifierSet:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(text)


def _contains(specifier: SpecifierSet, version: str) -> bool:
    return specifier.contains(version, prereleases=bool(specifier.prereleases))

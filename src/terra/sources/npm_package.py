"""What an `npm:` address asks for, and the version that npm would choose for it.

The name's grammar is what validate-npm-package-name takes for new packages, so that nothing in it can change a
URL. Nothing is read here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.errors import ResolveError, UsageError
from terra.model.npm_range import NpmRange
from terra.model.values import value
from terra.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.model.source import Locator
    from terra.wire.packument import PackageVersion, Packument

_ADDRESS = re.compile(r"(@?[^@]*)(?:@(.*))?", re.DOTALL)
_PART = r"[a-z0-9][a-z0-9._-]*"
_NAME = re.compile(rf"(?:@{_PART}/)?{_PART}")
_NAMES_OF_NONE = ("node_modules", "favicon.ico")
_LONGEST = 214
_TAG = re.compile(r"[A-Za-z0-9._~!*'()-]+")
_SHOWN = 10


@value
class PackageSpec:
    """What an address asks for.

    Attributes:
        wanted: What stands after the package's `@`, or the empty string.
        range: The versions that will do; None for a dist-tag.
    """

    package: str
    wanted: str
    range: NpmRange | None

    @classmethod
    def parse(cls, locator: Locator) -> PackageSpec:
        """Return what the address asks for.

        Raises:
            UsageError: It names no package, or a version that can never be taken.
        """
        match = _ADDRESS.fullmatch(locator.location)
        package, wanted = (match[1], (match[2] or "").strip()) if match else ("", "")
        if not _NAME.fullmatch(package) or len(package) > _LONGEST or package in _NAMES_OF_NONE:
            message = f"`{locator}` names no npm package"
            raise UsageError(message, hint="write `npm:@scope/name@1.2.3`", subjects=(str(locator),))
        spec = cls(package, wanted, NpmRange.read(wanted))
        if spec.range is None and not _TAG.fullmatch(wanted):
            message = f"`{locator}` asks for `{wanted}`, which is no version, range or dist-tag of npm"
            hint = "write a version (`1.2.3`), a range (`^1.2`) or a dist-tag (`next`)"
            raise UsageError(message, hint=hint, subjects=(str(locator),))
        if spec.exact is not None and str(Version.read(spec.exact)) != spec.exact:
            message = f"`{locator}` asks for the version `{spec.exact}`, which terra cannot order"
            hint = "a version is `X.Y.Z` or `X.Y.Z-(alpha|beta|rc).N`"
            raise UsageError(message, hint=hint, subjects=(str(locator),))
        return spec

    @property
    def exact(self) -> str | None:
        """The one version that will do, or None."""
        return self.range.exact if self.range else None

    def admits(self, version: Version) -> bool:
        """Tell whether a version is one of those that are meant; a dist-tag means what it points to now."""
        return self.range is not None and (self.range.is_any or self.range.allows(version))

    def __str__(self) -> str:
        return f"{self.package}@{self.wanted}" if self.wanted else self.package


def choose(spec: PackageSpec, packument: Packument, registry: str) -> PackageVersion:
    """Return the version that npm would choose (its npm-pick-manifest).

    That is the one that is named, or that the dist-tag points to; of a range `latest` where it fits and is not
    deprecated, else the newest that is not, else the newest.

    Args:
        spec: What is asked for.
        packument: What there is.
        registry: Where, for messages.

    Raises:
        ResolveError: Nothing fits; says what there is.
    """
    found = find(spec, packument)
    if found is not None:
        return found
    written = packument.tags.get(spec.wanted)
    what = f"points to `{written}`, which is no version to be had" if written else "fits no version"
    hint = f"there is {listed([str(each.version) for each in packument.versions]) or 'no version at all'}"
    if packument.tags:
        hint += f"; the dist-tags are {listed(sorted(packument.tags))}"
    wrong = next((each for each in packument.issues if spec.exact and f'"{spec.exact}"' in each.where), None)
    if wrong is not None:
        what, hint = "is listed wrongly", f"its publisher, or who keeps the registry, can mend {wrong}"
    message = f"`{spec}` {what} in `{registry}`"
    raise ResolveError(message, hint=hint, subjects=(spec.package,))


def find(spec: PackageSpec, packument: Packument) -> PackageVersion | None:
    """Return the version that `choose` would, or None."""
    if spec.range is None:
        return packument.find(packument.tags.get(spec.wanted, ""))
    if spec.exact is not None:
        return packument.find(spec.exact)
    latest = packument.latest
    if latest is not None and latest.deprecated is None and spec.admits(latest.version):
        return latest
    fitting = [each for each in packument.versions if spec.range.allows(each.version)]
    sound = [each for each in fitting if each.deprecated is None]
    return next(iter(sound or fitting), None)


def listed(texts: Sequence[str]) -> str:
    """Return the first few texts, and how many more there are."""
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(f"`{each}`" for each in texts[:_SHOWN]) + more

"""Requirements: a plugin name and the versions of it that will do."""

from __future__ import annotations

import re

from terra.errors import UsageError
from terra.model.name import Name
from terra.model.values import value
from terra.model.version import Version

_CLAUSE = re.compile(r"\s*(==|!=|>=|<=|~>|\^|=|>|<)?\s*(\S+)\s*")
_HINT = "write `X.Y.Z`, `>=0.1,<1`, `~>1.2`, `^1.2` or `*`"


@value
class Bound:
    """One comparison, `>= 1.2.0`; every operator of the grammar is written as these six."""

    operator: str
    version: Version

    def allows(self, version: Version) -> bool:
        """Tell whether `version` is on the right side of this bound."""
        match self.operator:
            case "==":
                return version == self.version
            case "!=":
                return version != self.version
            case ">=":
                return version >= self.version
            case "<=":
                return version <= self.version
            case ">":
                return version > self.version
            case _:
                return version < self.version


@value
class Specifier:
    """The versions that will do, as written (`text`) and as bounds that must all hold."""

    text: str
    bounds: tuple[Bound, ...]

    @classmethod
    def parse(cls, text: str) -> Specifier:
        """Return the specifier in `text`: clauses joined by commas, `*` for any version.

        `~>1.2` is Terraform's operator (the last part given may grow), `^1.2` is npm's (nothing that
        may break), a bare version is that version alone.

        Raises:
            UsageError: The text is not a specifier.
        """
        if text.strip() == "*":
            return ANY
        bounds: list[Bound] = []
        for clause in text.split(","):
            match = _CLAUSE.fullmatch(clause)
            version = Version.read(match[2]) if match else None
            if match is None or version is None:
                message = f"`{text}` is not a version requirement"
                raise UsageError(message, hint=_HINT, subjects=(text,))
            bounds += _bounds(match[1] or "==", version, match[2])
        return cls(text.replace(" ", ""), tuple(bounds))

    @classmethod
    def compatible_with(cls, version: Version) -> Specifier:
        """Return what `add` writes: this version or newer, short of the next that may break."""
        return cls.parse(f">={version},<{_short(version.next_breaking)}")

    def moved_to(self, version: Version) -> Specifier:
        """Return what asks for `version` in the way in which this asks for another: exactly, by `~>`, by `^`.

        Of several bounds the result is what `compatible_with` gives.
        """
        match = _CLAUSE.fullmatch(self.text)
        if match is None or match[1] not in (None, "=", "==", "~>", "^"):
            return Specifier.compatible_with(version)
        operator, parts = match[1] or "", match[2].split("-")[0].count(".") + 1
        exact = operator not in ("~>", "^") or version.is_prerelease
        return Specifier.parse(operator + (str(version) if exact else ".".join(str(version).split(".")[:parts])))

    @property
    def asks_for_prereleases(self) -> bool:
        """Whether a pre-release was named, which is the only way to be offered one."""
        return any(bound.version.is_prerelease for bound in self.bounds)

    @property
    def is_exact(self) -> bool:
        """Whether one version alone will do."""
        return len(self.bounds) == 1 and self.bounds[0].operator == "=="

    def allows(self, version: Version, *, prereleases: bool = False) -> bool:
        """Tell whether `version` will do; a pre-release only where one was named or `prereleases` is set."""
        if version.is_prerelease and not (prereleases or self.asks_for_prereleases):
            return False
        return all(bound.allows(version) for bound in self.bounds)

    def __str__(self) -> str:
        return self.text


ANY = Specifier("*", ())


@value
class Requirement:
    """A plugin name with the versions of it that will do."""

    name: Name
    specifier: Specifier = ANY

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Return the requirement in `NAME`, `NAME@SPECIFIER` or `NAME>=…` (the lock's own spelling).

        Raises:
            UsageError: The name or the specifier is not one.
        """
        match = re.fullmatch(r"\s*([^@<>=!~^*\s]+)\s*@?\s*(.*)", text)
        if match is None:
            message = f"`{text}` is not a plugin requirement"
            raise UsageError(message, hint="write `NAME` or `NAME@VERSION`", subjects=(text,))
        return cls(Name.parse(match[1]), Specifier.parse(match[2]) if match[2].strip() else ANY)

    def __str__(self) -> str:
        if self.specifier == ANY:
            return self.name.text
        separator = "" if self.specifier.text[0] in "<>=!~^" else "@"
        return f"{self.name}{separator}{self.specifier}"


def _short(version: Version) -> str:
    parts = [version.major, version.minor, version.patch]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return ".".join(map(str, parts))


def _bounds(operator: str, version: Version, written: str) -> list[Bound]:
    match operator:
        case "=":
            return [Bound("==", version)]
        case "~>":
            parts = written.lstrip("vV").split("-")[0].count(".") + 1
            ceiling = Version(version.major, version.minor + 1, 0) if parts > 2 else Version(version.major + 1, 0, 0)  # noqa: PLR2004
            return [Bound(">=", version), Bound("<", ceiling)]
        case "^":
            ceiling = version.next_breaking
            if version.major == 0 and version.minor == 0 and written.count(".") > 1:
                ceiling = Version(0, 0, version.patch + 1)
            return [Bound(">=", version), Bound("<", ceiling)]
        case _:
            return [Bound(operator, version)]

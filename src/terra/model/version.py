"""Versions of plugins: SemVer's order over the spellings that terra allows."""

from __future__ import annotations

import re

from terra.errors import UsageError
from terra.model.values import ordered_value

_NUMBER = r"(0|[1-9][0-9]{0,8})"
_STRICT = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-(alpha|beta|rc)\.{_NUMBER})?")
# What other tools write and what can be ordered safely: `v1.2.3`, `1.2`, `1`, and PEP 440's `1.0.0rc1`.
_LENIENT = re.compile(
    rf"[vV]?{_NUMBER}(?:\.{_NUMBER})?(?:\.{_NUMBER})?(?:-?(alpha|beta|rc)\.{_NUMBER}|(a|b|rc){_NUMBER})?"
)
_STAGES = ("alpha", "beta", "rc", "")
_PEP440_STAGES = {"a": "alpha", "b": "beta", "rc": "rc"}


@ordered_value
class Version:
    """A version `X.Y.Z` or `X.Y.Z-(alpha|beta|rc).N`, ordered as SemVer 2.0 orders it.

    `stage` is the index of alpha, beta, rc or final, so that the order of the fields is the order of
    the versions.
    """

    major: int
    minor: int
    patch: int
    stage: int = 3
    number: int = 0

    @classmethod
    def parse(cls, text: str) -> Version:
        """Return the version spelt exactly as terra writes it.

        Raises:
            UsageError: The spelling is another one.
        """
        match = _STRICT.fullmatch(text)
        if match is None:
            message = f"`{text}` is not a version"
            raise UsageError(message, hint="a version is `X.Y.Z` or `X.Y.Z-(alpha|beta|rc).N`", subjects=(text,))
        major, minor, patch, stage, number = match.groups()
        return cls(int(major), int(minor), int(patch), _STAGES.index(stage or ""), int(number or 0))

    @classmethod
    def read(cls, text: str) -> Version | None:
        """Return the version in a spelling of other tools, or None where it cannot be ordered safely.

        `v` is cut and missing parts are 0. `1.2.3-1` is a pre-release in SemVer and a post-release in
        PEP 440, build metadata has no order at all: both are None.
        """
        match = _LENIENT.fullmatch(text.strip())
        if match is None:
            return None
        major, minor, patch, stage, number, pep_stage, pep_number = match.groups()
        stage = stage or _PEP440_STAGES.get(pep_stage or "", "")
        return cls(int(major), int(minor or 0), int(patch or 0), _STAGES.index(stage), int(number or pep_number or 0))

    @property
    def is_prerelease(self) -> bool:
        """Whether this is an alpha, beta or release candidate."""
        return self.stage < len(_STAGES) - 1

    @property
    def next_breaking(self) -> Version:
        """The first version that may break: the next major one, or the next minor one below 1.0."""
        return Version(self.major + 1, 0, 0) if self.major else Version(0, self.minor + 1, 0)

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        return f"{text}-{_STAGES[self.stage]}.{self.number}" if self.is_prerelease else text


UNVERSIONED = Version(0, 0, 0)

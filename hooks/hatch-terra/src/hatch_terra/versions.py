"""terra's versions and requirements in the spelling of PEP 440; what cannot be said there is refused.

A copy of the grammar of `terra.model.version` and `terra.model.requirement`, held equal by a test.
"""

from __future__ import annotations

import re

_NUMBER = r"(0|[1-9][0-9]{0,8})"
_STRICT = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-(alpha|beta|rc)\.{_NUMBER})?")
_LENIENT = re.compile(
    rf"[vV]?({_NUMBER}(?:\.{_NUMBER})?(?:\.{_NUMBER})?)(?:-?(alpha|beta|rc)\.{_NUMBER}|(a|b|rc){_NUMBER})?"
)
_CLAUSE = re.compile(r"\s*(==|!=|>=|<=|~>|\^|=|>|<)?\s*(\S+)\s*")
_STAGES = {"alpha": "a", "beta": "b", "rc": "rc"}
_ALL_PARTS = 3


def pep440_version(text: str) -> str:
    """Return `1.0.0rc1` for `1.0.0-rc.1`.

    Raises:
        ValueError: The text is not a version as terra writes it.
    """
    match = _STRICT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return text.partition("-")[0] + _stage(match[4], match[5])


def pep440_specifier(text: str) -> str:
    """Return the specifier of PEP 440 for a requirement of terra's, `>=1.2,<2` for `^1.2`; empty for `*`.

    `<2` leaves out the pre-releases of 2 there, which terra would take where pre-releases are asked for.

    Raises:
        ValueError: The text is not a requirement.
    """
    if text.strip() == "*":
        return ""
    clauses: list[str] = []
    for clause in text.split(","):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            raise ValueError(text)
        clauses += _clauses(match[1] or "==", match[2])
    return ",".join(clauses)


def _clauses(operator: str, written: str) -> list[str]:
    match = _LENIENT.fullmatch(written)
    if match is None:
        raise ValueError(written)
    version = match[1] + _stage(match[5] or match[7], match[6] or match[8])
    numbers = [int(match[group] or 0) for group in (2, 3, 4)]
    if operator == "~>":
        given = written.lstrip("vV").split("-")[0].count(".") + 1
        return [f">={version}", f"<{_raised(numbers, 1 if given >= _ALL_PARTS else 0)}"]
    if operator == "^":
        part = 0 if numbers[0] else 1
        if numbers[:2] == [0, 0] and written.count(".") > 1:
            part = 2
        return [f">={version}", f"<{_raised(numbers, part)}"]
    return [("==" if operator == "=" else operator) + version]


def _raised(numbers: list[int], part: int) -> str:
    """Return the version whose `part` is the next one, without what follows it."""
    return ".".join(map(str, [*numbers[:part], numbers[part] + 1]))


def _stage(stage: str | None, number: str | None) -> str:
    return f"{_STAGES.get(stage, stage)}{number}" if stage else ""

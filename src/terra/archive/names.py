"""Which member names are safe on every system that terra runs on.

A name that any system would read as something else is refused, never repaired: a repaired name is not
the one that was signed. https://learn.microsoft.com/windows/win32/fileio/naming-a-file
"""

from __future__ import annotations

import re

_DEVICES = r"\A(con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$) *(\.|\Z)"
_PART_RULES = (
    (re.compile(r'[\x00-\x1f\x7f<>:"|?*\\/]'), "has a character that is not allowed in a file name"),
    (re.compile(r"[. ]\Z"), "has a part that ends with a dot or a space"),
    (re.compile(r"\A-"), "has a part that starts with `-`, which programs take for an option"),
    (re.compile(_DEVICES, re.IGNORECASE), "has the name of a Windows device"),
    (re.compile(r"\A[^.~]{1,6}~[0-9]{1,6}(\.[^.]{0,3})?\Z"), "has the form of a Windows short name"),
)
_UNSAFE_CATEGORIES = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
_SHOWN = 100


def printable(text: str) -> str:
    """Return text of an archive for a message: without control and format characters, and short."""
    import unicodedata

    clean = "".join(each for each in text[: _SHOWN * 2] if unicodedata.category(each) not in _UNSAFE_CATEGORIES)
    return clean if len(clean) <= _SHOWN else clean[: _SHOWN - 1] + "…"


def broken_rule(path: str) -> str | None:
    """Return the rule that a relative path with `/` breaks, worded to follow its name; None for a safe one."""
    if not path:
        return "has no name"
    if path.startswith("/"):
        return "is an absolute path"
    for part in path.split("/"):
        rule = _broken_by_part(part)
        if rule is None and not part.isascii():
            rule = _broken_by_unicode(part)
        if rule is not None:
            return rule
    return None


def folded(path: str) -> str:
    """Return what a path is on a file system that ignores letter case and Unicode forms."""
    if path.isascii():
        return path.lower()
    import unicodedata

    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


def linked_path(path: str, target: str) -> str | None:
    """Return the path that the symbolic link `path` names, or None where that is outside the archive."""
    if not target or target.startswith("/") or "\\" in target:
        return None
    parts = path.split("/")[:-1]
    for part in target.split("/"):
        if not part:
            return None
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _broken_by_part(part: str) -> str | None:
    if part in ("", ".", ".."):
        return f"has `{part}` in its path" if part else "has an empty part in its path"
    return next((rule for pattern, rule in _PART_RULES if pattern.search(part)), None)


def _broken_by_unicode(part: str) -> str | None:
    import unicodedata

    if any(unicodedata.category(each) in _UNSAFE_CATEGORIES for each in part):
        return "has an invisible or control character in its name"
    return _broken_by_part(unicodedata.normalize("NFKC", part))

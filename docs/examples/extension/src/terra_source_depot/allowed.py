"""The list of plugins that may be used: one pattern a line, `aws-*` or `my-company/vpc`; `#` begins a comment."""

from __future__ import annotations

from fnmatch import fnmatchcase


def refusal(name: str, path: str) -> str | None:
    """Return why a plugin may not be used, or None.

    Args:
        name: Of the plugin.
        path: Of the list.

    Raises:
        OSError: The list cannot be read; terra takes that for a refusal.
    """
    with open(path, encoding="utf-8") as lines:
        patterns = [pattern for line in lines if (pattern := line.partition("#")[0].strip())]
    if any(fnmatchcase(name, pattern) for pattern in patterns):
        return None
    return f"`{name}` is not on the list `{path}`"

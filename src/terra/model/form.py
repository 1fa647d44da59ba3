"""The forms in which releases come, by the endings of their names."""

from __future__ import annotations

FORMS = {".zip": "zip", ".tar": "tar", ".tar.gz": "tar.gz", ".tgz": "tar.gz", ".tar.xz": "tar.xz", ".whl": "whl"}


def form_of(file_name: str) -> str | None:
    """Return the form of an archive by its name's ending, or None for no archive."""
    lowered = file_name.lower()
    return next((form for ending, form in FORMS.items() if lowered.endswith(ending)), None)


def stem_of(file_name: str) -> str:
    """Return the name without the ending of an archive."""
    lowered = file_name.lower()
    for ending in sorted(FORMS, key=len, reverse=True):
        if lowered.endswith(ending):
            return file_name[: -len(ending)]
    return file_name

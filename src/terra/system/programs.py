"""Where a program is: never below a relative entry of PATH, which is the repository's to fill."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def find_program(name: str, environment: Mapping[str, str]) -> str | None:
    """Return the absolute path of a program by the PATH of `environment`, or None where it has none."""
    folders = [each for each in environment.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(each)]
    found = shutil.which(name, path=os.pathsep.join(folders)) if folders else None
    return found if found is not None and os.path.isabs(found) else None  # Windows looks into the current folder first

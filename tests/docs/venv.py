"""The virtual environment of a page that installs something: terra, pip and build backends are in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.beside import Beside

if TYPE_CHECKING:
    from pathlib import Path


def make_venv(folder: Path) -> Path:
    """Make it in `folder`, and return its folder of programs."""
    beside = Beside(folder, folder.parent)
    programs = beside.python.parent
    pip = programs / "pip"
    pip.write_text(f'#!{beside.python}\nimport runpy\nrunpy.run_module("pip", run_name="__main__")\n')
    pip.chmod(0o755)
    return programs

"""A real Terraform in one folder."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.components import require

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Terraform:
    """Runs Terraform in a folder: no user's configuration, no check for updates, no question."""

    folder: Path

    def __call__(self, *words: str) -> str:
        """Run to a good end and return what was printed."""
        own = {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        ended = subprocess.run(
            [require("terraform"), *words],
            cwd=self.folder,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        shown = f"terraform {' '.join(words)}: exit {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        assert ended.returncode == 0, shown
        return ended.stdout

    def apply(self) -> dict[str, Any]:
        """Initialise, validate and apply; return the outputs' values."""
        self("init", "-no-color")
        self("validate", "-no-color")
        self("apply", "-auto-approve", "-no-color")
        return {name: each["value"] for name, each in json.loads(self("output", "-json")).items()}

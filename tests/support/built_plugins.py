"""The example plugins as wheels, built by real hatchling with the hooks of this repository.

An environment of its own has the build tools, since `hatch-terra` is on no index while it is tested; what
is built is kept until a file of the plugins or of the hooks changes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from support.environments import content_key, kept_folder, python_environment

ROOT = Path(__file__).resolve().parents[2]
HATCH_TERRA = ROOT / "hooks" / "hatch-terra"
PLUGINS = ROOT / "docs" / "examples" / "workspace" / "packages" / "plugins"
PLAIN = ROOT / "docs" / "examples" / "plain-hatchling"
NAMES = ("aws-kms", "aws-s3", "aws-sqs", "naming")
TOOLS = ("build==1.6.1", "editables==0.6", "pip==26.3")
_FOREIGN = ("PIP_", "PYTHON", "HATCH_", "VIRTUAL_ENV", "SOURCE_DATE_EPOCH")


@cache
def build_tools(hatchling: str = "1.33.0") -> Path:
    """Return the folder of programs of an environment with `build`, a hatchling and hatch-terra."""
    return python_environment("hatch-terra", f"hatchling=={hatchling}", *TOOLS, str(HATCH_TERRA))


@cache
def built_plugins() -> dict[str, Path]:
    """Return the wheel of each example plugin by the plugin's name, `labels` of plain hatchling among them."""
    tools = build_tools()
    folders = {**{name: PLUGINS / name for name in NAMES}, "labels": PLAIN}

    def make(into: Path) -> None:
        for name, folder in folders.items():
            copy = into / "sources" / name  # without what stands above the plugin: the wheel is the plugin's alone
            shutil.copytree(folder, copy)
            succeed(build(copy, into / name, "--wheel"))
        shutil.rmtree(into / "sources")

    keys = [tools.parent.name, *map(content_key, folders.values())]
    built = kept_folder("built-plugins", "\n".join(keys), make)
    return {name: next((built / name).glob("*.whl")) for name in folders}


def build(
    source: Path, out: Path, *words: str, tools: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `python -m build` and return how it ended.

    Args:
        source: The plugin's folder.
        out: Where wheel and sdist go.
        words: More arguments, `--wheel` for one; none makes the wheel by way of the sdist.
        tools: What `build_tools` returned, by default the newest.
        environment: More variables.
    """
    python = str((tools or build_tools()) / "python")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return subprocess.run(
        [python, "-m", "build", "--no-isolation", "--outdir", str(out), *words, str(source)],
        env={**inherited, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def succeed(ended: subprocess.CompletedProcess[str]) -> str:
    """Return what a program printed; fail with it where it failed."""
    assert ended.returncode == 0, f"{ended.args}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout

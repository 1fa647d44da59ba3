"""A project whose plugin gets newer releases, for what is done to it afterwards."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

from support.graph import Graph
from support.project import Terra, write_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from support.project import Ended

HEAD = '[registries.here]\nurl = "../here"\n'
MAIN = "".join(f"# line {number}\n" for number in range(1, 21))


def changed(text: str = MAIN, **lines: str) -> str:
    """Return a text with some of its lines replaced: `l3="# mine"`."""
    found = text.splitlines(keepends=True)
    for key, line in lines.items():
        found[int(key[1:]) - 1] = f"{line}\n"
    return "".join(found)


class Living:
    """Releases of `vpc` and what it needs in a registry of folders, and a project that has one of them."""

    def __init__(self, terra: Terra, root: Path) -> None:
        self.terra = terra
        self.project = terra.cwd
        self.graph = Graph(root / "here")
        self.folder = self.project / "plugins/vpc"
        if not (self.project / "terra.toml").exists():
            (self.project / "terra.toml").write_text(HEAD)

    def release(self, version: str, files: Mapping[str, str | bytes] | None = None, **facts: Any) -> Living:
        """Publish a release of `vpc`; the ones before it stay."""
        self.graph.add(f"vpc@{version}", files=dict(files or {"main.tf": MAIN}), **facts).write()
        return self

    def add(self, version: str = "0.1.0", requirement: str = ">=0.1,<1") -> Living:
        """Put a release into the project, and let terra.toml ask for others too."""
        self.terra("add", f"vpc@{version}")
        self.ask(f'"{requirement}"', was=f'"{version}"')
        return self

    def ask(self, requirement: str, was: str) -> None:
        """Change what terra.toml asks for."""
        text = (self.project / "terra.toml").read_text()
        assert f"vpc = {was}" in text, text
        (self.project / "terra.toml").write_text(text.replace(f"vpc = {was}", f"vpc = {requirement}"))

    def write(self, **files: str | bytes) -> None:
        """Write files of the plugin's folder, `main_tf` being main.tf."""
        write_files(self.folder, {name.replace("_tf", ".tf"): data for name, data in files.items()})

    def read(self, path: str = "main.tf") -> str:
        """Return a file of the plugin's folder, bytes as they are."""
        return (self.folder / path).read_bytes().decode()

    @property
    def lock(self) -> str:
        """The text of terra.lock."""
        return (self.project / "terra.lock").read_text()

    def forget_cache(self) -> None:
        """Empty the cache."""
        shutil.rmtree(os.environ["TERRA_HOME"], ignore_errors=True)

    def without_release(self, version: str) -> None:
        """Let a release be nowhere any more."""
        del self.graph.entries["vpc"]["versions"][version]
        del self.graph.files[f"vpc@{version}"]
        shutil.rmtree(self.graph.folder / "releases" / f"vpc@{version}")
        self.graph.write()


def states(ended: Ended) -> dict[str, tuple[str, str]]:
    """Return action and reason of each file of a `--json` report, by its path in the plugin's folder."""
    found = {}
    for change in ended.json["changes"]:
        for each in change["files"]:
            found[each["path"].removeprefix(f"plugins/{change['plugin']}/")] = (each["action"], each["why"])
    return found


def departure(found: str, released: str) -> str:
    """Say how a file is neither the release's nor the user's own; empty where each line is of one of them.

    Args:
        found: What stands there. The user's own lines begin with `<mine`; one with `instead` in it took a line's place.
        released: What the release has.
    """
    lines, wanted = found.splitlines(), released.splitlines()
    own = [line for line in lines if line.startswith("<mine")]
    rest = [line for line in lines if not line.startswith("<mine")]
    stale = [line for line in rest if line not in wanted]
    if stale:
        return f"lines of another release: {stale}"
    missing = [line for line in wanted if line not in rest]
    if len(missing) > sum("instead" in line for line in own):
        return f"lines of the release are missing: {missing}"
    return "" if own or lines == wanted else "differs, and the user did nothing"

"""No history of releases, adds, edits and power cuts overwrites or deletes bytes that the user wrote."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from support.power import Power
from terra.cli.main import run

PATHS = ("main.tf", "variables.tf", "modules/a/main.tf", "README.md", "modules")
OWN = (*PATHS[:4], "backend.tf", "modules/a/own.tf")
TEXTS = ("# one\n", "# two\n", "# three\r\n", "", "# no newline")
CHOICES = ((), ("--skip-existing",), ("--overwrite",))


POWER = Power()


class History(RuleBasedStateMachine):
    """A workspace whose plugin changes, a project that adds it, and a user who edits; `mine` is what the user wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="history-"))
        self.before = (Path.cwd(), os.environ.get("TERRA_HOME"))
        self.project = self.root / "project"
        self.plugin = self.root / "packages" / "plugins" / "p"
        self.folder = self.project / "plugins" / "p"
        self.project.mkdir()
        self.plugin.mkdir(parents=True)
        (self.root / "registry.json").write_text('[{"name": "p", "source": "workspace:packages/plugins/p"}]')
        (self.plugin / "main.tf").write_text("# first\n")
        os.environ["TERRA_HOME"] = str(self.root / "home")
        os.chdir(self.project)
        self.mine: dict[str, bytes] = {}
        self.deleted: set[str] = set()

    def teardown(self) -> None:
        os.chdir(self.before[0])
        if self.before[1] is not None:
            os.environ["TERRA_HOME"] = self.before[1]
        shutil.rmtree(self.root)

    def terra(self, *words: str) -> tuple[int, Any]:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            code = run([*words, "--json"])
        return code, json.loads(out.getvalue() or "null")

    @rule(
        files=st.dictionaries(st.sampled_from(PATHS[:4]), st.sampled_from(TEXTS), max_size=3),
        text=st.sampled_from(TEXTS),
    )
    def release(self, files: dict[str, str], text: str) -> None:
        """The author changes the plugin: files come, go and change."""
        shutil.rmtree(self.plugin)
        for path, content in {**files, "outputs.tf": text}.items():
            target = self.plugin / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode())

    @rule(path=st.sampled_from(OWN), text=st.sampled_from(TEXTS))
    def write(self, path: str, text: str) -> None:
        """The user edits a file of the plugin, or makes one beside it."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        content = f"{text}mine".encode()
        target.write_bytes(content)
        self.mine[path] = content
        self.deleted.discard(path)

    @rule(path=st.sampled_from(OWN))
    def delete(self, path: str) -> None:
        """The user deletes a file."""
        (self.folder / path).unlink(missing_ok=True)
        self.mine.pop(path, None)
        self.deleted.add(path)

    @rule(choice=st.sampled_from(CHOICES))
    def add(self, choice: tuple[str, ...]) -> None:
        code, _ = self.terra("add", "p", *choice)
        assert code in (0, 6)
        assert code == 0 or not choice
        if code == 0:  # a release that moves leaves away what the user deleted and the release did not change
            self.deleted = {path for path in self.deleted if not (self.folder / path).exists()}
        self.settle(given_up="--overwrite" in choice and code == 0)

    @rule(choice=st.sampled_from(CHOICES), operations=st.integers(0, 130))
    def power_cut(self, choice: tuple[str, ...], operations: int) -> None:
        """The power goes at some file operation of an add; the next command finds what is left."""
        with POWER.lasting(self.root, operations):
            self.terra("add", "p", *choice)
        self.terra("list")
        if any((self.folder / path).exists() for path in self.deleted):
            self.deleted = {path for path in self.deleted if not (self.folder / path).exists()}
        self.settle(given_up="--overwrite" in choice)

    def settle(self, *, given_up: bool) -> None:
        """Forget what the user gave up with --overwrite: those bytes may be the plugin's now."""
        for path, content in list(self.mine.items()):
            target = self.folder / path
            if given_up and target.is_file() and target.read_bytes() != content:
                del self.mine[path]

    @invariant()
    def nothing_of_the_users_is_lost(self) -> None:
        for path, content in self.mine.items():
            assert (self.folder / path).is_file(), path
            assert (self.folder / path).read_bytes() == content, path

    @invariant()
    def the_project_is_whole(self) -> None:
        assert not (self.project / ".terra-journal").exists()
        code, report = self.terra("list")
        is_project = (self.project / "terra.toml").exists()
        assert code == (0 if is_project else 2)
        for plugin in report["plugins"] if is_project else ():
            assert set(plugin["edited"]) <= set(self.mine)
            assert set(plugin["missing"]) <= self.deleted


def test_no_history_loses_what_the_user_wrote() -> None:
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=60, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

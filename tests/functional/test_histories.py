"""No history of releases, adds, updates, syncs, removes, edits and power cuts loses a line that the user wrote."""

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
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from support.graph import Graph
from support.power import Power
from support.project import snapshot
from terra.cli.main import run

PATHS = ("main.tf", "variables.tf", "modules/a/main.tf", "renamed.tf")
OWN = ("backend.tf", "modules/a/own.tf")
KEEPING = ((), ("--skip-existing",), ("--merge",), ("--ours",))
CHOICES = (*KEEPING, ("--overwrite",), ("--theirs",))
COMMANDS = ("add", "update", "sync")
POWER = Power()


def text(number: int, changed: frozenset[int]) -> str:
    """Return one of some texts that are much alike, with some of its lines changed."""
    return "".join(f"line {each} {number if each in changed else ''}\n" for each in range(12))


class History(RuleBasedStateMachine):
    """Releases of `p`, which sometimes needs `q`; a project with it; a user whose every line can be told apart."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="history-"))
        self.before = (Path.cwd(), os.environ.get("TERRA_HOME"))
        self.project = self.root / "project"
        self.folder = self.project / "plugins" / "p"
        self.project.mkdir()
        self.graph = Graph(self.root / "here").add("q@0.1.0")
        self.releases = 0
        self.written = 0
        self.mine: set[str] = set()
        (self.project / "terra.toml").write_text('[registries.here]\nurl = "../here"\n\n[plugins]\np = "*" # mine\n')
        os.environ["TERRA_HOME"] = str(self.root / "home")
        os.chdir(self.project)
        self.publish({"main.tf": text(0, frozenset())}, needs=False)

    def teardown(self) -> None:
        os.chdir(self.before[0])
        if self.before[1] is not None:
            os.environ["TERRA_HOME"] = self.before[1]
        shutil.rmtree(self.root)

    def publish(self, files: dict[str, str], *, needs: bool) -> None:
        self.releases += 1
        held: dict[str, str | bytes] = {"outputs.tf": f"# {self.releases}\n", **files}
        self.graph.add(f"p@0.{self.releases}.0", {"q": "*"} if needs else {}, held).write()

    def terra(self, *words: str) -> tuple[int, Any]:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            code = run([*words, "--json"])
        return code, json.loads(out.getvalue() or "null")

    def texts(self) -> str:
        plugins = self.project / "plugins"
        return "\n".join(path.read_bytes().decode() for path in plugins.rglob("*") if path.is_file())

    def settle(self, choice: tuple[str, ...]) -> None:
        """Forget what the user gave up: only what such an option takes away."""
        if choice in (("--overwrite",), ("--theirs",)):
            held = self.texts()
            self.mine = {line for line in self.mine if line in held}

    @rule(
        files=st.dictionaries(st.sampled_from(PATHS), st.frozensets(st.integers(0, 11), max_size=2), max_size=3),
        needs=st.booleans(),
    )
    def release(self, files: dict[str, frozenset[int]], needs: bool) -> None:
        """The author publishes another version: files come, go, change, and are renamed."""
        self.publish({path: text(self.releases, lines) for path, lines in files.items()}, needs=needs)

    @rule(path=st.sampled_from((*PATHS, *OWN)), place=st.integers(0, 12), ending=st.sampled_from(["\n", "\r\n"]))
    def write(self, path: str, place: int, ending: str) -> None:
        """The user puts a line into a file, or makes one."""
        self.written += 1
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        lines = target.read_bytes().decode().splitlines(keepends=True) if target.exists() else []
        lines.insert(place, f"<mine {self.written}>{ending}")
        target.write_bytes("".join(lines).encode())
        self.mine.add(f"<mine {self.written}>")

    @rule(path=st.sampled_from((*PATHS, *OWN)))
    def delete(self, path: str) -> None:
        """The user deletes a file."""
        (self.folder / path).unlink(missing_ok=True)
        held = self.texts()
        self.mine = {line for line in self.mine if line in held}

    @rule(command=st.sampled_from(COMMANDS), choice=st.sampled_from(CHOICES))
    def command(self, command: str, choice: tuple[str, ...]) -> None:
        words = (command, *(["p"] if command == "add" else []), *choice)
        before = snapshot(self.project)
        code, report = self.terra(*words)
        assert code in (0, 6), report
        assert code == 0 or (not choice and snapshot(self.project) == before)
        self.settle(choice if code == 0 else ())
        if code == 0 and command == "sync":
            assert self.terra("sync", "--check")[0] == 0
        if code == 0 and command == "update":
            after = snapshot(self.project)
            assert self.terra("update")[0] == 0
            assert snapshot(self.project) == after, "an update to the same version changed something"

    @precondition(lambda self: (self.project / "terra.lock").exists())
    @rule()
    def remove(self) -> None:
        """It goes, and comes back with its line, which the user writes again."""
        manifest = (self.project / "terra.toml").read_bytes()
        assert self.terra("remove", "p")[0] == 0
        (self.project / "terra.toml").write_bytes(manifest)

    @rule(
        command=st.sampled_from((*COMMANDS, "remove")),
        choice=st.sampled_from(KEEPING),
        operations=st.integers(0, 170),
    )
    def power_cut(self, command: str, choice: tuple[str, ...], operations: int) -> None:
        """The power goes at some file operation; the next command finds what is left."""
        manifest = (self.project / "terra.toml").read_bytes()
        words = (command, *(["p"] if command in ("add", "remove") else []), *(choice if command != "remove" else ()))
        with POWER.lasting(self.root, operations):
            self.terra(*words)
        assert self.terra("list")[0] == 0
        (self.project / "terra.toml").write_bytes(manifest)

    @invariant()
    def nothing_of_the_users_is_lost(self) -> None:
        held = self.texts()
        lost = sorted(line for line in self.mine if line not in held)
        assert not lost, lost

    @invariant()
    def the_project_is_whole(self) -> None:
        assert not (self.project / ".terra-journal").exists()
        assert not list(self.project.rglob("*.before-terra*"))
        assert self.terra("list")[0] == 0


def test_no_history_loses_a_line_of_the_users() -> None:
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=60, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

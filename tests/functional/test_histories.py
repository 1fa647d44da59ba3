"""No history of releases, edits, commands, checkouts and power cuts loses a line that the user wrote, or makes one up.

The project is a git repository: files of one commit stand beside the lock of another, as after a merge or a checkout.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from support.graph import Graph
from support.living import departure
from support.power import Power
from support.project import snapshot, write_files
from terra.cli.main import run

if TYPE_CHECKING:
    import pytest

PATHS = ("main.tf", "variables.tf", "modules/a/main.tf", "renamed.tf")
RELEASED = (*PATHS, "outputs.tf")
OWN = ("backend.tf", "modules/a/own.tf")
KEEPING = ((), ("--skip-existing",), ("--merge",), ("--ours",))
GIVING_UP = (("--overwrite",), ("--theirs",))
COMMANDS = ("add", "update", "sync")
POWER = Power()
GIT = (
    "git",
    "-c",
    "user.name=terra",
    "-c",
    "user.email=terra@example.test",
    "-c",
    "core.fsync=none",
    "-c",
    "gc.auto=0",
)


def text(number: int, changed: frozenset[int]) -> str:
    """Return one of some texts that are much alike, with some of its lines changed."""
    return "".join(f"line {each} {number if each in changed else ''}\n" for each in range(12))


def terra(*words: str) -> tuple[int, Any]:
    """Run a command in this process; return its exit code and document."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = run([*words, "--json"])
    return code, json.loads(out.getvalue() or "null")


class History(RuleBasedStateMachine):
    """Releases of `p`, which sometimes needs `q`; a project with it; a user whose every line can be told apart.

    Of what the user did to the files, `mine` are the lines, `modes` the files made executable, `absent` those deleted,
    and `chosen` those of which a choice, or the user's own hand, made something else than release and edits.
    """

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="history-"))
        self.before = (Path.cwd(), os.environ.get("TERRA_HOME"))
        self.project = self.root / "project"
        self.folder = self.project / "plugins" / "p"
        self.project.mkdir()
        self.graph = Graph(self.root / "here").add("q@0.1.0")
        self.releases = 0
        self.files: dict[str | None, dict[str, str]] = {}
        self.written = 0
        self.mine: set[str] = set()
        self.modes: set[str] = set()
        self.absent: set[str] = set()
        self.chosen: set[str] = set()
        self.commits: list[tuple[str, set[str], set[str]]] = []
        self.moved = False
        self.travelled = False
        (self.project / "terra.toml").write_text('[registries.here]\nurl = "../here"\n\n[plugins]\np = "*" # mine\n')
        os.environ["TERRA_HOME"] = str(self.root / "home")
        os.chdir(self.project)
        self.git("init", "--quiet", "--template=")
        self.publish({"main.tf": text(0, frozenset())}, needs=False, named=True)

    def teardown(self) -> None:
        os.chdir(self.before[0])
        if self.before[1] is not None:
            os.environ["TERRA_HOME"] = self.before[1]
        shutil.rmtree(self.root)

    def git(self, *words: str) -> str:
        return subprocess.run([*GIT, *words], cwd=self.project, check=True, capture_output=True, text=True).stdout

    def publish(self, files: dict[str, str], *, needs: bool, named: bool) -> None:
        """Publish a release; one that is not `named` holds nothing that says which it is."""
        self.releases += 1
        held: dict[str, str | bytes] = {"outputs.tf": f"# {self.releases if named else 'a release'}\n", **files}
        self.files[f"0.{self.releases}.0"] = {path: str(data) for path, data in held.items()}
        self.graph.add(f"p@0.{self.releases}.0", {"q": "*"} if needs else {}, held).write()

    def standing(self) -> set[str]:
        return {each.relative_to(self.folder).as_posix() for each in self.folder.rglob("*") if each.is_file()}

    def texts(self) -> str:
        plugins = self.project / "plugins"
        return "\n".join(path.read_bytes().decode() for path in plugins.rglob("*") if path.is_file())

    def is_edited(self, path: str) -> bool:
        """Tell whether a file that stands there is not for terra alone to say."""
        return path in self.modes | self.chosen or "<mine" in (self.folder / path).read_bytes().decode()

    def is_untouched(self) -> bool:
        return not self.absent and not any(self.is_edited(path) for path in self.standing())

    @property
    def locked(self) -> str | None:
        """The version of `p` in the lock."""
        path = self.project / "terra.lock"
        plugins = tomllib.loads(path.read_text()).get("plugin", []) if path.exists() else []
        return next((each["id"].partition("@")[2] for each in plugins if each["id"].startswith("p@")), None)

    def departures(self) -> dict[str, str]:
        """Say of each file how it is neither the locked release's nor the user's."""
        there = self.standing()
        released = self.files[self.locked]
        found = dict.fromkeys(released.keys() - there - self.absent, "is missing")
        found |= {path: "is left behind" for path in there - released.keys() if not self.is_edited(path)}
        for path in there & released.keys():
            found[path] = departure((self.folder / path).read_bytes().decode(), released[path])
        return {path: why for path, why in found.items() if why}

    def settle(self, choice: tuple[str, ...]) -> None:
        """Look at the files after a command that did something; forget what its choice gave up, and only that."""
        held, there = self.texts(), self.standing()
        if choice in GIVING_UP:
            self.mine = {line for line in self.mine if line in held}
            self.modes = {path for path in self.modes & there if os.access(self.folder / path, os.X_OK)}
        self.absent = (self.absent - there) & self.files[self.locked].keys()
        departures = self.departures()
        self.chosen &= departures.keys() | there - self.files[self.locked].keys()
        if choice in KEEPING[1:]:
            self.chosen |= departures.keys() & there
            self.absent |= departures.keys() - there
        wrong = {path: why for path, why in departures.items() if path not in self.chosen | self.absent}
        assert not wrong, f"{wrong} under the lock of {self.locked}"

    def verify(self) -> int:
        """Nothing differs from the lock but what the user did; a checkout may have taken all of `q`, as a user may."""
        code, report = terra("verify", "--offline")
        wrong = [each for each in report["findings"] if each["exit"]]
        # What was accepted in the lock of one commit may not be in the files of another.
        seen = [each for each in wrong if not (self.travelled and each["why"].startswith("its accepted edit is not"))]
        paths = [str(each["path"]).removeprefix("plugins/p/") for each in seen if each["plugin"] != "q"]
        there = self.standing()
        unknown = [path for path in paths if not (self.is_edited(path) if path in there else path in self.absent)]
        assert not unknown, (unknown, report)
        assert code == (7 if wrong else 0), report
        return code

    def commit(self) -> None:
        self.moved = False
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")
        self.commits.append((self.git("rev-parse", "HEAD").strip(), {*self.absent}, {*self.chosen}))

    @rule(
        files=st.dictionaries(st.sampled_from(PATHS), st.frozensets(st.integers(0, 11), max_size=2), max_size=3),
        needs=st.booleans(),
        named=st.booleans(),
    )
    def release(self, files: dict[str, frozenset[int]], needs: bool, named: bool) -> None:
        """The author publishes another version: files come, go, change, and are renamed."""
        self.publish({path: text(self.releases, lines) for path, lines in files.items()}, needs=needs, named=named)

    @rule(path=st.sampled_from((*RELEASED, *OWN)), place=st.integers(0, 12), ending=st.sampled_from(["\n", "\r\n"]))
    def write(self, path: str, place: int, ending: str) -> None:
        """The user puts a line into a file, or makes one."""
        self.written += 1
        target = self.folder / path
        if not target.exists():
            self.chosen.add(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        lines = target.read_bytes().decode().splitlines(keepends=True) if target.exists() else []
        lines.insert(place, f"<mine {self.written}>{ending}")
        target.write_bytes("".join(lines).encode())
        self.absent.discard(path)
        self.mine.add(f"<mine {self.written}>")

    @rule(path=st.sampled_from(RELEASED), place=st.integers(0, 11))
    def replace_line(self, path: str, place: int) -> None:
        """The user changes a line, the release's or an own one."""
        target = self.folder / path
        if not target.exists():
            return
        self.written += 1
        lines = target.read_bytes().decode().splitlines(keepends=True)
        lines[place % len(lines)] = f"<mine {self.written}> instead\n"
        target.write_bytes("".join(lines).encode())
        held = self.texts()
        self.mine = {*(line for line in self.mine if line in held), f"<mine {self.written}>"}

    @rule(path=st.sampled_from((*RELEASED, *OWN)))
    def delete(self, path: str) -> None:
        """The user deletes a file."""
        if not (self.folder / path).exists():
            return
        (self.folder / path).unlink()
        self.absent |= {path} & {*RELEASED}
        self.modes.discard(path)
        held = self.texts()
        self.mine = {line for line in self.mine if line in held}

    @rule(path=st.sampled_from(RELEASED))
    def chmod(self, path: str) -> None:
        """The user makes a file executable."""
        if (self.folder / path).exists():
            (self.folder / path).chmod(0o755)
            self.modes.add(path)

    @rule()
    def forget_home(self) -> None:
        """The cache is emptied, or the project is on another machine."""
        shutil.rmtree(self.root / "home", ignore_errors=True)

    @precondition(lambda self: len(self.commits) > 1)
    @rule(back=st.integers(1, 3))
    def checkout_lock(self, back: int) -> None:
        """The lock of an earlier commit comes, and the files stay."""
        commit, _, _ = self.commits[max(0, len(self.commits) - 1 - back)]
        self.git("restore", f"--source={commit}", "--", "terra.lock")
        self.moved = self.travelled = True

    @precondition(lambda self: len(self.commits) > 1)
    @rule(back=st.integers(1, 3))
    def checkout_files(self, back: int) -> None:
        """The files of an earlier commit come, and the lock stays."""
        commit, absent, chosen = self.commits[max(0, len(self.commits) - 1 - back)]
        shutil.rmtree(self.project / "plugins", ignore_errors=True)
        self.git("restore", f"--source={commit}", "--", "plugins")
        self.absent, self.chosen = ({*absent}, {*chosen}) if self.locked else ({*RELEASED}, self.standing())
        self.mine = {line.partition(">")[0] + ">" for line in self.texts().splitlines() if line.startswith("<mine")}
        self.modes = {path for path in self.standing() if os.access(self.folder / path, os.X_OK)}
        self.moved = self.travelled = True

    @rule(command=st.sampled_from(COMMANDS), choice=st.sampled_from((*KEEPING, (), *GIVING_UP)))
    def command(self, command: str, choice: tuple[str, ...]) -> None:
        before, is_untouched = snapshot(self.project), self.is_untouched()
        was_green = not choice and self.locked is not None and not self.moved and self.verify() == 0
        code, report = terra(command, *(["p"] if command == "add" else []), *choice)
        assert code in (0, 6), report
        assert code == 0 or (not choice and not is_untouched and snapshot(self.project) == before), report
        if code:
            return
        self.settle(choice)
        is_clean = self.verify() == 0
        assert is_clean or not (was_green or (is_untouched and command == "sync" and not self.travelled)), (
            "it was as locked and accepted before"
        )
        if command == "sync" and not (self.moved and choice == ("--skip-existing",)):  # it leaves another release's
            assert terra("sync", "--check")[0] == 0
        if command == "update":
            after = snapshot(self.project)
            assert terra("update")[0] == 0
            assert snapshot(self.project) == after, "an update to the same version changed something"
        self.commit()

    @precondition(lambda self: self.locked is not None and not self.moved)
    @rule()
    def accept(self) -> None:
        """The user's edits are meant to be there, unless conflict markers are among them."""
        code, report = terra("accept", "p")
        assert code in (0, 2), report
        assert code == 2 or self.verify() == 0

    @precondition(lambda self: self.locked is not None)
    @rule()
    def remove(self) -> None:
        """It goes, and comes back with its line, which the user writes again."""
        manifest = (self.project / "terra.toml").read_bytes()
        assert terra("remove", "p")[0] == 0
        there = self.standing()
        assert self.moved or all(self.is_edited(path) for path in there), there
        (self.project / "terra.toml").write_bytes(manifest)
        self.absent, self.chosen = {*RELEASED}, there  # for a lock of before, they were deleted

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
            terra(*words)
        assert terra("list")[0] == 0
        (self.project / "terra.toml").write_bytes(manifest)
        if self.locked is None:
            self.absent, self.chosen = {*RELEASED}, self.standing()
        elif choice and command != "remove":
            self.settle(choice)

    @invariant()
    def nothing_of_the_users_is_lost(self) -> None:
        held = self.texts()
        lost = sorted(line for line in self.mine if line not in held)
        assert not lost, lost
        self.modes &= self.standing()
        lost = sorted(path for path in self.modes if not os.access(self.folder / path, os.X_OK))
        assert not lost, f"no longer executable: {lost}"

    @invariant()
    def the_project_is_whole(self) -> None:
        assert not (self.project / ".terra-journal").exists()
        assert not list(self.project.rglob("*.before-terra*"))
        assert terra("list")[0] == 0


def test_no_history_loses_a_line_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # this machine does not go down: the disk need not be waited for
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=50,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate),  # shrinking runs commands by the thousand
        ),
    )


NAMES = st.sampled_from(["a", "b.tf", "c", "main.tf", "ü.md", "d e.txt"])
PLACES = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
TREES = st.dictionaries(PLACES, st.binary(max_size=40), max_size=5)


def fitting(tree: dict[str, bytes], other: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files of a tree that can stand beside each other and beside those of another."""
    found: dict[str, bytes] = {}
    for path, data in tree.items():
        taken = {*found, *other}
        if not any(f"{path}/".startswith(f"{each}/") or each.startswith(f"{path}/") for each in taken):
            found[path] = data
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(released=TREES, mine=TREES, is_first=st.booleans(), has_folder=st.booleans())
def test_remove_after_add_restores_the_folder(
    released: dict[str, bytes], mine: dict[str, bytes], is_first: bool, has_folder: bool
) -> None:
    """Whatever the release holds, and whatever of the user's stands beside it, in the same folders too."""
    released = {**fitting(released, {}), "outputs.tf": b""}
    before = (Path.cwd(), os.environ["TERRA_HOME"])
    with tempfile.TemporaryDirectory(prefix="restored-") as root:
        project = Path(root, "project")
        Graph(Path(root, "here")).add("p@0.1.0", {"q": "*"}, dict(released)).add("q@0.1.0").add("r@0.1.0").write()
        project.mkdir()
        (project / "terra.toml").write_text('# mine\n[registries.here]\nurl = "../here"\n\n[plugins]\n')
        os.environ["TERRA_HOME"] = str(Path(root, "home"))
        os.chdir(project)
        try:
            assert is_first or terra("add", "r")[0] == 0
            write_files(project / "plugins/p", dict(fitting(mine, released)))
            (project / ("plugins/own" if has_folder else "own")).mkdir(parents=True)
            was = snapshot(project)
            assert terra("add", "p")[0] == 0
            assert snapshot(project) != was
            assert terra("remove", "p")[0] == 0
            now = snapshot(project)
            if is_first:  # a lock without plugins stays
                assert not tomllib.loads((project / "terra.lock").read_text()).get("plugin")
                del now["terra.lock"]
            assert {path: now.get(path) for path in {*now, *was} if now.get(path) != was.get(path)} == {}
        finally:
            os.chdir(before[0])
            os.environ["TERRA_HOME"] = before[1]

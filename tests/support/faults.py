"""Run one command again and again, each time failing at the next operation on a file.

    python faults.py SCENARIO.json

Python's audit events name every call that opens, renames, links, makes or removes a file, so no
operation has to be known in advance; `os.fsync` is counted by a wrapper. For each operation the
command runs in a fork, on a fresh copy of project and home, and there either dies (`kill`) or is told
`ENOSPC` (`raise`). Prints one JSON document with what was not as it must be.

What a death leaves is what is on the disk at that moment. So one run is enough for all of them: before each
operation the disk is copied where it is in a state that was not seen yet, byte for byte, modes and hard links too.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from support.project import snapshot  # noqa: E402

KILLED = 137
EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.chmod", "os.truncate", "os.scandir"}


class Fault:
    """Counts operations below the roots and fails at one of them."""

    def __init__(self, roots: tuple[str, ...], at: int, mode: str) -> None:
        self.roots, self.at, self.mode = roots, at, mode
        self.count = 0
        self.fired = ""

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in EVENTS and any(isinstance(each, (str, bytes)) and self.is_ours(each) for each in arguments[:2]):
            self.step(f"{event} {arguments[:2]}")

    def is_ours(self, path: str | bytes) -> bool:
        return os.fsdecode(path).startswith(self.roots)

    def step(self, what: str) -> None:
        self.count += 1
        if self.count != self.at:
            return
        if self.mode == "kill":
            os._exit(KILLED)
        self.fired = what
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), what)


def run_in_fork(argv: list[str], place: Path, fault: Fault | None) -> tuple[int, dict[str, Any]]:
    """Run the command in a fork; return its exit code and what the fork had to say."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _child(argv, place, fault, writing)
    os.close(writing)
    with os.fdopen(reading) as stream:
        said = stream.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), json.loads(said) if said else {}


def _child(argv: list[str], place: Path, fault: Fault | None, writing: int) -> None:
    code = 99
    try:
        os.environ["TERRA_HOME"] = str(place / "home")
        os.chdir(place / "work" / "project")
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        from terra.cli.main import run

        if fault is not None:
            sys.addaudithook(fault)
            fsync = os.fsync

            def counted(descriptor: int) -> None:
                fault.step("fsync")
                fsync(descriptor)

            os.fsync = counted
        code = run(argv)
        if fault is not None:
            fault.at = -1
            os.write(writing, json.dumps({"count": fault.count, "fired": fault.fired}).encode())
    except BaseException:  # noqa: BLE001  # whatever happens, the fork ends here
        os.write(writing, json.dumps({"traceback": traceback.format_exc()}).encode())
    finally:
        os._exit(code)


def fresh(origin: Path, place: Path) -> Path:
    """Lay a copy of the starting state, hard links, links and modes as they are."""
    if place.exists():
        shutil.rmtree(place)
    _copy(str(origin), str(place), {})
    return place


def _copy(source: str, target: str, linked: dict[int, str]) -> None:
    os.mkdir(target)
    for entry in os.scandir(source):
        copy = os.path.join(target, entry.name)
        status = entry.stat(follow_symlinks=False)
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), copy)
        elif entry.is_dir():
            _copy(entry.path, copy, linked)
        elif status.st_nlink > 1 and status.st_ino in linked:
            os.link(linked[status.st_ino], copy)
        else:
            shutil.copyfile(entry.path, copy)
            os.chmod(copy, status.st_mode)
            linked[status.st_ino] = copy


def explore(scenario: dict[str, Any]) -> dict[str, Any]:
    """Fail at every operation of the scenario's command in turn."""
    origin, scratch = Path(scenario["origin"]), Path(scenario["scratch"])
    argv, precious = scenario["argv"], set(scenario["precious"])
    place = fresh(origin, scratch / "place")
    before = snapshot(place / "work")
    code, _ = run_in_fork(argv, place, None)
    after = snapshot(place / "work")
    problems = [] if code == 0 and after != before else [f"the scenario itself ended with {code}"]
    checked = 0
    if "kill" in scenario["modes"]:
        checked, found = killed(argv, origin, scratch, before, after, precious, nested=bool(scenario.get("nested")))
        problems += found
    for at in range(1, 5_000 if "raise" in scenario["modes"] else 0):
        place = fresh(origin, scratch / "place")
        fault = Fault((str(place),), at, "raise")
        code, said = run_in_fork(argv, place, fault)
        if code == 0 and not said.get("fired") and said.get("count", 0) < at:
            break
        checked += 1
        label = f"raise at {at} ({said.get('fired')})"
        if code not in (0, 1, 4, *scenario.get("refusals", ())):
            problems.append(f"{label}: exit {code}")
        problems += [f"{label}: {each}" for each in judge(place, code, said, "raise", before, after, precious)]
    return {"checked": checked, "problems": problems}


def judge(
    place: Path,
    code: int,
    said: dict[str, Any],
    mode: str,
    before: dict[str, str],
    after: dict[str, str],
    precious: set[str],
) -> list[str]:
    """Say what is wrong with the project after a fault, as it stands and after the next command."""
    problems = []
    if "traceback" in said:
        problems.append(said["traceback"])
    now = snapshot(place / "work")
    lost = precious - set(now.values())
    if lost:
        problems.append(f"bytes of the user's are nowhere: {lost}")
    if code == 0:  # done, and only the journal's own folder could not be removed: the next command does
        now = {path: digest for path, digest in now.items() if "/.terra-journal/" not in path}
    fired = said.get("fired", "")
    if fired.startswith("os.rmdir") and ".terra-journal" not in fired:  # what the system keeps of an empty folder stays
        now, after = ({**each, **folders_of(before)} for each in (now, after))
    if mode == "raise" and now not in (before, after):
        problems.append(f"the project is neither as before nor as after: {difference(now, before)}")
    if mode == "raise" and code == 0 and now != after:
        problems.append("exit 0, and the project is not as after")
    if mode == "raise" and code != 0 and now != before:
        problems.append("a failure, and the project is not as before")
    if not (place / "work/project/.terra-journal").exists():
        return problems if now in (before, after) else [*problems, f"no journal, and {difference(now, before)}"]
    code, _ = run_in_fork(["list"], place, None)
    then = snapshot(place / "work")
    is_project = (place / "work/project/terra.toml").exists()  # undone, it may be none
    if code != (0 if is_project else 2) or then not in (before, after):
        problems.append(f"the next command ended with {code} and left {difference(then, before)}")
    return problems


def killed(
    argv: list[str],
    origin: Path,
    scratch: Path,
    before: dict[str, str],
    after: dict[str, str],
    precious: set[str],
    *,
    nested: bool,
) -> tuple[int, list[str]]:
    """Judge every state that the disk is in when the command dies, and where `nested` the next command too."""
    place, seen = scratch / "place", set[str]()
    count, waiting = states(argv, origin, place, scratch / "killed", seen)
    problems = []
    for crashed in waiting:
        label = f"killed before operation {crashed.name.partition('-')[0]}"
        fresh(crashed, place)
        problems += [f"{label}: {each}" for each in judge(place, KILLED, {}, "kill", before, after, precious)]
        if not nested or not (crashed / "work/project/.terra-journal").exists():
            continue
        again, twice = states(["list"], crashed, place, scratch / "twice", seen)
        count += again
        for each in twice:
            fresh(each, place)
            found = judge(place, KILLED, {}, "kill", before, after, precious)
            problems += [f"{label}, and recovery before {each.name.partition('-')[0]}: {one}" for one in found]
    return count, problems


def states(argv: list[str], origin: Path, place: Path, kept: Path, seen: set[str]) -> tuple[int, list[Path]]:
    """Run a command once; return how many operations it did, and copies of the states before them that are new."""
    fresh(origin, place)
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    _, said = run_in_fork(argv, place, Witness(place, kept, seen))
    found = sorted(kept.iterdir(), key=lambda each: int(each.name.partition("-")[0]))
    seen.update(each.name.partition("-")[2] for each in found)
    return said.get("count", 0), found


class Witness(Fault):
    """Before each operation, keeps a copy of the disk as a death at that moment would leave it, if that is new."""

    def __init__(self, place: Path, kept: Path, seen: set[str]) -> None:
        super().__init__((str(place),), -1, "witness")
        self.place, self.kept, self.seen = place, kept, seen
        self.is_looking = False

    def step(self, what: str) -> None:
        """Look at the disk; what the look itself does on it does not count."""
        if self.is_looking:
            return
        self.is_looking = True
        super().step(what)
        key = state_of(self.place)
        if key not in self.seen:
            self.seen.add(key)
            _copy(str(self.place), str(self.kept / f"{self.count}-{key}"), {})
        self.is_looking = False


def state_of(place: Path) -> str:
    """Return what tells one state of the disk from another: bytes, modes, and which files are one by hard links."""
    digest = hashlib.sha256()
    first: dict[int, str] = {}
    for path, held in sorted(snapshot(place).items()):
        status = os.lstat(place / path)
        one = first.setdefault(status.st_ino, path)
        digest.update(f"{path} {held} {status.st_mode:o} {one}\n".encode())
    return digest.hexdigest()


def folders_of(found: dict[str, str]) -> dict[str, str]:
    """Return the folders alone."""
    return {path: what for path, what in found.items() if path.endswith("/")}


def difference(now: dict[str, str], before: dict[str, str]) -> str:
    """Return the paths that differ."""
    return ", ".join(sorted(path for path in {*now, *before} if now.get(path) != before.get(path)))


if __name__ == "__main__":
    import terra.cli.changing
    import terra.cli.verbs
    import terra.commands.add
    import terra.commands.remove
    import terra.commands.sync
    import terra.commands.update
    import terra.index.locate
    import terra.plugins.host
    import terra.vendor.merging
    import terra.wiring  # noqa: F401  # imported once, so that the forks start at once

    print(json.dumps(explore(json.loads(Path(sys.argv[1]).read_text())), indent=1))

"""Other programs: what they print, and that nothing of one is left whatever ends it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from terra.errors import SystemFailureError
from terra.ports import Command
from terra.system.process import SubprocessRunner

SLEEPER = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
{then}
"""


def python(code: str, *words: str, **facts: object) -> Command:
    return Command((sys.executable, "-I", "-c", code, *words), **facts)  # type: ignore[arg-type]


def is_gone(pid: int) -> bool:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_what_it_prints_and_how_it_ends() -> None:
    ended = SubprocessRunner().run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"))
    assert (ended.exit, ended.out.strip(), ended.err.strip()) == (3, "out", "err")


def test_it_sees_only_the_environment_that_it_is_given() -> None:
    code = "import os; print(sorted(os.environ))"
    ended = SubprocessRunner().run(python(code, environment={"ONLY": "this", "LC_ALL": "C.UTF-8"}))
    assert ended.out.strip() == "['LC_ALL', 'ONLY']"


def test_it_cannot_ask() -> None:
    ended = SubprocessRunner().run(python("import sys; print(repr(sys.stdin.read())); open('/dev/tty')"))
    assert ended.out.strip() == "''"
    assert "No such device" in ended.err


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(SystemFailureError, match="no-such-program"):
        SubprocessRunner().run(Command(("no-such-program",)))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("then", ["time.sleep(600)", "print('x' * (5 << 20), flush=True); time.sleep(600)"])
def test_nothing_is_left_of_one_that_is_ended(tmp_path: Path, then: str) -> None:
    noted = tmp_path / "pid"
    with pytest.raises(SystemFailureError, match=r"did not end|printed more"):
        SubprocessRunner().run(python(SLEEPER.format(then=then), str(noted), timeout=5, limit=1 << 20))
    assert is_gone(int(noted.read_text()))


def test_a_lot_on_both_streams_is_read_whole() -> None:
    code = "import sys\nfor _ in range(64): sys.stdout.write('o' * 65536); sys.stderr.write('e' * 65536)"
    ended = SubprocessRunner().run(python(code))
    assert (len(ended.out), len(ended.err)) == (64 * 65536, 64 * 65536)

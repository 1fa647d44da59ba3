"""What a command imports is what its start costs: read from a run of the interpreter, without a clock."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from support.project import Terra, Workspace

HEAVY = ("urllib3", "tree_sitter", "tomlkit", "rich", "pluggy", "resolvelib", "ssl", "argparse", "json", "tomllib")
NETWORK_AND_ARCHIVES = ("urllib3", "tree_sitter", "tree_sitter_hcl", "tomlkit", "rich", "ssl", "zipfile", "tarfile")


def imported(folder: Path, *words: str) -> set[str]:
    """Run `python -X importtime -m terra` and return the modules that it imported."""
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "terra", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    lines = [line for line in ended.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; the server is gone when the context ends."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def found_in(modules: set[str], *names: str) -> set[str]:
    return {each for each in modules for name in names if each == name or each.startswith(f"{name}.")}


def test_the_measure_sees_imports(isolated: Path):
    (isolated / "work/terra.toml").write_text("[plugins]\n")
    assert found_in(imported(isolated / "work", "list"), "argparse", "terra.cli.main")


def test_the_version_imports_nothing_heavy(isolated: Path):
    for word in ("--version", "-V"):
        modules = imported(isolated / "work", word)
        assert found_in(modules, *HEAVY) == set()
        assert found_in(modules, "terra") <= {"terra", "terra.__main__"}


def test_the_version_after_other_words_imports_no_room(isolated: Path):
    modules = imported(isolated / "work", "--version", "--offline")
    assert found_in(modules, "terra.wiring", "terra.commands", "terra.store", "rich", "urllib3") == set()


def test_an_add_of_what_is_locked_and_cached_imports_neither_network_nor_archives(
    terra: Terra, workspace: Workspace, isolated: Path
):
    path, checksum = workspace.archive("aws-s3", {"main.tf": 'variable "x" {}\n'})
    with served(path.parent) as address:
        source = f"{address}/{path.name}"
        workspace.write([{"name": "aws-s3", "version": "0.1.0", "source": source, "checksum": checksum}])
        terra("add", "aws-s3", "--registry", str(workspace.registry))
    modules = imported(isolated / "work", "add", "aws-s3")
    assert found_in(modules, "terra.vendor.plan")
    assert found_in(modules, *NETWORK_AND_ARCHIVES, "terra.archive.reader", "terra.hcl", "terra.system.http") == set()


def test_help_draws_nothing_where_nobody_looks(isolated: Path):
    assert found_in(imported(isolated / "work", "--help"), "rich", "rich_argparse", "urllib3", "terra.wiring") == set()

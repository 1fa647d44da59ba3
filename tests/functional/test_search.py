"""`terra search`, over every configured registry."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bench.catalogue import MADE_UP, plugins, write_simple, write_tree
from support.project import Terra, Workspace


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder on loopback; yield the origin and the paths that were asked for."""
    seen: list[str] = []

    class Noting(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            super().do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Noting, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()


def entry(description: str = "", tags: tuple[str, ...] = (), provider: str | None = None) -> dict[str, Any]:
    versions = {"1.0.0": {"source": "archives/x.zip"}}
    return {
        "description": description,
        "tags": list(tags),
        "provider": provider,
        "latest": "1.0.0",
        "versions": versions,
    }


BUCKETS = {
    "aws-s3": entry("Private bucket", ("aws", "storage"), "aws"),
    "bucket": entry("Any object store"),
    "my-company/logs": entry("Bucket of logs", ("storage",)),
    "aws-sqs": entry("Queue", ("aws",), "aws"),
}


def configure(terra: Terra, *registries: tuple[str, str, str]) -> None:
    """Write a project with these registries: label, url, and further lines."""
    tables = "".join(f'\n[registries.{label}]\nurl = "{url}"\n{more}\n' for label, url, more in registries)
    (terra.cwd / "terra.toml").write_text(f'[project]\nname = "p"\n\n[plugins]\n{tables}')


def names(terra: Terra, *words: str, **environment: str) -> list[str]:
    return [each["name"] for each in terra("search", "--json", *words, **environment).json["results"]]


@pytest.mark.parametrize("write", [write_simple, write_tree])
def test_the_exact_name_comes_first_in_either_form(terra: Terra, tmp_path: Path, write: Any) -> None:
    write(tmp_path / "r", BUCKETS)
    configure(terra, ("acme", str(tmp_path / "r"), ""))
    for _ in range(2):
        ended = terra("search", "Bucket")
        assert ended.out.splitlines() == [
            "bucket           1.0.0  Any object store",
            "aws-s3           1.0.0  Private bucket",
            "my-company/logs  1.0.0  Bucket of logs",
        ]
    (first, *_) = terra("search", "--json", "aws-s3").json["results"]
    assert first == {
        "name": "aws-s3",
        "description": "Private bucket",
        "latest": "1.0.0",
        "tags": ["aws", "storage"],
        "provider": "aws",
        "registry": "acme",
        "deprecated": None,
    }


def test_words_tags_and_provider_all_narrow(terra: Terra, tmp_path: Path) -> None:
    write_tree(tmp_path / "r", BUCKETS)
    configure(terra, ("acme", str(tmp_path / "r"), ""))
    assert names(terra, "--tag", "storage") == ["aws-s3", "my-company/logs"]
    assert names(terra, "--tag", "storage", "--tag", "aws") == ["aws-s3"]
    assert names(terra, "--provider", "aws", "queue") == ["aws-sqs"]
    assert names(terra, "bucket", "private") == ["aws-s3"]
    assert names(terra, "bucket", TERRA_TAG="storage") == ["aws-s3", "my-company/logs"]


def test_nothing_found_is_no_error(terra: Terra, tmp_path: Path) -> None:
    write_tree(tmp_path / "r", BUCKETS)
    configure(terra, ("acme", str(tmp_path / "r"), ""))
    ended = terra("search", "balloon", "big")
    assert ended.out == "Nothing in `acme` answers `balloon` `big`: all of it must be there, so less finds more.\n"
    assert terra("search", "balloon", "--json").json["results"] == []


def test_without_a_query_everything_is_listed(terra: Terra, tmp_path: Path) -> None:
    write_tree(tmp_path / "r", BUCKETS)
    configure(terra, ("acme", str(tmp_path / "r"), ""))
    assert names(terra) == ["aws-s3", "aws-sqs", "bucket", "my-company/logs"]
    write_tree(tmp_path / "none", {})
    configure(terra, ("acme", str(tmp_path / "none"), ""))
    assert terra("search").out == "Nothing is in `acme`.\n"


def test_without_a_registry_the_error_says_how_to_add_one(terra: Terra) -> None:
    assert "terra registry add" in terra("search", "bucket", exit=3).err


def test_a_registry_that_cannot_be_reached_hides_no_other(terra: Terra, tmp_path: Path) -> None:
    write_tree(tmp_path / "r", BUCKETS)
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    with served(tmp_path) as (origin, _):
        pass
    configure(terra, ("gone", f"{origin}/", ""), ("broken", str(broken), ""), ("acme", str(tmp_path / "r"), ""))
    ended = terra("search", "queue")
    assert "aws-sqs" in ended.out
    assert "`gone` was not searched" in ended.err
    assert "`broken` was not searched" in ended.err
    document = terra("search", "queue", "--json").json
    assert [each["registry"] for each in document["failed"]] == ["gone", "broken"]
    configure(terra, ("gone", f"{origin}/", ""), ("broken", str(broken), ""))
    assert terra("search", "queue", exit=4).out == ""


def test_a_registry_that_lists_nothing_is_not_searched_and_says_so_once(terra: Terra, tmp_path: Path) -> None:
    write_tree(tmp_path / "r", BUCKETS)
    index = ("index", "https://registry.example/", 'kind = "npm"')
    configure(terra, index, ("acme", str(tmp_path / "r"), ""))
    ended = terra("search", "queue")
    assert "aws-sqs" in ended.out
    assert ended.err.count("`index` was not searched: it does not list what it has") == 1
    configure(terra, index)
    assert "terra info NAME" in terra("search", "queue").out


def test_a_package_index_is_searched_by_the_names_on_its_root_page(terra: Terra, tmp_path: Path) -> None:
    (tmp_path / "simple").mkdir()
    links = "".join(f'<a href="{each}/">{each}</a>\n' for each in ("requests", "Terra_aws.s3", "terra-bucket-x"))
    (tmp_path / "simple" / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")
    with served(tmp_path) as (origin, seen):
        configure(terra, ("index", f"{origin}/simple/", 'kind = "pypi"'))
        assert [each["name"] for each in terra("search", "aws", "--json").json["results"]] == ["aws-s3"]
        assert terra("search", "requests", "--json").json["results"] == []
        assert {*seen} == {"/simple/"}
        assert names(terra, "bucket", "--offline") == ["bucket-x"]


def test_a_package_index_of_everything_there_is_is_not_read(terra: Terra, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_bytes(b"<a>terra-aws-s3</a>" + b" " * (8 << 20))
    with served(tmp_path) as (origin, _):
        configure(terra, ("index", f"{origin}/", 'kind = "pypi"'))
        assert "`index` was not searched" in terra("search", "aws").err


def test_a_search_in_what_was_kept_imports_neither_network_nor_plugin_host(terra: Terra, tmp_path: Path) -> None:
    write_tree(tmp_path / "r", BUCKETS)
    with served(tmp_path) as (origin, _):
        configure(terra, ("acme", f"{origin}/r/", ""))
        terra("search", "queue")
    argv = [sys.executable, "-X", "importtime", "-m", "terra", "search", "queue"]
    ended = subprocess.run(argv, cwd=terra.cwd, capture_output=True, text=True, timeout=120, check=True)
    assert "aws-sqs" in ended.stdout
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in ended.stderr.splitlines()}
    assert imported & {"urllib3", "ssl", "pluggy", "tomlkit", "resolvelib", "rich", "packaging"} == set()


def test_of_a_name_the_first_registry_has_it_whether_it_answers_or_not(terra: Terra, tmp_path: Path) -> None:
    write_tree(tmp_path / "one", {"aws-s3": entry("Something else"), "vpc": entry("Network")})
    write_simple(tmp_path / "two", {"aws-s3": entry("Private bucket"), "vpc": entry("Network"), "gcs": entry("Bucket")})
    configure(terra, ("one", str(tmp_path / "one"), ""), ("two", str(tmp_path / "two"), ""))
    assert names(terra, "bucket") == ["gcs"]
    (vpc,) = terra("search", "network", "--json").json["results"]
    assert vpc["registry"] == "one"
    assert names(terra, "bucket", "--registry", "two") == ["aws-s3", "gcs"]


def test_a_bound_name_is_shown_from_its_own_registry_alone(terra: Terra, tmp_path: Path) -> None:
    write_tree(tmp_path / "public", {"my-company/vpc": entry("A stranger's network"), "vpc": entry("Network")})
    write_tree(tmp_path / "corp", {"my-company/vpc": entry("Our network")})
    corp = ("corp", str(tmp_path / "corp"), 'namespaces = ["my-company"]')
    configure(terra, ("public", str(tmp_path / "public"), ""), corp)
    found = terra("search", "network", "--json").json["results"]
    assert [(each["name"], each["registry"]) for each in found] == [("my-company/vpc", "corp"), ("vpc", "public")]


def test_a_pinned_registry_is_refused_and_never_read_from_what_was_kept(terra: Terra, tmp_path: Path) -> None:
    write_tree(tmp_path / "r", BUCKETS)
    with served(tmp_path / "r") as (origin, seen):
        configure(terra, ("acme", f"{origin}/", ""))
        assert names(terra, "queue") == ["aws-sqs"]
        seen.clear()
        configure(terra, ("acme", f"{origin}/", f'root-sha256 = "{"ab" * 32}"'))
        for words in (("search", "queue"), ("add", "aws-sqs"), ("search", "queue", "--registry", f"{origin}/")):
            ended = terra(*words, exit=5)
            assert "signed registries are not there yet" in ended.err
        assert seen == []


def test_a_list_of_the_network_is_asked_for_once_in_ten_minutes(terra: Terra, tmp_path: Path) -> None:
    write_tree(tmp_path / "r", BUCKETS)
    write_simple(tmp_path / "s", BUCKETS)
    with served(tmp_path) as (origin, seen):
        configure(terra, ("tree", f"{origin}/r/", ""), ("simple", f"{origin}/s/registry.json", ""))
        assert names(terra, "queue") == ["aws-sqs"]
        assert len(seen) > 3
        seen.clear()
        assert names(terra, "queue") == ["aws-sqs"]
        assert seen == []
        _age(Path(os.environ["TERRA_HOME"]))
        assert names(terra, "queue") == ["aws-sqs"]
        assert sorted(seen) == ["/r/search/index.json", "/r/terra-registry.json", "/s/registry.json"]
    _age(Path(os.environ["TERRA_HOME"]))
    assert names(terra, "queue", "--offline") == ["aws-sqs"]


def _age(home: Path) -> None:
    """Let what was kept be old; the cache's own hash of it is kept right."""
    import hashlib

    for path in (home / "index").glob("*.json"):
        note = json.loads(path.read_text())
        if note["url"].startswith("the summaries of"):
            body = path.with_suffix(".body")
            head, _, lines = body.read_bytes().partition(b"\n")
            facts = {**json.loads(head), "read": 0}
            body.write_bytes(json.dumps(facts).encode() + b"\n" + lines)
            path.write_text(json.dumps({**note, "sha256": hashlib.sha256(body.read_bytes()).hexdigest()}))


def test_many_results_are_cut_for_a_person_and_whole_for_a_program(terra: Terra, tmp_path: Path) -> None:
    write_tree(tmp_path / "r", {f"vpc-{number}": entry() for number in range(60)})
    configure(terra, ("acme", str(tmp_path / "r"), ""))
    lines = terra("search", "vpc").out.splitlines()
    assert (len(lines), lines[-1]) == (51, "... and 10 more: search for another word as well, or see all with `-v`")
    assert len(terra("search", "vpc", "-v").out.splitlines()) == 60
    assert len(names(terra, "vpc")) == 60


def test_a_description_writes_no_lines_and_steers_no_terminal(terra: Terra, tmp_path: Path) -> None:
    write_tree(tmp_path / "r", {"vpc": entry("one\ntwo \x1b[31mred " + "x" * 100)})
    configure(terra, ("acme", str(tmp_path / "r"), ""))
    (line,) = terra("search", "vpc").out.splitlines()
    assert "\x1b" not in line
    assert line.endswith("x" * 100), "whole where it is piped"


def test_a_workspace_is_searched(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("labels", "naming")
    folder = workspace.folder / "project"
    folder.mkdir()
    assert [each["name"] for each in terra("search", "label", "--json", cwd=folder).json["results"]] == ["labels"]


@pytest.fixture(scope="module")
def large() -> dict[str, dict[str, Any]]:
    return plugins()


def test_a_large_registry_gives_the_same_in_either_form(
    terra: Terra, tmp_path: Path, large: dict[str, dict[str, Any]]
) -> None:
    assert len(large) >= MADE_UP
    write_tree(tmp_path / "tree", large, documents=False)
    write_simple(tmp_path / "simple", large)
    wanted = {name for name, each in large.items() if "bucket" in each["tags"]}
    one = next(name for name in sorted(large) if name.count("-") > 1)
    for words in (("--tag", "bucket"), (one,), ("cluster", "teams")):
        answers = []
        for form in ("tree", "simple"):
            found = terra("search", "--json", *words, "--registry", str(tmp_path / form)).json["results"]
            answers.append([{**each, "registry": ""} for each in found])
        assert answers[0] == answers[1]
        if words[0] == "--tag":
            assert {each["name"] for each in answers[0]} == wanted
        else:
            assert answers[0]
        if words == (one,):
            assert (answers[0][0]["name"], answers[0][0]["latest"]) == (one, large[one]["latest"])


def test_a_deprecated_plugin_is_marked(terra: Terra, tmp_path: Path) -> None:
    old = {**entry("Private bucket"), "deprecated": "use `store`"}
    write_simple(
        tmp_path / "r", {"bucket": old, "bucket-old": {**entry("Straße"), "deprecated": True}, "store": entry()}
    )
    configure(terra, ("acme", str(tmp_path / "r"), ""))
    found = terra("search", "--json").json["results"]
    assert [each["deprecated"] for each in found] == ["use `store`", "", None]
    for _ in range(2):
        assert terra("search").out.splitlines() == [
            "bucket      1.0.0  (deprecated: use `store`) Private bucket",
            "bucket-old  1.0.0  (deprecated) Straße",
            "store       1.0.0",
        ]
    assert terra("search", "STRASSE").out.startswith("bucket-old")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("columns", [60, 80])
def test_a_row_ends_where_the_terminal_does(terra: Terra, tmp_path: Path, columns: int) -> None:
    import pexpect

    description = "A bucket with all that anybody may ever want of one, and then some more of it, and more again"
    write_tree(tmp_path / "r", {"bucket": entry(description)})
    configure(terra, ("acme", str(tmp_path / "r"), ""))
    child = pexpect.spawn(
        str(terra.program),
        ["search", "bucket", "--color", "never"],
        cwd=str(terra.cwd),
        env={**os.environ, "COLUMNS": ""},
        dimensions=(24, columns),
    )
    child.expect(pexpect.EOF)
    child.close()
    (shown,) = [each for each in child.before.decode().splitlines() if each.startswith("bucket")]
    assert columns - 8 <= len(shown) <= columns
    assert shown.endswith("...")
    assert description in terra("search", "bucket").out

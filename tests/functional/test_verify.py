"""`terra verify`: whatever is not as the lock says is told, what it weighs is the exit code, and nothing is written."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import refused
from support.hostile_server import hostile_server
from support.project import snapshot, write_files
from support.releases import Releases, other_than

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

MAIN = 'variable "name" {\n  type = string\n}\n\n# the name\noutput "id" {\n  value = "a  b ${var.name}"\n}\n'
FORMATTED = MAIN.replace("type = string", "type    =   string").replace("# the name", "# the name  ")
FILES: dict[str, str | bytes] = {"main.tf": MAIN, "README.md": "# vpc\nit is\n"}


@pytest.fixture
def releases(terra: Terra, isolated: Path) -> Releases:
    """A registry `here` with vpc 0.1.0, which the project has."""
    found = Releases(isolated / "here")
    found.add("vpc", "0.1.0", FILES)
    (terra.cwd / "terra.toml").write_text('[registries.here]\nurl = "../here"\n')
    terra("add", "vpc", "--quiet")
    return found


def findings(terra: Terra, *words: str, exit: int = 0) -> list[dict[str, Any]]:
    """Run `verify` twice; it says the same again, and changes nothing anywhere but in the cache's index."""
    before = snapshot(terra.cwd)
    found: list[dict[str, Any]] = terra("verify", "--json", *words, exit=exit).json["findings"]
    assert terra("verify", "--json", *words, exit=exit).json["findings"] == found
    assert snapshot(terra.cwd) == before
    return found


def short(found: list[dict[str, Any]]) -> list[tuple[str, str | None, str]]:
    return [(each["kind"], each["path"], each["why"]) for each in found]


def vpc(terra: Terra, **files: str | bytes) -> Path:
    folder = terra.cwd / "plugins/vpc"
    write_files(folder, {name.replace("_tf", ".tf").replace("_md", ".md"): data for name, data in files.items()})
    return folder


def the_cache(kind: str) -> list[str]:
    """Return the files of one bucket of the cache."""
    root = os.path.join(os.environ["TERRA_HOME"], kind)
    files = [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names]
    return [path for path in files if not path.endswith((".tree", ".format"))]


def damage(path: str) -> None:
    os.chmod(path, 0o644)
    with open(path, "ab") as stream:
        stream.write(b"x")


def test_as_it_was_added(terra: Terra, releases: Releases) -> None:
    assert terra("verify").out == "1 plugin, 2 files: as terra.lock says\n"
    assert findings(terra) == []
    assert terra("verify", "--quiet").out == ""


def test_an_empty_project(terra: Terra) -> None:
    (terra.cwd / "terra.toml").write_text("")
    assert terra("verify").out == "0 plugins, 0 files: as terra.lock says\n"


def test_changed_missing_and_extra(terra: Terra, releases: Releases) -> None:
    folder = vpc(terra, main_tf="# mine\n", backend_tf="# own\n")
    (folder / "README.md").unlink()
    found = findings(terra, exit=7)
    assert short(found) == [
        ("missing", "plugins/vpc/README.md", ""),
        ("extra", "plugins/vpc/backend.tf", "yours"),
        ("changed", "plugins/vpc/main.tf", ""),
    ]
    assert [each["exit"] for each in found] == [7, 0, 7]
    assert found[2]["expected"].startswith("sha256-")
    assert found[2]["expected"] != found[2]["got"]
    out = terra("verify", exit=7).out
    assert [line.split()[0] for line in out.splitlines()[:3]] == ["missing", "extra", "changed"]
    assert "terra accept" in out
    assert "terra sync" in out


def test_files_of_ones_own_fail_nothing_but_an_audit(terra: Terra, releases: Releases) -> None:
    folder = vpc(terra, backend_tf="# own\n")
    write_files(folder, {".terraform/modules/modules.json": "{}", ".terraform.lock.hcl": "x"})
    assert short(findings(terra)) == [("extra", "plugins/vpc/backend.tf", "yours")]
    assert short(findings(terra, "--unmodified", exit=7)) == [("extra", "plugins/vpc/backend.tf", "")]


def test_line_endings_are_no_finding_and_told(terra: Terra, releases: Releases) -> None:
    vpc(terra, main_tf=MAIN.replace("\n", "\r\n"))
    document = terra("verify", "--json").json
    assert (document["findings"], document["line_endings"]) == ([], ["plugins/vpc/main.tf"])
    assert "1 file with other line endings: as terra.lock says" in terra("verify").out
    assert "plugins/vpc/main.tf: line endings only" in terra("verify", "-v").out


@pytest.mark.parametrize("text", [FORMATTED, FORMATTED.replace("\n", "\r\n")])
def test_formatting_is_said_to_be_that(terra: Terra, releases: Releases, text: str) -> None:
    vpc(terra, main_tf=text)
    assert short(findings(terra, exit=7)) == [("changed", "plugins/vpc/main.tf", "formatting only")]


def test_white_space_in_a_string_is_no_formatting(terra: Terra, releases: Releases) -> None:
    vpc(terra, main_tf=MAIN.replace("a  b", "a b"))
    assert short(findings(terra, exit=7)) == [("changed", "plugins/vpc/main.tf", "")]


def test_without_the_cache_formatting_cannot_be_told(terra: Terra, releases: Releases) -> None:
    vpc(terra, main_tf=FORMATTED)
    shutil.rmtree(os.environ["TERRA_HOME"])
    assert short(findings(terra, "--offline", exit=7)) == [("changed", "plugins/vpc/main.tf", "")]
    assert not os.path.exists(os.environ["TERRA_HOME"]), "looking makes no cache"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_mode(terra: Terra, releases: Releases) -> None:
    (terra.cwd / "plugins/vpc/main.tf").chmod(0o755)
    (found,) = findings(terra, exit=7)
    assert (found["expected"], found["got"], found["why"]) == ("644", "755", "mode only")


@pytest.mark.skipif(os.name != "posix", reason="links are POSIX's")
def test_a_link_in_place_of_a_file(terra: Terra, releases: Releases) -> None:
    path = terra.cwd / "plugins/vpc/main.tf"
    path.unlink()
    path.symlink_to("README.md")
    (found,) = findings(terra, exit=7)
    assert (found["got"], found["why"]) == ("link", "a link stands there, expected a file")


def test_the_lock_beside_terra_toml(terra: Terra, releases: Releases) -> None:
    manifest = terra.cwd / "terra.toml"
    manifest.write_text(manifest.read_text() + 'naming = "*"\n')
    (found,) = findings(terra, exit=7)
    assert (found["kind"], found["path"]) == ("lock", "terra.lock")
    assert "`naming` is not locked" in found["why"]


def test_a_damaged_cache(terra: Terra, releases: Releases) -> None:
    for path in (*the_cache("archives"), *the_cache("plugins/vpc/v0.1.0")):
        damage(path)
    assert [each["kind"] for each in findings(terra, exit=5)] == ["cache", "cache"]
    terra("cache", "prune")
    assert findings(terra) == [], "what the cache does not hold is no finding"


def test_what_contradicts_wins_over_what_differs(terra: Terra, releases: Releases) -> None:
    vpc(terra, main_tf="# mine\n")
    damage(the_cache("archives")[0])
    assert [each["exit"] for each in findings(terra, exit=5)] == [5, 7]


def test_a_formatted_file_beside_a_damaged_cache(terra: Terra, releases: Releases) -> None:
    """Looking may not mend: the second run says the same."""
    vpc(terra, main_tf=FORMATTED)
    damage(os.path.join(os.environ["TERRA_HOME"], "plugins/vpc/v0.1.0/main.tf"))
    assert [each["kind"] for each in findings(terra, exit=5)] == ["cache", "changed"]


def test_another_checksum_in_the_registry(terra: Terra, releases: Releases) -> None:
    releases.change("vpc", "0.1.0", checksum=other_than(releases.document))
    (found,) = findings(terra, exit=5)
    assert (found["kind"], found["plugin"]) == ("archive", "vpc")
    assert found["got"] == other_than(releases.document) or found["got"].startswith("sha256-")
    assert found["expected"] != found["got"]
    ended = terra("verify", "--offline")
    assert "registries were not asked" in ended.out


@pytest.mark.parametrize("reason", [True, "a bucket that anyone may read"])
def test_a_yank_is_told_and_fails_nothing(terra: Terra, releases: Releases, reason: object) -> None:
    releases.change("vpc", "0.1.0", yanked=reason)
    (found,) = findings(terra)
    assert (found["kind"], found["exit"]) == ("yanked", 0)
    assert "vpc@0.1.0" in terra("verify").out
    assert reason is True or str(reason) in terra("verify").out


def test_a_version_that_is_gone(terra: Terra, releases: Releases) -> None:
    releases.add("vpc", "0.2.0", FILES)
    releases.add("vpc", "0.3.0", FILES)
    assert findings(terra) == []
    del releases.plugins["vpc"]["0.1.0"]
    releases.write()
    (found,) = findings(terra, exit=5)
    assert (found["kind"], found["why"]) == ("archive", "`here` no longer lists it")


def test_a_registry_that_lists_the_newest_alone_keeps_no_history(terra: Terra, releases: Releases) -> None:
    releases.add("vpc", "0.2.0", FILES)
    del releases.plugins["vpc"]["0.1.0"]
    releases.write()
    assert findings(terra) == []


def test_a_name_that_is_gone(terra: Terra, releases: Releases) -> None:
    releases.add("naming", "0.1.0", FILES)
    del releases.plugins["vpc"]
    releases.write()
    assert [each["why"] for each in findings(terra, exit=5)] == ["`here` no longer knows it"]


def test_a_registry_that_cannot_be_reached(terra: Terra, releases: Releases) -> None:
    with hostile_server() as server:
        gone = server.url
    (terra.cwd / "terra.toml").write_text(
        (terra.cwd / "terra.toml").read_text().replace('url = "../here"', f'url = "{gone}/registry.json"')
    )
    home = os.environ["TERRA_HOME"]
    write_files_in_home(home, gone)
    terra("verify", exit=4)
    assert "registries were not asked" in terra("verify", "--offline", exit=None).out


def test_a_registry_that_is_down_hides_nothing_else(terra: Terra, releases: Releases, isolated: Path) -> None:
    there = Releases(isolated / "there")
    for name in ("naming", "labels"):
        there.add(name, "0.1.0", FILES)
    manifest = terra.cwd / "terra.toml"
    manifest.write_text(manifest.read_text() + '\n[registries.there]\nurl = "../there"\n')
    terra("add", "naming", "labels", "--registry", "there", "--quiet")
    there.document.unlink()
    vpc(terra, main_tf="# mine\n")
    found = findings(terra, exit=4)
    assert [(each["kind"], each["plugin"], each["exit"]) for each in found] == [
        ("registry", None, 4),
        ("changed", "vpc", 7),
    ]
    assert found[0]["expected"] == "there"
    assert "there" in found[0]["why"]
    out = terra("verify", exit=4).out
    assert out.startswith("registry there: ")
    assert "2 findings" in out
    releases.change("vpc", "0.1.0", checksum=other_than(releases.document))
    assert sorted(each["exit"] for each in findings(terra, exit=5)) == [4, 5, 7], "5 before 4"


def write_files_in_home(home: str, origin: str) -> None:
    with open(os.path.join(home, "config.toml"), "w") as stream:
        stream.write(f'[network]\nallow-http = ["{origin}"]\n')


def test_accepted_edits_are_equal_but_to_an_auditor(terra: Terra, releases: Releases) -> None:
    vpc(terra, main_tf=FORMATTED)
    terra("accept", "vpc", "--reason", "INFRA-112")
    assert findings(terra) == []
    assert short(findings(terra, "--unmodified", exit=7)) == [
        ("changed", "plugins/vpc/main.tf", "formatting only, accepted: INFRA-112")
    ]
    assert "terra accept" not in terra("verify", "--unmodified", exit=7).out
    vpc(terra, main_tf=MAIN + "# more\n")
    assert short(findings(terra, exit=7)) == [("changed", "plugins/vpc/main.tf", "")], "another edit is another one"


def test_a_policy_refuses_edits(terra: Terra, releases: Releases) -> None:
    folder = vpc(terra, main_tf=FORMATTED)
    (folder / "README.md").unlink()
    terra("accept", "vpc")
    manifest = terra.cwd / "terra.toml"
    manifest.write_text(manifest.read_text() + '\n[policy]\nedits = "refuse"\n')
    vpc(terra, backend_tf="# own\n")
    found = findings(terra, exit=5)
    assert {(each["kind"], each["exit"]) for each in found} == {("missing", 5), ("extra", 5), ("changed", 5)}
    assert all("the policy refuses edits" in each["why"] for each in found)
    refused(terra, "accept", "vpc", exit=5, says=["refuses edits"], hint="git apply -R")
    patch = terra("diff").out.encode()
    subprocess.run(["git", "apply", "-R"], cwd=terra.cwd, input=patch, check=True, timeout=60)
    assert findings(terra) == [], "what the lock accepted is not there any more, and neither is anything else"


def test_the_machines_policy_is_tightened_only(terra: Terra, releases: Releases) -> None:
    vpc(terra, main_tf=FORMATTED)
    manifest = terra.cwd / "terra.toml"
    manifest.write_text(manifest.read_text() + '\n[policy]\nedits = "allow"\n')
    with open(os.path.join(os.environ["TERRA_HOME"], "config.toml"), "w") as stream:
        stream.write('[policy]\nedits = "refuse"\n')
    assert [each["exit"] for each in findings(terra, exit=5)] == [5]


def test_one_set(terra: Terra, releases: Releases) -> None:
    manifest = terra.cwd / "terra.toml"
    manifest.write_text(manifest.read_text() + '\n[sets.dev]\ndir = "dev"\n')
    terra("add", "vpc", "--set", "dev", "--quiet")
    (terra.cwd / "dev/vpc/main.tf").write_text("# mine\n")
    assert findings(terra, "--set", "") == []
    (found,) = findings(terra, "--set", "dev", exit=7)
    assert (found["set"], found["path"]) == ("dev", "dev/vpc/main.tf")
    terra("verify", "--set", "none", exit=2)


def test_every_project_below(terra: Terra, releases: Releases) -> None:
    for name in ("one", "two"):
        shutil.copytree(terra.cwd / "plugins", terra.cwd / name / "plugins")
        shutil.copy(terra.cwd / "terra.lock", terra.cwd / name)
        text = (terra.cwd / "terra.toml").read_text().replace("../here", "../../here")
        (terra.cwd / name / "terra.toml").write_text(text)
    (terra.cwd / "two/plugins/vpc/main.tf").write_text("# mine\n")
    out = terra("verify", "--recursive", exit=7).out
    assert "two:" in out
    assert "plugins/vpc/main.tf" in out


def test_conflict_markers_are_named_by_their_lines(terra: Terra, releases: Releases) -> None:
    vpc(terra, main_tf=MAIN.replace("# the name\n", "<<<<<<< yours\n# me\n=======\n# it\n>>>>>>> vpc 0.2.0\n"))
    (found,) = findings(terra, exit=7)
    assert (found["kind"], found["why"]) == ("changed", "conflict markers at lines 5, 9")
    assert found["conflict_lines"] == [5, 9]
    text = terra("verify", exit=7).out
    assert "Next: choose between both sides at each conflict marker" in text
    assert "terra accept" not in text
    vpc(terra, README_md="<<<<<<<\n# vpc\n")
    assert [each["conflict_lines"] for each in findings(terra, exit=7)] == [[], [5, 9]]
    said = terra("doctor", exit=None).out
    assert "`plugins/vpc/main.tf` has conflict markers at lines 5, 9" in said


def test_a_lock_that_lacks_something_is_synced(terra: Terra, releases: Releases) -> None:
    (terra.cwd / "terra.lock").unlink()
    assert "Next: `terra sync` makes terra.lock what terra.toml asks for." in terra("verify", exit=7).out


def test_what_a_person_reads_of_edits(terra: Terra, releases: Releases) -> None:
    """The reason first, hashes for `-v`; files of the user's own are counted beside what fails."""
    vpc(terra, main_tf=FORMATTED, README_md="# mine\n", own_tf="# own\n")
    shown = terra("verify", exit=7).out
    assert shown == (
        "changed  plugins/vpc/README.md\n"
        "changed  plugins/vpc/main.tf: formatting only\n"
        "extra    plugins/vpc/own.tf: yours\n"
        "1 plugin, 2 files: 2 findings, 1 file of yours\n"
        "\nNext: `terra diff` shows the edits, `terra accept NAME` records those that are meant to be there.\n"
    )
    assert "main.tf: formatting only; expected sha256-" in terra("verify", "-v", exit=7).out
    (terra.cwd / "plugins/vpc/README.md").unlink()
    assert "\n\nNext: `terra sync`" in terra("verify", exit=7).out


def test_what_to_do_where_the_policy_refuses(terra: Terra, releases: Releases) -> None:
    with (terra.cwd / "terra.toml").open("a") as manifest:
        manifest.write('\n[policy]\nedits = "refuse"\n')
    vpc(terra, main_tf="# mine\n", own_tf="# own\n")
    assert "Next: keep what you need elsewhere, then `terra diff | git apply -R`" in terra("verify", exit=5).out
    subprocess.run(["git", "apply", "-R"], cwd=terra.cwd, input=terra("diff").out.encode(), check=True)
    assert findings(terra) == []


def test_what_to_do_where_a_registry_contradicts(terra: Terra, releases: Releases) -> None:
    releases.change("vpc", "0.1.0", checksum=other_than(releases.document))
    shown = terra("verify", exit=5).out
    assert "another archive of it; expected sha256-" in shown
    assert "Next: ask who keeps the registry" in shown


def test_an_added_file_is_not_recorded_and_that_is_said(terra: Terra, releases: Releases) -> None:
    vpc(terra, own_tf="# own\n")
    ended = terra("accept", "vpc")
    assert ended.out.splitlines() == [
        "Nothing to record: terra.lock says it already.",
        "1 added file is not recorded: only `terra verify --unmodified` and `[policy] edits` count what is added.",
    ]
    assert terra("accept", "vpc", "--json").json["added"] == ["plugins/vpc/own.tf"]
    assert "--unmodified` takes no files of your own" in terra("verify", "--unmodified", exit=7).out

"""`terra promote`: one set gets exactly what another has locked."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import refused, warnings_of
from support.graph import Graph, call
from support.project import snapshot, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

HEAD = (
    '# mine\n[registries.here]\nurl = "../here"\n\n[plugins]\n\n[sets.dev]\ndir = "envs/dev/plugins"\n\n[sets.prod]\n'
)
LINES = "# {}\n" + "".join(f"line {number}\n" for number in range(20))


@pytest.fixture
def project(terra: Terra, isolated: Path) -> Path:
    """Three releases of aws-s3 that need aws-kms of the same number, `solo`, and sets `dev` and `prod`."""
    graph = Graph(isolated / "here")
    for minor in (1, 2, 3):
        version = f"0.{minor}.0"
        graph.add(f"aws-kms@{version}", files={"main.tf": LINES.format(f"kms {version}")})
        needs = {"aws-kms": f">={version},<0.{minor + 1}"}
        graph.add(f"aws-s3@{version}", needs, {"main.tf": LINES.format(f"s3 {version}")})
    graph.add("top@1.0.0", {"solo": "*"}).add("top@2.0.0").add("solo@1.0.0").add(
        "other@1.0.0", {"aws-kms": "<0.2"}
    ).write()
    (terra.cwd / "terra.toml").write_text(HEAD)
    return terra.cwd


def locked(project: Path, set_name: str | None) -> dict[str, dict[str, Any]]:
    plugins = tomllib.loads((project / "terra.lock").read_text()).get("plugin", [])
    return {each["id"]: each for each in plugins if each.get("set") == set_name}


def lines(project: Path, set_name: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((project / "terra.toml").read_text())["sets"][set_name].get("plugins", {})
    return found


def without_set(locks: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {key: {name: fact for name, fact in each.items() if name != "set"} for key, each in locks.items()}


def test_an_empty_set_gets_everything_with_its_lines(terra: Terra, project: Path) -> None:
    terra("add", "--set", "dev", "aws-s3@0.2.0", "solo")
    before = snapshot(project / "envs")
    shown = terra("promote", "dev", "prod").out
    assert "+ aws-s3 0.2.0 [prod]" in shown
    assert without_set(locked(project, "prod")) == without_set(locked(project, "dev"))
    assert snapshot(project / "prod" / "plugins") == snapshot(project / "envs" / "dev" / "plugins")
    assert lines(project, "prod") == {"aws-s3": "0.2.0", "solo": ">=1.0.0,<2"}
    assert snapshot(project / "envs") == before
    assert (project / "terra.toml").read_text().startswith("# mine\n")
    assert terra("sync", "--check").out == "Everything is as terra.lock says.\n"
    assert terra("promote", "dev", "prod").out == "Nothing to do.\n"


def test_a_set_that_is_behind_moves_and_its_lines_with_it(terra: Terra, project: Path) -> None:
    terra("add", "--set", "prod", "aws-s3@~>0.1.0")
    terra("add", "--set", "dev", "aws-s3@0.3.0")
    terra("promote", "dev", "prod")
    assert sorted(locked(project, "prod")) == ["aws-kms@0.3.0", "aws-s3@0.3.0"]
    assert lines(project, "prod") == {"aws-s3": "~>0.3.0"}, "moved in the way in which it was written"
    assert locked(project, "prod")["aws-s3@0.3.0"]["direct"] is True
    assert locked(project, "prod")["aws-kms@0.3.0"].get("direct", False) is False


def test_a_line_that_allows_the_release_stays_as_it_is(terra: Terra, project: Path) -> None:
    terra("add", "--set", "prod", "aws-s3@>=0.1,<9")
    terra("add", "--set", "dev", "aws-s3@0.2.0")
    terra("promote", "dev", "prod")
    assert lines(project, "prod") == {"aws-s3": ">=0.1,<9"}
    assert "aws-s3@0.2.0" in locked(project, "prod"), "also backwards: 0.3.0 was there"


def test_a_step_back_is_said(terra: Terra, project: Path) -> None:
    terra("add", "--set", "prod", "aws-s3@>=0.1,<9")
    terra("add", "--set", "dev", "aws-s3@0.2.0")
    shown = terra("promote", "dev", "prod", "--dry-run").out
    assert "~ aws-s3 0.3.0 -> 0.2.0, older [prod]" in shown
    assert "~ aws-kms 0.3.0 -> 0.2.0, older [prod]" in shown
    terra("promote", "dev", "prod")
    terra("add", "--set", "dev", "aws-s3@0.3.0")
    assert "~ aws-s3 0.2.0 -> 0.3.0 [prod]" in terra("promote", "dev", "prod").out


def test_without_the_set_that_gets_them(terra: Terra, project: Path) -> None:
    said = refused(
        terra, "promote", "dev", exit=2, says=["arguments are required: TO"], hint="terra promote --help"
    ).err
    assert "NAME" not in said


def test_names_bring_what_they_need_and_no_more(terra: Terra, project: Path) -> None:
    terra("add", "--set", "dev", "aws-s3@0.2.0", "solo")
    terra("promote", "dev", "prod", "aws-s3")
    assert sorted(locked(project, "prod")) == ["aws-kms@0.2.0", "aws-s3@0.2.0"]
    assert lines(project, "prod") == {"aws-s3": "0.2.0"}
    refused(terra, "promote", "dev", "prod", "nothing", exit=3, says=["`nothing` is not locked"], hint="terra list")


def test_what_only_the_other_set_has_stays_unless_pruned(terra: Terra, project: Path) -> None:
    terra("add", "--set", "prod", "solo")
    terra("add", "--set", "dev", "aws-s3@0.2.0")
    terra("promote", "dev", "prod")
    assert "solo@1.0.0" in locked(project, "prod")
    (project / "main.tf").write_text(call("./prod/plugins/solo"))
    refused(terra, "promote", "dev", "prod", "--prune", exit=6, says=["`solo`", "main.tf:1"], hint="--prune")
    (project / "main.tf").unlink()
    (project / "x.tf.json").write_text('{"module": "prod/plugins/solo"')
    refused(terra, "promote", "dev", "prod", "--prune", exit=6, says=["`solo`", "x.tf.json"], hint="--prune")
    (project / "x.tf.json").unlink()
    assert "- solo 1.0.0 [prod]" in terra("promote", "dev", "prod", "--prune").out
    assert "solo@1.0.0" not in locked(project, "prod")
    assert "solo" not in lines(project, "prod")
    assert not (project / "prod" / "plugins" / "solo").exists()


def test_what_the_old_release_alone_needed_goes(terra: Terra, project: Path) -> None:
    terra("add", "--set", "prod", "top@1.0.0")
    terra("add", "--set", "dev", "top@2.0.0")
    assert "- solo 1.0.0 [prod]" in terra("promote", "dev", "prod").out
    assert sorted(locked(project, "prod")) == ["top@2.0.0"]


def test_the_default_set_is_called_default(terra: Terra, project: Path) -> None:
    terra("add", "solo")
    terra("promote", "default", "dev")
    assert "solo@1.0.0" in locked(project, "dev")
    terra("add", "--set", "dev", "aws-s3@0.1.0")
    terra("promote", "dev", "default")
    assert sorted(locked(project, None)) == ["aws-kms@0.1.0", "aws-s3@0.1.0", "solo@1.0.0"]
    refused(terra, "promote", "default", "default", exit=2, says=["are one set"], hint="default")
    refused(terra, "promote", "dev", "nowhere", exit=2, says=["`nowhere` is not a set"], hint="[sets.nowhere]")


def test_a_set_that_is_called_default_is_meant(terra: Terra, project: Path) -> None:
    with (project / "terra.toml").open("a") as file:
        file.write("\n[sets.default]\n")
    terra("add", "--set", "dev", "solo")
    terra("promote", "dev", "default")
    assert "solo@1.0.0" in locked(project, "default")
    assert locked(project, None) == {}


def test_edits_of_the_set_are_merged_and_those_of_the_other_stay_there(terra: Terra, project: Path) -> None:
    terra("add", "--set", "prod", "aws-s3@0.1.0")
    terra("add", "--set", "dev", "aws-s3@0.2.0")
    prod, dev = (project / folder / "aws-s3" / "main.tf" for folder in ("prod/plugins", "envs/dev/plugins"))
    prod.write_text(f"{prod.read_text()}# prod's own\n")
    dev.write_text(f"{dev.read_text()}# dev's own\n")
    terra("promote", "dev", "prod")
    assert prod.read_text() == LINES.format("s3 0.2.0") + "# prod's own\n"
    assert dev.read_text().endswith("# dev's own\n")


@pytest.mark.parametrize(("before", "after"), [("0.1.0", "0.2.0"), ("0.3.0", "0.2.0"), ("0.2.0", "0.2.0")])
def test_an_accepted_edit_stays_accepted(terra: Terra, project: Path, before: str, after: str) -> None:
    terra("add", "--set", "prod", f"aws-s3@{before}")
    terra("add", "--set", "dev", f"aws-s3@{after}")
    prod, dev = (project / folder / "aws-s3" / "main.tf" for folder in ("prod/plugins", "envs/dev/plugins"))
    prod.write_text(f"{prod.read_text()}# prod's own\n")
    dev.write_text(f"{dev.read_text()}# dev's own\n")
    terra("accept", "aws-s3", "--reason", "INFRA-112")
    terra("promote", "dev", "prod")
    assert prod.read_text() == LINES.format(f"s3 {after}") + "# prod's own\n"
    held = locked(project, "prod")[f"aws-s3@{after}"]
    assert ([each.split()[1] for each in held["edited"]], held["edit-reason"]) == (["main.tf"], "INFRA-112")
    terra("verify", "--set", "prod")


def test_a_conflict_stops_it_with_nothing_written(terra: Terra, project: Path) -> None:
    terra("add", "--set", "prod", "aws-s3@0.1.0")
    terra("add", "--set", "dev", "aws-s3@0.2.0")
    prod = project / "prod" / "plugins" / "aws-s3" / "main.tf"
    prod.write_text("# all mine\n")
    refused(terra, "promote", "dev", "prod", exit=6, says=["prod/plugins/aws-s3/main.tf"], hint="--merge")
    assert "prod/plugins/aws-s3/main.tf" in terra("promote", "dev", "prod", "--diff", exit=6).out
    assert "Nothing was written" in terra("promote", "dev", "prod", "--dry-run", exit=6).out
    assert "aws-s3@0.1.0" in locked(project, "prod")
    terra("promote", "dev", "prod", "--ours")
    assert "# all mine\n" in prod.read_text()
    assert "aws-s3@0.2.0" in locked(project, "prod")


def test_what_stays_must_go_with_what_comes(terra: Terra, project: Path) -> None:
    terra("add", "--set", "prod", "other")
    terra("add", "--set", "dev", "aws-s3@0.2.0")
    says = ["`other@1.0.0` needs `aws-kms<0.2`, which would be 0.2.0"]
    refused(terra, "promote", "dev", "prod", exit=3, says=says, hint="promote `other` too")


def test_a_direct_source_comes_with_its_line(terra: Terra, project: Path) -> None:
    write_files(project / "own", {"main.tf": "# own\n"})
    terra("add", "--set", "dev", "./own")
    terra("promote", "dev", "prod")
    assert lines(project, "prod") == lines(project, "dev")
    assert without_set(locked(project, "prod")) == without_set(locked(project, "dev"))
    (project / "own" / "main.tf").write_text("# changed since\n")
    terra("promote", "dev", "default")
    assert (project / "plugins" / "own" / "main.tf").read_text() == "# own\n", "as it is locked, not as it is now"


def test_another_registry_has_to_be_allowed(terra: Terra, project: Path, isolated: Path) -> None:
    Graph(isolated / "there").add("solo@2.0.0").write()
    terra("add", "--set", "prod", "solo")
    terra("add", "--set", "dev", "solo", "--registry", "../there")
    says = ["`solo` is locked from `here` (", "and would come from `../there` ("]
    refused(terra, "promote", "dev", "prod", exit=5, says=says, hint="--allow-registry-change")
    terra("promote", "dev", "prod", "--allow-registry-change")
    assert "solo@2.0.0" in locked(project, "prod")
    assert lines(project, "prod")["solo"]["registry"]


def test_a_line_that_is_not_locked_is_said(terra: Terra, project: Path) -> None:
    terra("add", "--set", "dev", "solo")
    text = (project / "terra.toml").read_text()
    (project / "terra.toml").write_text(text.replace('solo = ">=1.0.0,<2"\n', 'solo = ">=1.0.0,<2"\naws-kms = "*"\n'))
    assert any("`aws-kms`" in each for each in warnings_of(terra("promote", "dev", "prod")))
    refused(terra, "promote", "dev", "prod", "solo", "--prune", exit=2, says=["--prune"], hint="terra remove")


def test_edits_that_were_accepted_are_listed_as_such(terra: Terra, project: Path) -> None:
    terra("add", "solo")
    (project / "plugins/solo/main.tf").write_text("# mine\n")
    assert "1 edited" in terra("list").out
    terra("accept", "solo")
    shown = terra("list").out
    assert "1 accepted" in shown
    assert "edited" not in shown
    (held,) = terra("list", "--json").json["plugins"]
    assert (held["edited"], held["accepted"]) == (["main.tf"], ["main.tf"])


def test_an_accepted_edit_that_was_contested_is_said(terra: Terra, project: Path) -> None:
    terra("add", "--set", "prod", "aws-s3@0.1.0")
    terra("add", "--set", "dev", "aws-s3@0.2.0")
    (project / "prod/plugins/aws-s3/main.tf").write_text("# all mine\n")
    terra("accept", "aws-s3", "--set", "prod")
    (said,) = [each for each in warnings_of(terra("promote", "dev", "prod", "--ours")) if "accepted" in each]
    assert "`prod/plugins/aws-s3/main.tf` is no accepted edit any more" in said
    assert "edited" not in locked(project, "prod")["aws-s3@0.2.0"]

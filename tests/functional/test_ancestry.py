"""The lock moved and the files did not: what stands there is the base, whatever the lock says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from support.components import require
from support.project import Terra, Workspace

TEXT = 'variable "a" {{}}\n# first {0}\n\n\n# kept\n\n\n# second {1}\n\n\n# tail\n'
LINES = {"0.1.0": ("old", "old"), "0.2.0": ("new", "old"), "0.3.0": ("new", "newest")}


def git(folder: Path, *words: str) -> None:
    own = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PATH": str(Path(require("git")).parent)}
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run([require("git"), *who, *words], cwd=folder, env=own, check=True, capture_output=True)


@pytest.fixture
def file(terra: Terra, workspace: Workspace, isolated: Path) -> Path:
    """A project whose lock says 0.2.0, by a colleague's commit, and whose one file is of 0.1.0."""
    found = {}
    for version, lines in LINES.items():
        manifest = f'[plugin]\nname = "net"\nversion = "{version}"\n'
        files: dict[str, str | bytes] = {"main.tf": TEXT.format(*lines), "terra-plugin.toml": manifest}
        archive, checksum = workspace.archive(f"net-{version}", files)
        found[version] = {"source": f"file:{archive.name}", "checksum": checksum}
    workspace.write({"terra-registry": 1, "name": "x", "plugins": [{"name": "net", "versions": found}]})
    git(terra.cwd, "init", "-q")
    terra("add", "net@0.1.0", "--registry", str(workspace.registry))
    before = terra.cwd / "before"
    shutil.copytree(terra.cwd / "plugins", before)
    git(terra.cwd, "add", "terra.lock", "terra.toml")
    git(terra.cwd, "commit", "-qm", "one")
    terra("add", "net@0.2.0", "--registry", str(workspace.registry), TERRA_HOME=str(isolated / "colleague"))
    git(terra.cwd, "commit", "-qam", "two")
    shutil.rmtree(terra.cwd / "plugins")
    before.rename(terra.cwd / "plugins")
    manifest = terra.cwd / "terra.toml"
    manifest.write_text(manifest.read_text().replace('"0.2.0"', '">=0.1,<1"'))
    return terra.cwd / "plugins" / "net" / "main.tf"


@pytest.fixture(params=["warm", "fresh"])
def home(request: pytest.FixtureRequest, file: Path, isolated: Path) -> str:
    """The cache as it is, or gone, as on another machine: then the history of the lock alone knows."""
    if request.param == "fresh":
        shutil.rmtree(isolated / "terra", ignore_errors=True)
    return str(request.param)


@pytest.mark.usefixtures("home")
def test_an_update_takes_everything_of_the_release(terra: Terra, file: Path) -> None:
    terra("update")
    assert file.read_text() == TEXT.format("new", "newest")


@pytest.mark.usefixtures("home")
def test_a_check_sees_that_it_is_stale_and_a_sync_mends_it(terra: Terra, file: Path) -> None:
    terra("sync", "--check", exit=7)
    terra("sync")
    assert file.read_text() == TEXT.format("new", "old")
    terra("verify", "--offline")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("command", "lines"), [("update", ("new", "newest")), ("sync", ("new", "old"))])
def test_an_edit_is_merged_into_what_it_was_made_in(
    terra: Terra, file: Path, command: str, lines: tuple[str, str]
) -> None:
    file.write_text(file.read_text().replace("# tail", "# mine"))
    terra(command)
    assert file.read_text() == TEXT.format(*lines).replace("# tail", "# mine")


def test_without_history_and_cache_what_is_not_the_locks_counts_as_an_edit(
    terra: Terra, file: Path, isolated: Path
) -> None:
    shutil.rmtree(isolated / "terra")
    shutil.rmtree(terra.cwd / ".git")
    assert "kept plugins/net/main.tf" in terra("sync", "--check").out
    terra("verify", "--offline", exit=7)


def test_a_mode_that_the_user_changed_stays(terra: Terra, workspace: Workspace, file: Path) -> None:
    terra("sync")
    file.chmod(0o755)
    terra("accept", "net")
    terra("verify", "--offline")
    terra("update")
    assert file.read_text() == TEXT.format("new", "newest")
    assert file.stat().st_mode & 0o777 == 0o755
    terra("verify", "--offline")


def test_what_another_project_had_is_no_evidence(
    terra: Terra, workspace: Workspace, file: Path, tmp_path: Path
) -> None:
    """A plugin of the same name, from elsewhere, whose files are what the user wrote here."""
    terra("sync")
    mine, extra = file.read_text().replace("# tail", "# mine"), file.with_name("backend.tf")
    file.write_text(mine)
    extra.write_text("# my own\n")
    terra("accept", "net", "--reason", "ours")
    other = Workspace(tmp_path / "elsewhere")
    files = {"main.tf": mine, "backend.tf": "# my own\n", "more.tf": "# more\n"}
    other.plugin("net", files)
    other.write([{"name": "net", "source": "workspace:packages/plugins/net"}])
    (tmp_path / "other").mkdir()
    terra("add", "net", "--registry", str(other.registry), cwd=tmp_path / "other")
    (file.parent / "LICENSE").unlink(missing_ok=True)
    terra("sync")
    terra("update")
    assert extra.read_text() == "# my own\n"
    assert "# mine" in file.read_text()


def test_an_accepted_edit_is_the_users_whatever_release_has_the_same(terra: Terra, file: Path) -> None:
    older = file.read_text()
    terra("sync")
    file.write_text(older)  # a line of the release before, on purpose
    terra("accept", "net")
    terra("sync")
    assert file.read_text() == older
    terra("sync", "--check")


def test_an_accepted_edit_that_is_gone_is_said(terra: Terra, file: Path) -> None:
    """terra never had its bytes: what comes back is the release's, and no check is green over that."""
    terra("sync")
    file.write_text(file.read_text() + "# mine\n")
    terra("accept", "net", "--reason", "AUDIT")
    file.unlink()
    assert "its accepted edit is in your version control" in terra("sync").err
    assert "its accepted edit is not there any more" in terra("verify", "--offline", exit=7).out
    terra("accept", "net")
    terra("verify", "--offline")


def test_files_that_terra_left_for_the_users_tell_of_no_other_release(terra: Terra, workspace: Workspace) -> None:
    """Taken out, brought back from a commit, and added as another release: what only the old one had is the user's."""
    more = {"a.tf": "# a\n", "b.tf": "# b\n"}
    found = {}
    for version, files in {"0.1.0": {"main.tf": "# old\n", **more}, "0.2.0": {"main.tf": "# new\n"}}.items():
        manifest = f'[plugin]\nname = "net"\nversion = "{version}"\n'
        archive, checksum = workspace.archive(f"net-{version}", {**files, "terra-plugin.toml": manifest})
        found[version] = {"source": f"file:{archive.name}", "checksum": checksum}
    workspace.write({"terra-registry": 1, "name": "x", "plugins": [{"name": "net", "versions": found}]})
    git(terra.cwd, "init", "-q")
    terra("add", "net@0.1.0", "--registry", str(workspace.registry))
    git(terra.cwd, "add", "--all")
    git(terra.cwd, "commit", "-qm", "one")
    terra("remove", "net")
    git(terra.cwd, "restore", "plugins")
    terra("add", "net@0.2.0", "--registry", str(workspace.registry), "--merge")
    marked = (terra.cwd / "plugins" / "net" / "main.tf").read_text()
    assert "<<<<<<< yours\n# old\n" in marked
    terra("update")
    terra("sync")
    assert (terra.cwd / "plugins" / "net" / "main.tf").read_text() == marked
    assert (terra.cwd / "plugins" / "net" / "b.tf").exists()


def test_a_command_about_another_plugin_vouches_for_no_file(terra: Terra, workspace: Workspace, file: Path) -> None:
    """The lock says 0.2.0 by a colleague's commit; adding something else does not make the files of 0.1.0 that."""
    file.write_text(file.read_text().replace("# tail", "# mine"))
    workspace.plugin("log", {"main.tf": "# log\n"})
    terra("add", str(workspace.folder / "packages/plugins/log"))
    terra("update", "net")
    assert file.read_text() == TEXT.format("new", "newest").replace("# tail", "# mine")

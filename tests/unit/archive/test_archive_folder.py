from __future__ import annotations

import os

import pytest

from terra.archive.folder import SourceFolder, open_folder
from terra.archive.guard import Limits
from terra.archive.payload import open_payload
from terra.archive.selection import Rules
from terra.errors import SourceNotFoundError, UnsafeArchiveError
from terra.model.stages import Fetched

pytestmark = pytest.mark.skipif(os.name != "posix", reason="makes links and pipes")


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "repo/plugin"
    (folder / "modules").mkdir(parents=True)
    (folder / "main.tf").write_text("main")
    (folder / "modules/run.sh").write_text("run")
    (folder / "modules/run.sh").chmod(0o700)
    (tmp_path / "repo/LICENSE").write_text("licence")
    return folder


@pytest.fixture
def opened(tmp_path):
    def run(path, subdir=""):
        return open_payload(Fetched(path, "folder", subdir), tmp_path / "into")

    return run


def test_files_are_copied_with_their_execute_bit(source, opened):
    assert [(file.path, file.executable) for file in opened(source).tree.files] == [
        ("main.tf", False),
        ("modules/run.sh", True),
    ]
    assert (source / "main.tf").read_text() == "main"


def test_a_link_to_a_file_of_the_folder_becomes_a_copy(source, opened, tmp_path):
    (source / "alias.tf").symlink_to("main.tf")
    (source / "modules/up.tf").symlink_to("../main.tf")
    staged = opened(source)
    assert len({file.sha256 for file in staged.tree.files if file.path.endswith(".tf")}) == 1
    assert not (tmp_path / "into/alias.tf").is_symlink()


def test_a_link_out_of_the_subdir_stays_inside_the_folder(source, opened):
    (source / "LICENSE").symlink_to("../LICENSE")
    assert [file.path for file in opened(source.parent, "plugin").tree.files] == [
        "LICENSE",
        "main.tf",
        "modules/run.sh",
    ]


@pytest.mark.parametrize("target", ["../LICENSE", "/etc/passwd", "modules", "gone", "second", "linked/x", "pipe"])
def test_any_other_link_is_refused(target, source, opened, tmp_path):
    (source / "second").symlink_to("main.tf")
    (source / "linked").symlink_to("modules")
    os.mkfifo(source / "pipe")
    for name in ("linked", "pipe"):  # out of the way of the payload, still there for the link
        (source / name).rename(source / f".{name}")
    (source / "link").symlink_to(target.replace("linked", ".linked").replace("pipe", ".pipe"))
    with pytest.raises(UnsafeArchiveError, match=r"`(link|second)` is a link to something else"):
        opened(source)
    assert list((tmp_path / "into").iterdir()) == []


def test_a_link_in_what_is_left_out_does_not_matter(source, opened):
    for folder in (".venv", "node_modules", "examples"):
        (source / folder).mkdir()
        (source / folder / "python").symlink_to("/usr/bin/python3")
    assert {each.path for each in opened(source).left_out} == {".venv/", "node_modules/", "examples/"}


def test_a_pipe_is_refused(source, opened):
    os.mkfifo(source / "pipe")
    with pytest.raises(UnsafeArchiveError, match="`pipe` is neither a regular file"):
        opened(source)


@pytest.mark.parametrize("name", ["a:b.tf", "aux.tf", "Main.tf", "x.tf ", "\u202ex.tf", os.fsdecode(b"\xff.tf")])
def test_names_obey_the_rules_of_archives(name, source, opened, tmp_path):
    (source / name).write_text("x")
    with pytest.raises(UnsafeArchiveError):
        opened(source)
    assert list((tmp_path / "into").iterdir()) == []


def test_a_folder_that_is_a_link_is_not_walked_through(source, opened, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.tf").write_text("secret")
    (source / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(UnsafeArchiveError, match="`link` is a link to something else"):
        opened(source)


def test_a_subdir_behind_a_link_is_not_found(source, opened):
    (source.parent / "other").symlink_to(source)
    with pytest.raises(SourceNotFoundError, match="no folder `other`"):
        opened(source.parent, "other")


def test_left_out_folders_are_not_looked_into(source):
    for folder in (".git", ".terraform", "node_modules", "modules/.terraform", "examples", "plugins"):
        (source / folder / "deep").mkdir(parents=True)
        (source / folder / "deep/x").write_text("")
    folder = open_folder("x", source, "")
    assert {path for path in folder.paths if "deep" in path} == {"plugins/deep/x"}
    narrowed = folder.narrowed("", Rules(vendored=("plugins",)))
    assert not [path for path in narrowed.paths if "deep" in path]


def test_limits_hold_for_what_is_kept(source, tmp_path):
    folder = SourceFolder("x", source, "", Rules(), Limits(total_size=5))
    (tmp_path / "into").mkdir()
    with pytest.raises(UnsafeArchiveError, match="unpacks to more than"):
        folder.deliver("", ["main.tf", "modules/run.sh"], tmp_path / "into")


def test_a_file_that_grows_while_it_is_read_is_refused(source, tmp_path):
    folder = SourceFolder("x", source, "", Rules())
    (source / "main.tf").write_text("main and more")
    (tmp_path / "into").mkdir()
    with pytest.raises(UnsafeArchiveError, match="grows while it is read"):
        folder.deliver("", ["main.tf"], tmp_path / "into")

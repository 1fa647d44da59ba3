"""A plan as a diff: `git apply` is in the functional tests, here are its lines."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from terra.model.name import Name
from terra.model.plan import Action, FileChange, Plan, PluginChange, Reason
from terra.model.tree import TreeFile
from terra.vendor.difference import diff_of

REASON = Reason.UPDATED  # no diff depends on it


def diff(folder: Path, before: bytes | None, after: bytes | None, *, executable: bool = False) -> str:
    """Return the diff of one file `p/a.tf`, without its first line."""
    (folder / "p").mkdir()
    found = None if before is None else hashlib.sha256(before).hexdigest()
    if before is not None:
        (folder / "p/a.tf").write_bytes(before)
    file = None if after is None else TreeFile("a.tf", hashlib.sha256(after).hexdigest(), executable)
    action = Action.DELETE if after is None else Action.CREATE if before is None else Action.REPLACE
    plan = Plan(
        (PluginChange(Name("p"), "", None, None, (FileChange("p/a.tf", action, REASON, file, None, after, found),)),)
    )
    first, _, rest = diff_of(plan, folder).partition("\n")
    assert first == "diff --git a/p/a.tf b/p/a.tf"
    return rest


def test_a_replaced_file(tmp_path: Path):
    assert diff(tmp_path, b"a\nb\nc\n", b"a\nB\nc\n") == "--- a/p/a.tf\n+++ b/p/a.tf\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"


@pytest.mark.parametrize(("executable", "mode"), [(False, "644"), (True, "755")])
def test_a_new_file(tmp_path: Path, executable: bool, mode: str):
    found = diff(tmp_path, None, b"a\n", executable=executable)
    assert found == f"new file mode 100{mode}\n--- /dev/null\n+++ b/p/a.tf\n@@ -0,0 +1 @@\n+a\n"


def test_a_deleted_file(tmp_path: Path):
    found = diff(tmp_path, b"a\n", None)
    assert found == "deleted file mode 100644\n--- a/p/a.tf\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (b"a", b"b", ["-a", "\\ No newline at end of file", "+b", "\\ No newline at end of file"]),
        (b"a", b"a\n", ["-a", "\\ No newline at end of file", "+a"]),
        (b"a\n", b"a", ["-a", "+a", "\\ No newline at end of file"]),
        (b"a\r\n", b"a\n", ["-a\r", "+a"]),
        (b"a\x0cb\n", b"a\x0cc\n", ["-a\x0cb", "+a\x0cc"]),
        ("a\u2028b\n".encode(), b"c\n", ["-a\u2028b", "+c"]),
        (b"a\rb\n", b"c\n", ["-a\rb", "+c"]),
    ],
)
def test_lines_end_where_git_ends_them(tmp_path: Path, before: bytes, after: bytes, lines: list[str]):
    assert diff(tmp_path, before, after).rstrip("\n").split("\n")[3:] == lines


def test_bytes_that_are_no_text_come_through(tmp_path: Path):
    found = diff(tmp_path, b"\xff\n", b"\xfe\n")
    assert found.encode("utf-8", "surrogateescape").endswith(b"-\xff\n+\xfe\n")


@pytest.mark.parametrize(("before", "after"), [(b"\0", b"a"), (b"a", b"\0"), (b"a\n\0", b"b\n\0")])
def test_binary_files_are_named_only(tmp_path: Path, before: bytes, after: bytes):
    assert diff(tmp_path, before, after) == "Binary files a/p/a.tf and b/p/a.tf differ\n"


def test_an_empty_new_file_has_a_header_only(tmp_path: Path):
    assert diff(tmp_path, None, b"") == "new file mode 100644\n"


def test_plugins_come_first_and_what_is_kept_is_left_out(tmp_path: Path):
    def change(path: str, action: Action) -> FileChange:
        return FileChange(path, action, REASON, TreeFile(path, hashlib.sha256(b"x\n").hexdigest()), data=b"x\n")

    plugins = (PluginChange(Name("p"), "", None, None, (change("b", Action.CREATE), change("k", Action.KEEP))),)
    found = diff_of(Plan(plugins, (change("a", Action.CREATE),)), tmp_path)
    assert [line for line in found.splitlines() if line.startswith("diff")] == [
        "diff --git a/b b/b",
        "diff --git a/a b/a",
    ]


@pytest.mark.skipif(not hasattr(Path, "chmod"), reason="no modes")
def test_a_mode_alone_is_shown(tmp_path: Path):
    """`git apply` of a plan that follows a mode must follow it too."""
    found = diff(tmp_path, b"a\n", b"a\n", executable=True)
    assert found == "old mode 100644\nnew mode 100755\n"


def test_the_mode_of_a_deleted_file_is_its_own(tmp_path: Path):
    """`git apply` warns of another mode than the file's; an executable file is deleted as one."""
    (tmp_path / "p").mkdir()
    (tmp_path / "p/run.sh").write_bytes(b"a\n")
    (tmp_path / "p/run.sh").chmod(0o755)
    change = FileChange("p/run.sh", Action.DELETE, REASON, found=hashlib.sha256(b"a\n").hexdigest())
    found = diff_of(Plan((PluginChange(Name("p"), "", None, None, (change,)),)), tmp_path)
    assert "deleted file mode 100755\n" in found

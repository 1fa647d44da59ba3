"""`terra.lock`: the same bytes for the same facts, and no fact lost."""

from __future__ import annotations

import random
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terra.errors import InvalidDocumentError
from terra.model.digest import Digest
from terra.model.lock import Lock, LockedPlugin, LockedRegistry
from terra.model.name import Name
from terra.model.requirement import ANY, Requirement, Specifier
from terra.model.source import Locator
from terra.model.tree import Tree, TreeFile
from terra.model.version import Version
from terra.wire.lock_toml import read_lock, write_lock

HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
NAMES = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,4})?(/[a-z0-9]{1,8})?", fullmatch=True).filter(Name.is_name)
NUMBERS = st.integers(0, 999_999_999)
VERSIONS = st.builds(Version, NUMBERS, NUMBERS, NUMBERS) | st.builds(
    Version, NUMBERS, NUMBERS, NUMBERS, st.integers(0, 2), NUMBERS
)
SPECIFIERS = st.just(ANY) | st.builds(
    lambda operator, version: Specifier.parse(f"{operator}{version}"),
    st.sampled_from(["==", ">=", "<", "!=", "~>", "^", ""]),
    VERSIONS,
)
PARTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\:"), min_size=1, max_size=9)
NO_PART = (".", "..", ".git", ".hg", ".svn", ".terraform")
PATHS = st.lists(PARTS.filter(lambda part: part.lower() not in NO_PART), min_size=1, max_size=3).map("/".join)
TREES = st.lists(st.builds(TreeFile, PATHS, HEX, st.booleans()), max_size=4, unique_by=lambda file: file.path).map(
    Tree.of
)
SOURCES = st.sampled_from(
    ["file:../aws-s3", "workspace:packages/plugins/a", "https://h.example/x.zip//sub?archive=zip", "npm:@terra/x@0.1"]
).map(Locator.parse)


@st.composite
def plugins(draw: st.DrawFn) -> LockedPlugin:
    archive = draw(st.none() | HEX.map(Digest.sha256))
    return LockedPlugin(
        name=Name(draw(NAMES)),
        version=draw(VERSIONS),
        set=draw(st.sampled_from(["", "dev", "prod"])),
        source=draw(SOURCES),
        tree=draw(TREES),
        registry=draw(st.none() | TEXT),
        archive=archive,
        size=draw(st.integers(0, 1 << 40)) if archive else None,
        commit=draw(st.none() | TEXT),
        direct=draw(st.booleans()),
        requires=tuple(draw(st.lists(st.builds(Requirement, NAMES.map(Name), SPECIFIERS), max_size=3))),
        signers=tuple(draw(st.lists(TEXT, max_size=2))),
        hooks=draw(st.booleans()),
        edited=tuple(draw(st.lists(st.tuples(PATHS, HEX), max_size=2))),
        edit_reason=draw(st.none() | TEXT),
    )


@st.composite
def locks(draw: st.DrawFn) -> Lock:
    held = draw(st.lists(plugins(), max_size=4, unique_by=lambda each: (each.set, each.name.parts[0])))
    root = st.none() | HEX.map(Digest.sha256)
    labels = draw(st.lists(st.builds(LockedRegistry, TEXT, TEXT, root), max_size=3, unique_by=lambda each: each.name))
    return Lock().with_(tuple(held), tuple(labels))


@settings(deadline=None, max_examples=150)
@given(locks())
def test_every_lock_survives_and_its_bytes_are_stable(lock: Lock):
    data = write_lock(lock)
    assert read_lock(data, "terra.lock") == lock
    assert write_lock(read_lock(data, "terra.lock")) == data


@settings(deadline=None, max_examples=50)
@given(locks(), st.randoms(use_true_random=False))
def test_the_order_of_the_values_does_not_matter(lock: Lock, chance: random.Random):
    shuffled = list(lock.plugins)
    chance.shuffle(shuffled)
    assert write_lock(Lock(tuple(shuffled), lock.registries[::-1])) == write_lock(lock)


TREE = Tree.of([TreeFile("main.tf", "ab" * 32), TreeFile("run.sh", "cd" * 32, executable=True)])
S3 = LockedPlugin(
    Name("aws-s3"),
    Version(0, 1, 0),
    "dev",
    Locator("https", "https://h.example/s3.zip"),
    TREE,
    registry="corp",
    archive=Digest.sha256("ef" * 32),
    size=1234,
    requires=(Requirement.parse("aws-kms>=0.2,<1"),),
    edited=(("main.tf", "12" * 32),),
    edit_reason="INFRA-112",
)
LOCK = Lock((S3,), (LockedRegistry("corp", "https://corp.example/", Digest.sha256("34" * 32)),))
BYTES = f"""# Written by terra. Commit it; change it with terra only.
version = 1

[[plugin]]
id = "aws-s3@0.1.0"
set = "dev"
registry = "corp"
source = "https://h.example/s3.zip"
archive = "sha256-{"ef" * 32}"
size = 1234
tree = "{TREE.digest}"
direct = true
requires = ["aws-kms>=0.2,<1"]
signers = []
hooks = false
files = [
  "644 {"ab" * 32} main.tf",
  "755 {"cd" * 32} run.sh",
]
edited = [
  "{"12" * 32} main.tf",
]
edit-reason = "INFRA-112"

[[registry]]
name = "corp"
location = "https://corp.example/"
root = "sha256-{"34" * 32}"
"""


def test_the_bytes_of_an_example():
    assert write_lock(LOCK).decode() == BYTES
    assert read_lock(BYTES.encode(), "terra.lock") == LOCK


def test_line_endings_and_a_mark_of_another_system():
    assert read_lock(b"\xef\xbb\xbf" + BYTES.replace("\n", "\r\n").encode(), "terra.lock") == LOCK


def test_an_empty_lock():
    assert read_lock(write_lock(Lock()), "terra.lock") == Lock()
    assert tomllib.loads(write_lock(Lock()).decode()) == {"version": 1}


def refused(text: str) -> InvalidDocumentError:
    with pytest.raises(InvalidDocumentError) as caught:
        read_lock(text.encode(), "terra.lock")
    assert caught.value.exit == 2
    return caught.value


@pytest.mark.parametrize("version", ["2", "99"])
def test_a_newer_format_says_to_upgrade_and_nothing_else(version: str):
    error = refused(f'version = {version}\n[[plugin]]\nid = 5\nnew = "x"\n')
    assert "upgrade terra" in (error.hint or "")
    assert [issue.where for issue in error.issues] == ["version"]


@pytest.mark.parametrize("head", ["", 'version = "1"\n', "version = true\n", "version = 0\n", "version = -1\n"])
def test_no_format_that_ever_was(head: str):
    assert refused(BYTES.replace("version = 1\n", head)).issues[0].where == "version"


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('id = "aws-s3@0.1.0"', 'id = "aws-s3"', "plugin[0].id"),
        ('id = "aws-s3@0.1.0"', 'id = "Aws@0.1.0"', "plugin[0].id"),
        ('id = "aws-s3@0.1.0"', 'id = "../x@0.1.0"', "plugin[0].id"),
        ('id = "aws-s3@0.1.0"', "", "plugin[0].id"),
        ('archive = "sha256-', 'archive = "md5-', "plugin[0].archive"),
        ("size = 1234", 'size = "1"', "plugin[0].size"),
        ('tree = "sha256-', 'tree = "sha256-0', "plugin[0].tree"),
        (" main.tf", " other.tf", "plugin[0].tree"),
        ("644 ", "755 ", "plugin[0].tree"),
        ("644 ", "600 ", "plugin[0].files[0]"),
        (" main.tf", " ../main.tf", "plugin[0].files[0]"),
        (" main.tf", " /main.tf", "plugin[0].files[0]"),
        (" main.tf", " a//main.tf", "plugin[0].files[0]"),
        ("aws-kms>=0.2,<1", "aws-kms>=x", "plugin[0].requires[0]"),
        ("direct = true", "direct = 1", "plugin[0].direct"),
        ('name = "corp"', "", "registry[0].name"),
        ('location = "https://corp.example/"', "", "registry[0].location"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, where: str):
    assert old in BYTES
    assert where in [issue.where for issue in refused(BYTES.replace(old, new, 1)).issues]


def test_every_issue_at_once():
    error = refused(BYTES.replace("size = 1234", 'size = "1"').replace("direct = true", "direct = 1"))
    assert [issue.where for issue in error.issues] == ["plugin[0].size", "plugin[0].direct"]


def test_one_plugin_twice_in_a_set():
    _, table = BYTES.split("\n\n", 1)
    again = table.partition("\n[[registry]]")[0]
    (issue,) = refused(f"{BYTES}\n{again}").issues
    starts = [number for number, line in enumerate(f"{BYTES}\n{again}".splitlines(), 1) if line == "[[plugin]]"]
    assert issue.where == "aws-s3"
    assert issue.got == " and ".join(f"`aws-s3@0.1.0` at line {number}" for number in starts)


def entry(plugin: str, *lines: str, set_name: str = "") -> str:
    digest = Tree.of([TreeFile.parse(each) for each in lines]).digest
    return (
        f'[[plugin]]\nid = "{plugin}@1.0.0"\nset = "{set_name}"\nsource = "file:x"\ntree = "{digest}"\n'
        f"direct = true\nfiles = [{', '.join(map(repr, lines))}]\n"
    )


@pytest.mark.parametrize("name", [".", "../../x", "/etc", "a b", "Dev"])
def test_a_set_has_a_name_that_terra_toml_may_give_it(name: str):
    (issue,) = refused("version = 1\n" + entry("a", f"644 {'ab' * 32} main.tf", set_name=name)).issues
    assert issue.where == "plugin[0].set"
    assert issue.got.startswith(f"`{name}`")


@pytest.mark.parametrize("path", [".git/HEAD", "sub/.git", ".GIT/config", "a/.terraform/x.tf", ".hg/hgrc"])
def test_what_no_payload_holds_is_no_file_of_a_plugin(path: str):
    error = refused("version = 1\n" + entry("a", f"644 {'ab' * 32} {path}"))
    assert "plugin[0].files[0]" in [issue.where for issue in error.issues]


def test_a_path_twice_in_a_plugin():
    lines = [f"644 {'ab' * 32} main.tf", f"644 {'cd' * 32} main.tf"]
    assert [issue.where for issue in refused(f"version = 1\n{entry('a', *lines)}").issues] == ["plugin[0].files"]


def test_a_plugin_in_the_folder_of_another():
    for names in (("a", "a/b"), ("a/b", "a")):
        error = refused("version = 1\n" + "".join(map(entry, names)))
        assert [issue.where for issue in error.issues] == [f"plugin[{names.index('a/b')}].id"]
    apart = f"version = 1\n{entry('a')}{entry('a/b', set_name='dev')}{entry('ab')}"
    assert len(read_lock(apart.encode(), "terra.lock").plugins) == 3


@pytest.mark.parametrize("mark", ["<<<<<<< HEAD", "=======", ">>>>>>> branch"])
def test_a_conflict_of_a_merge_is_named_by_its_line(mark: str):
    error = refused(f"version = 1\n{mark}\n")
    assert [issue.where for issue in error.issues] == ["line 2"]
    assert "git checkout --ours terra.lock" in (error.hint or "")


@pytest.mark.parametrize("line", ["", "x", "12", "zz" * 32 + " main.tf", "12" * 32, "12" * 32 + " ../main.tf"])
def test_an_accepted_edit_that_is_none_is_named(line: str):
    text = BYTES.replace(f"{'12' * 32} main.tf", line)
    assert any(issue.where.startswith("plugin[0].edited") for issue in refused(text).issues)

"""What is staged is held against what was promised, and only what holds becomes `Verified`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from terra.errors import IntegrityError, PolicyError
from terra.model.digest import Digest
from terra.model.interface import CodeBlock, Interface, ModuleCall, Place
from terra.model.lock import LockedPlugin
from terra.model.name import Name
from terra.model.plugin import Dependency, PluginManifest
from terra.model.project import Policy
from terra.model.release import Release
from terra.model.requirement import Requirement, Specifier
from terra.model.source import Anchor, Locator
from terra.model.stages import Fetched, Staged, Verified
from terra.model.tree import Tree, TreeFile
from terra.model.values import replace
from terra.model.version import UNVERSIONED, Version
from terra.trust.verify import Evidence, check_archive, verify

ALGORITHMS = ("sha256", "sha384", "sha512")
DATA = b"the archive"
TREE = Tree.of([TreeFile("main.tf", hashlib.sha256(b"main").hexdigest())])
OTHER_TREE = Tree.of([TreeFile("main.tf", hashlib.sha256(b"other").hexdigest())])
NAME, VERSION = Name("aws-s3"), Version(0, 1, 0)
HTTPS = Locator("https", "https://h.example/s3.zip")
FOLDER = Fetched(Path("/r/aws-s3"), "folder")


def digest(algorithm: str, data: bytes = DATA) -> Digest:
    return Digest(algorithm, hashlib.new(algorithm, data).hexdigest())


SHA = digest("sha256")
OTHER = digest("sha256", b"other bytes")
FETCHED = Fetched(Path("/q/archive"), "zip", digest=SHA, size=len(DATA))
RELEASE = Release(NAME, VERSION, HTTPS, Anchor("https://h.example/"), "acme", checksum=SHA)
STAGED = Staged(Path("/stage"), TREE)
LOCKED = LockedPlugin(NAME, VERSION, "", HTTPS, TREE, "acme", SHA, len(DATA))


def proven(
    release: Release = RELEASE, fetched: Fetched = FETCHED, staged: Staged = STAGED, **evidence: Any
) -> Verified:
    facts = {"policy": Policy(), "archive_digests": tuple(digest(each) for each in ALGORITHMS), **evidence}
    return verify(release, fetched, staged, Evidence(**facts))


def manifest(**facts: Any) -> Staged:
    return replace(STAGED, manifest=PluginManifest(**{"name": NAME, "version": VERSION, **facts}))


def test_everything_that_was_proven_is_told():
    found = proven()
    assert (found.release, found.name, found.version) == (RELEASE, NAME, VERSION)
    assert (found.folder, found.tree, found.tree_digest) == (STAGED.folder, TREE, TREE.digest)
    assert (found.archive, found.archive_digest, found.archive_size) == (FETCHED.path, SHA, len(DATA))
    assert (found.dependencies, found.manifest, found.warnings) == ((), None, ())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_in_each_algorithm(algorithm: str):
    assert proven(replace(RELEASE, checksum=digest(algorithm))).warnings == ()
    with pytest.raises(IntegrityError, match="another checksum") as caught:
        proven(replace(RELEASE, checksum=digest(algorithm, b"other bytes")))
    assert f"expected {digest(algorithm, b'other bytes')}, got {digest(algorithm)}" in caught.value.message
    assert caught.value.subjects == ("aws-s3@0.1.0",)


def test_a_checksum_that_nobody_computed_is_not_met():
    with pytest.raises(IntegrityError, match="got none"):
        proven(replace(RELEASE, checksum=digest("sha512")), archive_digests=(SHA,))


def test_a_folder_meets_no_checksum():
    with pytest.raises(IntegrityError, match="got none: it is a folder"):
        proven(fetched=FOLDER, archive_digests=())


def test_the_archive_alone_can_be_checked_before_it_is_opened():
    check_archive(RELEASE, (SHA,))
    check_archive(replace(RELEASE, checksum=None), ())
    with pytest.raises(IntegrityError):
        check_archive(RELEASE, (OTHER,))


def test_the_tree_that_a_registry_promises():
    assert proven(replace(RELEASE, tree=TREE.digest)).tree == TREE
    with pytest.raises(IntegrityError, match="another tree") as caught:
        proven(replace(RELEASE, tree=OTHER_TREE.digest))
    assert f"expected {OTHER_TREE.digest}, got {TREE.digest}" in caught.value.message


def test_equal_to_the_lock():
    assert proven(locked=LOCKED).warnings == ()


@pytest.mark.parametrize("checksum", [None, SHA])
def test_a_tree_that_moved_from_the_lock_is_refused(checksum: Digest | None):
    with pytest.raises(IntegrityError, match=r"other bytes than `terra\.lock` says"):
        proven(replace(RELEASE, checksum=checksum), locked=replace(LOCKED, tree=OTHER_TREE))


def test_archive_and_tree_that_moved_are_refused():
    with pytest.raises(IntegrityError, match=r"other bytes than `terra\.lock` says") as caught:
        proven(replace(RELEASE, checksum=None), locked=replace(LOCKED, tree=OTHER_TREE, archive=OTHER))
    assert f"expected archive {OTHER}, got {SHA}" in caught.value.message


def test_a_locked_archive_in_other_bytes_with_an_equal_tree_is_a_warning():
    found = proven(replace(RELEASE, checksum=None, tree=TREE.digest), locked=replace(LOCKED, archive=OTHER))
    assert found.warnings == ("the archive of `aws-s3@0.1.0` has other bytes than the lock says, and the same files",)


def test_under_require_checksum_it_is_refused():
    release = replace(RELEASE, checksum=None, tree=TREE.digest)
    with pytest.raises(IntegrityError, match=r"other bytes than `terra\.lock` says"):
        proven(release, locked=replace(LOCKED, archive=OTHER), policy=Policy(require_checksum=True))


def test_a_checksum_that_holds_outweighs_the_locks_archive():
    """The registry gave a new checksum for the same files: the tree is what the lock holds to."""
    assert proven(locked=replace(LOCKED, archive=OTHER)).warnings == ()


def test_a_folder_is_always_read_afresh():
    release = replace(RELEASE, source=Locator("workspace", "aws-s3"), anchor=Anchor("/r"), checksum=None)
    found = proven(release, FOLDER, locked=replace(LOCKED, archive=None, tree=OTHER_TREE), archive_digests=())
    assert (found.tree, found.archive, found.archive_digest, found.warnings) == (TREE, None, None, ())


def test_another_name_inside_is_refused():
    with pytest.raises(IntegrityError, match="says inside that it is `aws-sqs`, expected `aws-s3`") as caught:
        proven(staged=manifest(name=Name("aws-sqs")))
    assert caught.value.subjects == ("aws-s3", "aws-sqs")


def test_another_entry_point_inside_is_refused():
    with pytest.raises(IntegrityError, match="`sdk`"):
        proven(staged=replace(STAGED, entry="sdk"))
    assert proven(staged=replace(STAGED, entry="aws-s3")).name == NAME


def test_a_direct_source_may_be_called_what_the_user_likes():
    assert proven(replace(RELEASE, registry=None), staged=manifest(name=Name("aws-sqs"))).name == NAME


def test_another_version_inside_is_a_warning_and_the_registrys_is_taken():
    found = proven(staged=manifest(version=Version(0, 2, 0)))
    assert found.version == VERSION
    assert found.warnings == ("`aws-s3@0.1.0` says inside that it is 0.2.0: the registry's version is taken",)


def test_the_version_is_the_entrys_then_the_manifests_then_another_documents():
    unknown = replace(RELEASE, version=None)
    assert proven(unknown, staged=manifest(version=Version(3, 0, 0))).version == Version(3, 0, 0)
    named = replace(STAGED, manifest_version=Version(4, 0, 0))
    assert proven(unknown, staged=named).version == Version(4, 0, 0)
    both = replace(manifest(version=Version(3, 0, 0)), manifest_version=Version(4, 0, 0))
    assert proven(unknown, staged=both).version == Version(3, 0, 0)
    assert proven(unknown).version == UNVERSIONED


def test_the_manifests_dependencies_are_the_releases():
    kms = Requirement.parse("aws-kms>=0.2")
    assert proven(replace(RELEASE, dependencies=(kms,))).dependencies == (kms,)
    own = Dependency(Name("aws-iam"), Specifier.parse(">=1"))
    found = proven(replace(RELEASE, dependencies=(kms,)), staged=manifest(dependencies=(own,)))
    assert found.dependencies == (Requirement.parse("aws-iam>=1"),)


def test_no_checksum_at_all_is_a_warning_or_refused():
    release = replace(RELEASE, checksum=None)
    (warning,) = proven(release).warnings
    assert "comes without a checksum" in warning
    with pytest.raises(PolicyError, match="comes without a checksum") as caught:
        proven(release, policy=Policy(require_checksum=True))
    assert f"--checksum {SHA}" in (caught.value.hint or "")


def test_module_sources_and_content_are_held_too():
    place = Place("main.tf", 3)
    leaving = Interface(module_calls=(ModuleCall("x", place, "../stranger"),))
    with pytest.raises(IntegrityError, match=r"main\.tf:3: `\.\./stranger` leaves the plugin"):
        proven(interface=leaving)
    with pytest.raises(PolicyError, match="runs programs"):
        proven(interface=Interface(code_blocks=(CodeBlock("local-exec", place),)), policy=Policy(code_blocks="refuse"))


def test_a_file_that_does_not_parse_is_a_warning():
    found = proven(interface=Interface(unparsed=(Place("x.tf", 7),)))
    assert found.warnings == ("`x.tf:7` does not parse as Terraform",)

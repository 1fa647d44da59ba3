"""The example of each format, as the design gives it, is read, and means what it says there."""

from __future__ import annotations

import json
from pathlib import Path

from docs.console import ROOT, blocks
from terra.model.digest import Digest
from terra.model.lock import LockedRegistry
from terra.model.name import Name
from terra.model.plugin import Dependency
from terra.model.project import Policy, RegistryEntry
from terra.model.requirement import Requirement, Specifier
from terra.model.source import Anchor, Locator
from terra.model.version import Version
from terra.wire.lock_toml import read_lock, write_lock
from terra.wire.plugin_toml import read_plugin_manifest
from terra.wire.project_toml import read_project, read_settings
from terra.wire.registry_json import read_registry
from terra.wire.search_index import read_lines, read_search_index
from terra.wire.static_tree import read_plugin_document, read_static_tree

FORMATS = Path(__file__).parent / "formats"
S3 = Name("aws-s3")
HERE = Anchor("/registry")


def example(name: str) -> bytes:
    return (FORMATS / name).read_bytes()


def test_terra_toml() -> None:
    project = read_project(example("terra.toml"), "terra.toml")
    assert (project.name, project.default.folder) == ("my-infra", "plugins")
    lines = {line.name.text: line for line in project.default.plugins}
    assert lines["aws-s3"].specifier == Specifier.parse(">=0.1,<1")
    assert (lines["my-company/vpc"].specifier.text, lines["my-company/vpc"].registry) == ("~>1.2", "corp")
    assert (lines["aws-sqs"].source, lines["aws-sqs"].exclude) == ("file:../aws-sqs", ("docs/**",))
    (dev,) = project.sets
    assert (dev.name, dev.folder, [line.name for line in dev.plugins]) == ("dev", "envs/dev/plugins", [S3])
    corp, mirror = project.registries
    assert (corp.label, corp.url, corp.namespaces) == ("corp", "https://terra.corp.example/", ("my-company",))
    assert corp.root_sha256 is not None
    assert mirror == RegistryEntry("mirror", "https://pypi.corp.example/simple/", "pypi")
    assert project.policy == Policy(
        require_checksum=True,
        require_signature=("my-company",),
        allow_sources=("https", "pypi", "npm"),
        remote_modules="refuse",
    )


def test_terra_lock() -> None:
    lock = read_lock(example("terra.lock"), "terra.lock")
    (plugin,) = lock.plugins
    assert (plugin.id, plugin.set, plugin.registry, plugin.size) == ("aws-s3@0.1.0", "dev", "corp", 1234)
    assert plugin.source.scheme == "https"
    assert plugin.requires == (Requirement(Name("aws-kms"), Specifier.parse(">=0.2,<1")),)
    assert [file.path for file in plugin.tree.files] == ["main.tf"]
    assert plugin.commit is not None
    assert [path for path, _ in plugin.edited] == ["main.tf"]
    assert (plugin.edit_reason, plugin.direct, plugin.hooks, plugin.signers) == ("INFRA-112", True, False, ())
    (registry,) = lock.registries
    assert registry == LockedRegistry("corp", "https://terra.corp.example/", registry.root)
    assert registry.root is not None


def test_terra_lock_is_written_with_every_line_of_the_example() -> None:
    example_lines = [line.partition("  #")[0].rstrip() for line in example("terra.lock").decode().splitlines()]
    written = write_lock(read_lock(example("terra.lock"), "terra.lock")).decode().splitlines()
    assert [line for line in written if line and not line.startswith("#")] == [line for line in example_lines if line]


def test_terra_plugin_toml() -> None:
    manifest = read_plugin_manifest(example("terra-plugin.toml"), "terra-plugin.toml")
    assert (manifest.name, manifest.version) == (S3, Version(0, 1, 0))
    assert manifest.description == "S3 bucket, private and encrypted by default"
    assert (manifest.license, manifest.tags, manifest.provider) == ("MIT", ("aws", "storage"), "aws")
    assert manifest.terraform == ">=1.5"
    assert manifest.repository == "https://github.com/terra-plugins/plugins"
    assert manifest.directory == "packages/plugins/aws-s3"
    assert manifest.dependencies == (
        Dependency(Name("aws-kms"), Specifier.parse(">=0.2,<1")),
        Dependency(Name("aws-iam"), Specifier.parse(">=1"), ("git::https://ghe.corp/acme/iam.git",)),
    )
    assert (manifest.root, manifest.exclude) == (".", ("docs/**",))
    assert manifest.hooks == (("after-apply", "terra_aws_s3.hooks:after_apply"),)


def test_registry_json_as_a_list() -> None:
    document = read_registry(example("registry-list.json"), "registry.json", HERE, "acme")
    assert not document.issues
    s3, sqs = document.listings
    assert (s3.name, s3.description, s3.issues, sqs.issues) == (S3, "S3 bucket", (), ())
    assert s3.releases[0].source.scheme == "https"
    assert s3.releases[0].checksum == Digest.parse(str(s3.releases[0].checksum))
    assert sqs.releases[0].source == Locator("npm", "@terra/aws-sqs@0.1.0")


def test_registry_json_as_a_table() -> None:
    document = read_registry(example("registry-table.json"), "registry.json", HERE, "acme")
    assert (document.name, document.includes, document.issues) == ("acme", ("teams/net/registry.json",), ())
    (s3,) = document.listings
    assert (s3.tags, s3.issues) == (("aws",), ())
    (release,) = s3.releases
    assert (release.version, release.yanked) == (Version(0, 2, 0), None)
    assert release.source == Locator("workspace", "packages/plugins/aws-s3")
    assert release.dependencies == (Requirement(Name("aws-kms"), Specifier.parse(">=0.2")),)


def shown(page: str, language: str) -> list[str]:
    """Return the blocks of a page in one language."""
    found = [text for each, text in blocks(ROOT / "docs" / page) if each == language]
    assert found, f"{page} shows no {language}"
    return found


def test_every_example_of_a_registry_is_read() -> None:
    templates = 0
    for text in shown("reference/registry-json.md", "json"):
        is_entry = "name" in json.loads(text) and "plugins" not in json.loads(text)
        document = read_registry((f"[{text}]" if is_entry else text).encode(), "registry.json", HERE, "acme")
        assert not document.issues
        for listing in document.listings:
            assert not listing.issues
            assert listing.releases or listing.template
            templates += listing.template is not None
    assert templates, "no example has a template"


def test_every_example_of_registries_is_read() -> None:
    (text,) = shown("how-to/private-index.md", "toml")
    corp, mirror = read_settings(text.encode(), "config.toml").registries
    assert (corp.kind, corp.namespaces, mirror.kind) == ("pypi", ("my-company",), "pypi")


def test_every_example_of_a_static_tree_is_read() -> None:
    tree, plugin, index = (text.encode() for text in shown("reference/static-tree.md", "json"))
    read = read_static_tree(tree, "terra-registry.json")
    assert (read.name, read.document_of(Name("my-company/vpc"))) == ("acme", "plugins/my-company/vpc.json")
    assert (read.search, read.metadata) == ("search/index.json", None)
    listing = read_plugin_document(plugin, "plugins/aws-s3.json", S3, HERE, "acme")
    (release,) = listing.releases
    assert (listing.issues, listing.tags, listing.provider) == ((), ("aws", "storage"), "aws")
    assert (release.version, release.size, release.yanked) == (Version(0, 2, 0), 1234, None)
    assert release.source == Locator("file", "archives/aws-s3/0.2.0/aws-s3-0.2.0.tar.gz")
    assert release.checksum is not None
    assert release.tree is not None
    assert release.dependencies == (Requirement(Name("aws-kms"), Specifier.parse(">=0.2,<1")),)
    (shard,) = read_search_index(index, "search/index.json")
    assert shard.path == f"search/{shard.sha256}.json.gz"
    (line,) = shown("reference/static-tree.md", "text")
    (summary,), bad = read_lines([line.encode()], "acme")
    assert (summary.name, summary.latest, summary.provider, bad) == (S3, "0.2.0", "aws", [])

"""What is installed is copied as RECORD has it and proven by it; an editable install is read afresh."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.project import write_files
from terra.archive.payload import open_payload
from terra.errors import IntegrityError, SourceNotFoundError, UsageError
from terra.index.installed import InstalledIndex
from terra.model.name import Name
from terra.model.source import Anchor, Locator
from terra.model.stages import Fetched, Staged
from terra.model.version import Version
from terra.plugins.discovery import entry_points
from terra.plugins.installed import read_installed
from terra.sources.installed import InstalledSource
from terra.spec import FetchOrder, FetchTools
from terra.testing.fakes import FakeRunner, FakeTransport, RecordingReporter

INFO = "terra_aws_s3-0.1.0.dist-info"
MANIFEST = '[plugin]\nname = "aws-s3"\nversion = "0.1.0"\n'
FILES: dict[str, str | bytes] = {
    "terra_aws_s3/__init__.py": "raise RuntimeError\n",
    "terra_aws_s3/payload/main.tf": "# main\n",
    "terra_aws_s3/payload/modules/x/main.tf": "# inner\n",
    "terra_aws_s3/payload/examples/basic/main.tf": "# example\n",
    "terra_aws_s3/terra-plugin.toml": MANIFEST,
    f"{INFO}/METADATA": "Name: terra-aws-s3\nVersion: 0.1.0\n",
    f"{INFO}/entry_points.txt": "[terra.plugins]\naws-s3 = terra_aws_s3\n",
}


def record_hash(data: str | bytes, algorithm: str = "sha256") -> str:
    data = data if isinstance(data, bytes) else data.encode()
    digest = hashlib.new(algorithm, data).digest()
    return f"{algorithm}={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


@dataclass
class Site:
    """A folder of installed distributions, and a quarantine."""

    folder: Path
    quarantine: Path

    def install(self, files: dict[str, str | bytes] | None = None, *rows: str, info: str = INFO) -> None:
        files = FILES if files is None else files
        write_files(self.folder, files)
        listed = [f"{path},{record_hash(data)}," for path, data in files.items()]
        (self.folder / info / "RECORD").write_text("\n".join([*listed, *rows, f"{info}/RECORD,,"]) + "\n")

    def fetch(self, name: str = "aws-s3") -> Fetched:
        """Go the way of `add`: discovery, index, source."""
        found = InstalledIndex(read_installed(entry_points([str(self.folder)]), pytest.fail)).find(Name(name))
        assert found is not None
        (release,) = found.releases
        order, source = FetchOrder(release.source, release.anchor), InstalledSource()
        source.check(order)
        tools = FetchTools(
            FakeTransport(),
            self.quarantine,
            RecordingReporter(),
            lambda _done, _total: None,
            FakeRunner(),
            {},
            Path("/project"),
        )
        return source.fetch(order, tools)

    def open(self, fetched: Fetched, name: str = "aws-s3") -> Staged:
        return open_payload(fetched, self.quarantine / "payload", name=Name(name))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "quarantine").mkdir()
    (tmp_path / "site").mkdir()
    return Site(tmp_path / "site", tmp_path / "quarantine")


def paths(staged: Staged) -> list[str]:
    return [file.path for file in staged.tree.files]


def test_the_payload_is_what_record_lists(site: Site) -> None:
    site.install()
    write_files(site.folder, {"terra_aws_s3/payload/mine.tf": "# not listed\n"})
    fetched = site.fetch()
    assert (fetched.form, fetched.promised, fetched.version) == ("unpacked-wheel", True, Version(0, 1, 0))
    assert fetched.source == Locator("pypi", "terra-aws-s3==0.1.0")
    staged = site.open(fetched)
    assert paths(staged) == ["main.tf", "modules/x/main.tf"]
    assert [each.path for each in staged.left_out] == ["examples/"]
    assert staged.manifest is not None
    assert staged.stated_name == Name("aws-s3")
    assert staged.manifest_version == Version(0, 1, 0)


@pytest.mark.parametrize("place", [f"{INFO}/terra-plugin.toml", f"{INFO}/extra_metadata/terra-plugin.toml"])
def test_the_manifest_stands_where_a_wheel_may_have_it(site: Site, place: str) -> None:
    files = {path: data for path, data in FILES.items() if not path.endswith(".toml")}
    site.install({**files, place: MANIFEST})
    staged = site.open(site.fetch())
    assert staged.manifest is not None
    assert staged.manifest.name == Name("aws-s3")


def test_what_an_installer_compiled_is_no_part_of_it(site: Site) -> None:
    compiled = "terra_aws_s3/payload/modules/x/__pycache__/f.cpython-311.pyc"
    site.install(None, f"{compiled},,", "../../bin/x,,", "/etc/x,sha256=abcd,")
    write_files(site.folder, {compiled: b"\0"})
    assert paths(site.open(site.fetch())) == ["main.tf", "modules/x/main.tf"]


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_modes_are_kept_and_links_of_an_installer_are_followed(site: Site, tmp_path: Path) -> None:
    site.install({**FILES, "terra_aws_s3/payload/run.sh": "#!/bin/sh\n"})
    script = site.folder / "terra_aws_s3/payload/run.sh"
    script.chmod(0o700)
    cached = tmp_path / "cached"
    main = site.folder / "terra_aws_s3/payload/main.tf"
    main.rename(cached)
    main.symlink_to(cached)
    staged = site.open(site.fetch())
    assert {file.path: file.executable for file in staged.tree.files} == {
        "main.tf": False,
        "modules/x/main.tf": False,
        "run.sh": True,
    }


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
def test_stronger_hashes_of_record_count(site: Site, algorithm: str) -> None:
    site.install()
    record, path = site.folder / INFO / "RECORD", "terra_aws_s3/payload/main.tf"
    weak, strong = record_hash(FILES[path]), record_hash(FILES[path], algorithm)
    record.write_text(record.read_text().replace(f"{path},{weak}", f"{path},{strong}"))
    site.fetch()
    assert strong in record.read_text()
    (site.folder / path).write_text("# other\n")
    with pytest.raises(IntegrityError, match=f"expected {algorithm} "):
        Site(site.folder, site.quarantine / "again").fetch()


@pytest.mark.parametrize(
    "path",
    [
        "terra_aws_s3/payload/main.tf",
        "terra_aws_s3/payload/examples/basic/main.tf",
        "terra_aws_s3/terra-plugin.toml",
        f"{INFO}/entry_points.txt",
    ],
)
def test_an_edited_file_is_refused_by_name(site: Site, path: str) -> None:
    site.install()
    with (site.folder / path).open("a") as stream:
        stream.write("\n")
    with pytest.raises(IntegrityError, match=f"`{path}` of the installed `terra-aws-s3==0.1.0`") as caught:
        site.fetch()
    assert "--force-reinstall --no-deps terra-aws-s3==0.1.0" in (caught.value.hint or "")


@pytest.mark.parametrize("stands", ["nothing", "folder", "dangling link"])
def test_a_missing_file_is_refused_by_name(site: Site, stands: str) -> None:
    site.install()
    path = site.folder / "terra_aws_s3/payload/main.tf"
    path.unlink()
    if stands == "folder":
        path.mkdir()
    elif stands == "dangling link":
        path.symlink_to("nowhere")
    with pytest.raises(IntegrityError, match=r"payload/main\.tf` of .*: expected a file, got none"):
        site.fetch()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("terra_aws_s3/payload/../../../secret.tf,sha256=abcd,", "expected a file below the folder"),
        ("terra_aws_s3/payload//etc/x.tf,sha256=abcd,", "expected a file below the folder"),
        ("terra_aws_s3/payload/a\\b.tf,sha256=abcd,", "expected a file below the folder"),
        ("terra_aws_s3/payload/bare.tf,,", "expected a hash in RECORD, sha256, sha384, sha512, got none"),
        ("terra_aws_s3/payload/weak.tf,md5=abcd,", "got md5"),
        ('"terra_aws_s3/payload/x,', "expected a table of files and hashes"),
        ("terra_aws_s3/payload/x.tf,sha256=a,", "expected a table of files and hashes"),
    ],
)
def test_a_record_that_cannot_be_held_to_is_refused(site: Site, row: str, why: str) -> None:
    (site.folder.parent / "secret.tf").write_text("secret")
    site.install(None, row)
    with pytest.raises(IntegrityError) as caught:
        site.fetch()
    assert why in caught.value.message
    assert not any("secret" in path.name for path in site.quarantine.rglob("*"))


@pytest.mark.parametrize("lines", [None, "", "terra_aws_s3/payload/main.tf,sha256=abcd,\n"])
def test_without_a_whole_record_nothing_is_proven(site: Site, lines: str | None) -> None:
    site.install()
    record = site.folder / INFO / "RECORD"
    record.unlink()
    if lines is not None:
        record.write_text(lines)
    with pytest.raises(IntegrityError, match="`RECORD` of the installed"):
        site.fetch()


def test_of_several_plugins_of_one_distribution_the_one_asked_for_is_opened(site: Site) -> None:
    files = {
        "one/payload/main.tf": "# one\n",
        "two/deep/payload/main.tf": "# two\n",
        f"{INFO}/METADATA": "Name: terra-aws-s3\nVersion: 0.1.0\n",
        f"{INFO}/entry_points.txt": "[terra.plugins]\none = one\ntwo = two.deep\n",
    }
    site.install(files)
    staged = site.open(site.fetch("two"), "two")
    assert (staged.folder / "main.tf").read_text() == "# two\n"


def test_an_address_that_somebody_wrote_is_refused() -> None:
    for anchor in ("/project", "https://h.example/x.dist-info"):
        order = FetchOrder(Locator("installed", "terra-x==1.0"), Anchor(anchor))
        with pytest.raises(UsageError, match="is not an address to write down"):
            InstalledSource().check(order)


def test_what_was_uninstalled_meanwhile(site: Site) -> None:
    order = FetchOrder(Locator("installed", "terra-x==1.0"), Anchor(str(site.folder / "terra_x-1.0.dist-info")))
    tools = FetchTools(
        FakeTransport(), site.quarantine, RecordingReporter(), lambda *_: None, FakeRunner(), {}, Path("/project")
    )
    with pytest.raises(SourceNotFoundError, match="`terra-x` is no longer installed"):
        InstalledSource().fetch(order, tools)


EDITABLE = {
    f"{INFO}/METADATA": "Name: terra-aws-s3\nVersion: 0.1.0\n",
    f"{INFO}/entry_points.txt": "[terra.plugins]\naws-s3 = terra_aws_s3\n",
}


def editable(site: Site, files: dict[str, str | bytes]) -> Path:
    """Install a project of these files as an editable one; return its folder."""
    project = site.folder.parent / "a project"
    write_files(project, files)
    origin = f'{{"url": "{project.as_uri()}", "dir_info": {{"editable": true}}}}'
    site.install({**EDITABLE, f"{INFO}/direct_url.json": origin})
    return project


@pytest.mark.parametrize("layout", ["src/terra_aws_s3", "terra_aws_s3"])
@pytest.mark.parametrize("manifest", ["in the module", "in the project", "none"])
def test_an_editable_install_with_the_payload_in_its_module(site: Site, layout: str, manifest: str) -> None:
    at = {"in the module": {f"{layout}/terra-plugin.toml": MANIFEST}, "in the project": {"terra-plugin.toml": MANIFEST}}
    files = {f"{layout}/payload/main.tf": "# main\n", f"{layout}/payload/.terraform/big": "x", "README.md": "# x\n"}
    project = editable(site, {**files, **at.get(manifest, {})})
    fetched = site.fetch()
    assert (fetched.form, fetched.promised, fetched.version) == ("unpacked-wheel", False, Version(0, 1, 0))
    assert fetched.source == Locator("file", str(project / layout), "payload")
    assert not any(path.name == ".terraform" for path in site.quarantine.rglob("*"))
    staged = site.open(fetched)
    assert paths(staged) == ["main.tf"]
    assert (staged.manifest is None) == (manifest == "none")


def test_an_editable_install_of_a_plugins_folder(site: Site) -> None:
    project = editable(site, {"terra-plugin.toml": MANIFEST, "main.tf": "# main\n", "pyproject.toml": ""})
    fetched = site.fetch()
    assert (fetched.form, fetched.path) == ("folder", project)
    assert fetched.source == Locator("file", str(project))
    assert paths(site.open(fetched)) == ["main.tf"]


def test_an_editable_install_where_python_finds_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The top-level package is found and nothing of it runs, whichever layout the project has."""
    files: dict[str, str | bytes] = {
        "lib/terra_unit_found/__init__.py": "raise RuntimeError\n",
        "lib/terra_unit_found/deep/payload/main.tf": "# main\n",
    }
    project = editable(site, files)
    (site.folder / INFO / "entry_points.txt").write_text("[terra.plugins]\naws-s3 = terra_unit_found.deep\n")
    monkeypatch.syspath_prepend(project / "lib")
    fetched = site.fetch()
    assert fetched.source == Locator("file", str(project / "lib/terra_unit_found/deep"), "payload")
    assert paths(site.open(fetched)) == ["main.tf"]


def test_a_development_install_of_old(site: Site) -> None:
    info = "terra_aws_s3.egg-info"
    described = {f"{info}/{path.partition('/')[2]}": data for path, data in EDITABLE.items()}
    described[f"{info}/PKG-INFO"] = described.pop(f"{info}/METADATA")
    write_files(site.folder, {**described, "terra_aws_s3/payload/main.tf": "# main\n"})
    fetched = site.fetch()
    assert fetched.source == Locator("file", str(site.folder / "terra_aws_s3"), "payload")
    assert paths(site.open(fetched)) == ["main.tf"]


def test_an_editable_install_without_a_payload(site: Site) -> None:
    project = editable(site, {"src/terra_aws_s3/__init__.py": ""})
    with pytest.raises(SourceNotFoundError) as caught:
        site.fetch()
    assert f"an editable install of `{project}`, which has neither `terra-plugin.toml`" in caught.value.message


@pytest.mark.skipif(os.name != "posix", reason="makes links")
def test_a_link_out_of_an_editable_payload_is_not_followed(site: Site, tmp_path: Path) -> None:
    project = editable(site, {"terra_aws_s3/payload/main.tf": "# main\n"})
    (tmp_path / "secret").write_text("secret")
    (project / "terra_aws_s3/payload/secret.tf").symlink_to(tmp_path / "secret")
    with pytest.raises(IntegrityError, match=r"secret\.tf"):
        site.open(site.fetch())

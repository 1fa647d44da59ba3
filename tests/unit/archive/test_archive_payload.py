from __future__ import annotations

import json

import pytest
from archive_bytes import sha, tar_gz, zipped

from terra.archive.payload import open_payload
from terra.errors import InvalidDocumentError, PayloadError, SourceNotFoundError, UnsafeArchiveError
from terra.model.name import Name
from terra.model.stages import Fetched
from terra.model.tree import Tree, TreeFile
from terra.model.version import Version

TF = b'variable "x" {}\n'


def manifest(files: str = "", name: str = "aws-s3", version: str = "") -> bytes:
    said = f'version = "{version}"\n' if version else ""
    return f'[plugin]\nname = "{name}"\n{said}[files]\n{files}\n'.encode()


@pytest.fixture(params=["tar.gz", "zip", "folder"])
def form(request):
    return request.param


@pytest.fixture
def opened(tmp_path):
    def run(files: dict[str, bytes], form: str = "tar.gz", subdir: str = "", **more):
        path = tmp_path / "release"
        if form == "folder":
            for name, data in files.items():
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                (path / name).write_bytes(data)
        else:
            path.write_bytes(tar_gz(files) if form == "tar.gz" else zipped(files))
        staged = open_payload(Fetched(path, form, subdir, f"aws-s3.{form}"), tmp_path / "stage/into", **more)
        assert [each.name for each in (tmp_path / "stage").iterdir()] == ["into"]
        return staged

    return run


def paths(staged):
    on_disk = {path.relative_to(staged.folder).as_posix() for path in staged.folder.rglob("*") if path.is_file()}
    assert on_disk == {file.path for file in staged.tree.files}
    return [file.path for file in staged.tree.files]


ROOTS = {
    "files at the root": ({"main.tf": TF, "modules/a/main.tf": TF}, "", ["main.tf", "modules/a/main.tf"]),
    "wrapped": ({"aws-s3-1/main.tf": TF, "aws-s3-1/README.md": b""}, "", ["README.md", "main.tf"]),
    "wrapped thrice": ({"packages/plugins/aws-s3/main.tf": TF}, "", ["main.tf"]),
    "wrapped with dot files above": ({".github/x": b"", ".gitignore": b"", "a/main.tf": TF}, "", ["main.tf"]),
    "wrapped by macOS": ({"__MACOSX/a/._main.tf": b"", "a/main.tf": TF}, "", ["main.tf"]),
    "two folders": ({"a/main.tf": TF, "b/main.tf": TF}, "", ["a/main.tf", "b/main.tf"]),
    "subdir": ({"main.tf": TF, "modules/vpc/vpc.tf": TF}, "modules/vpc", ["vpc.tf"]),
    "the manifest's folder": (
        {"README.md": b"", "x.tf": TF, "p/s3/terra-plugin.toml": manifest(), "p/s3/m.tf": TF},
        "",
        ["m.tf"],
    ),
    "the manifest's root": ({"terra-plugin.toml": manifest('root = "mod"'), "mod/m.tf": TF, "x.tf": TF}, "", ["m.tf"]),
    "subdir with a manifest": ({"a/b/terra-plugin.toml": manifest('root = "c"'), "a/b/c/m.tf": TF}, "a/b", ["m.tf"]),
    "manifests in tests are others'": (
        {"main.tf": TF, "tests/a/terra-plugin.toml": b"", "examples/b/terra-plugin.toml": b""},
        "",
        ["main.tf"],
    ),
    "manifest at the top of several": (
        {"terra-plugin.toml": manifest(), "m.tf": TF, "a/terra-plugin.toml": b""},
        "",
        ["m.tf"],
    ),
    "json only": ({"main.tf.json": b"{}"}, "", ["main.tf.json"]),
    "opentofu only": ({"main.tofu": TF}, "", ["main.tofu"]),
    "terraform below only": ({"README.md": b"", "modules/a/main.tf": TF}, "", ["README.md", "modules/a/main.tf"]),
}


@pytest.mark.parametrize("case", ROOTS)
def test_the_payload_root_is_found(case, form, opened):
    files, subdir, expected = ROOTS[case]
    assert paths(opened(files, form, subdir)) == expected


@pytest.mark.parametrize("subdir", ["modules/vpc", "repo-1/modules/vpc", "*/modules/vpc", "repo-?/modules/v*"])
def test_a_subdir_may_leave_out_the_folder_around_everything(subdir, opened):
    files = {"repo-1/modules/vpc/vpc.tf": TF, "repo-1/main.tf": TF, "repo-1/modules/other/o.tf": TF}
    assert paths(opened(files, "tar.gz", subdir)) == ["vpc.tf"]


NO_ROOT = {
    "subdir leaves": ({"main.tf": TF}, "../x", "cannot have a folder"),
    "subdir of several": ({"a/x.tf": TF, "b/x.tf": TF}, "*", "several folders"),
    "several manifests": (
        {"README.md": b"", "a/terra-plugin.toml": b"", "b/terra-plugin.toml": b""},
        "",
        "holds 2 plugins",
    ),
    "no such root": ({"terra-plugin.toml": manifest('root = "gone"'), "main.tf": TF}, "", r"\[files\] root"),
    "no terraform": ({"README.md": b"", "setup.py": b""}, "", "no Terraform files"),
    "no terraform in the subdir": ({"main.tf": TF, "docs/x.md": b""}, "docs", "no Terraform files in `docs/`"),
    "terraform left out": ({"README.md": b"", "examples/main.tf": TF}, "", "no Terraform files"),
    "nothing": ({}, "", "no Terraform files"),
}


@pytest.mark.parametrize("case", NO_ROOT)
def test_no_or_an_unclear_payload_is_refused_and_nothing_left(case, opened, tmp_path):
    files, subdir, words = NO_ROOT[case]
    with pytest.raises(PayloadError, match=words):
        opened(files, "zip", subdir)
    assert [path.name for path in (tmp_path / "stage").rglob("*")] == ["into"]


def test_a_subdir_that_is_not_there_is_not_found_and_near_ones_are_named(opened, tmp_path):
    with pytest.raises(SourceNotFoundError, match="no folder `modules/vpd`") as error:
        opened({"modules/vpc/main.tf": TF, "main.tf": TF}, "zip", "modules/vpd")
    assert error.value.hint == "there are `//modules/vpc`"
    assert [path.name for path in (tmp_path / "stage").rglob("*")] == ["into"]


def test_the_hint_names_where_the_terraform_files_are(opened):
    with pytest.raises(PayloadError) as error:
        opened({"docs/x.md": b"", "mod/main.tf": TF}, "zip", "docs")
    assert error.value.hint == "there are some in `//mod`"


def test_an_npm_tarball_has_its_payload_in_package(opened):
    files = {
        "package/package.json": json.dumps({"name": "@terra/aws-s3", "version": "0.1.0-beta.2"}).encode(),
        "package/main.tf": TF,
        "package/index.js": b"",
        "package/terra-plugin.toml": manifest(),
    }
    staged = opened(files)
    assert paths(staged) == ["index.js", "main.tf"]
    assert (staged.manifest.name, staged.manifest_version) == (Name("aws-s3"), Version.parse("0.1.0-beta.2"))


def test_an_npm_tarball_with_a_second_root_is_refused(opened):
    with pytest.raises(PayloadError, match="beside `package/`"):
        opened({"package/package.json": b"{}", "package/main.tf": TF, "evil/main.tf": TF})


@pytest.mark.parametrize("text", [b"", b"[" * 100_000, b"[]", b'{"version": 1}', b'{"version": "1.2.3-1"}', b"\xff"])
def test_a_package_json_without_a_usable_version_says_nothing(text, opened):
    assert opened({"package/package.json": text, "package/main.tf": TF}).manifest_version is None


def test_a_package_json_elsewhere_says_the_version_too(form, opened):
    assert opened({"a/package.json": b'{"version": "v1.2"}', "a/main.tf": TF}, form).manifest_version == Version(
        1, 2, 0
    )


MESSY = {
    "main.tf": b'source = "./examples/a"\nx = file("${path.module}/package.json")\n',
    "README.md": b"",
    "LICENSE": b"",
    "lambda/index.py": b"",
    "lambda/package.json": b"{}",
    "handler.py": b"",
    "modules/tests/main.tf": TF,
    ".gitignore": b"",
    ".github/workflows/x.yml": b"",
    "lambda/.env": b"",
    ".git/config": b"",
    ".terraform/modules/modules.json": b"",
    "modules/.terraform/x": b"",
    "terraform.tfstate": b"",
    "terraform.tfstate.backup": b"",
    "crash.log": b"",
    "node_modules/a/x.js": b"",
    "lambda/node_modules/b/x.js": b"",
    "lambda/__pycache__/index.pyc": b"",
    "lambda/old.pyc": b"",
    "terra_x.egg-info/PKG-INFO": b"",
    "pyproject.toml": b"",
    "setup.py": b"",
    "package.json": b"{}",
    "package-lock.json": b"{}",
    "examples/a/main.tf": TF,
    "examples/a/x.auto.tfvars": b"",
    "tests/x.tftest.hcl": b"",
    "terra-plugin.toml": manifest(),
    "terra.toml": b'[project]\nplugins-dir = "vendor/plugins"\n[sets.dev]\ndir = "dev/p"\n',
    "terra.lock": b"version = 1\n",
    "terra-registry.json": b"{}",
    "vendor/plugins/aws-kms/main.tf": TF,
    "vendor/other.tf": TF,
    "dev/p/x.tf": TF,
    "plugins/kept.tf": TF,
}
KEPT = [
    *("LICENSE", "README.md", "handler.py", "lambda/index.py", "lambda/package.json", "main.tf"),
    *("modules/tests/main.tf", "plugins/kept.tf", "vendor/other.tf"),
]


def test_what_is_no_payload_is_left_out_and_named(form, opened):
    staged = opened(MESSY, form)
    assert paths(staged) == KEPT
    left = {each.path: each.why for each in staged.left_out}
    assert set(left) == {
        *(".git/", ".github/", ".gitignore", ".terraform/", "crash.log", "dev/p/", "examples/", "lambda/.env"),
        *("lambda/__pycache__/", "lambda/node_modules/", "lambda/old.pyc", "modules/.terraform/", "node_modules/"),
        *(
            "package-lock.json",
            "package.json",
            "pyproject.toml",
            "setup.py",
            "terra-plugin.toml",
            "terra-registry.json",
        ),
        *("terra.lock", "terra.toml", "terra_x.egg-info/", "terraform.tfstate", "terraform.tfstate.backup", "tests/"),
        "vendor/plugins/",
    }
    assert left["examples/"] == "root modules of their own"
    assert left["tests/"] == "root modules of their own"
    referred = {each.path: each.referred_by for each in staged.left_out if each.referred_by}
    assert referred["examples/"] == "main.tf"
    assert referred["package.json"] == "main.tf"
    assert "tests/" not in referred


def test_one_release_has_one_tree_whatever_carries_it(tmp_path, opened):
    trees = []
    for form in ("tar.gz", "zip", "folder"):
        files = {f"wrapped/{path}" if form == "zip" else path: data for path, data in MESSY.items()}
        trees.append(opened(files, form).tree)
        (tmp_path / "stage").rename(tmp_path / f"done-{form.replace('.', '')}")
        if form != "folder":
            (tmp_path / "release").unlink()
    assert trees[0] == trees[1] == trees[2]
    assert trees[0].digest == Tree.of([TreeFile(path, sha(MESSY[path])) for path in KEPT]).digest


def test_without_a_terra_toml_a_folder_plugins_is_payload(form, opened):
    assert paths(opened({"main.tf": TF, "plugins/a/main.tf": TF}, form)) == ["main.tf", "plugins/a/main.tf"]


@pytest.mark.parametrize("text", [b"", b"not toml", b"[project]\nplugins-dir = 1\n"])
def test_with_a_terra_toml_that_says_nothing_it_is_vendored(text, form, opened):
    assert paths(opened({"main.tf": TF, "plugins/a/main.tf": TF, "terra.toml": text}, form)) == ["main.tf"]


def test_include_brings_back_and_exclude_leaves_out(form, opened):
    said = """
        include = ["examples/**", ".tool/", "package.json", "**/.keep", ".git/**", "terra.toml", "node_modules/a"]
        exclude = ["docs/**", "*.md", "examples/big", "node_modules/a/no.js"]
    """
    files = {
        **dict.fromkeys(
            ["main.tf", "examples/a/main.tf", "examples/big/main.tf", ".tool/x", ".other", "package.json"], TF
        ),
        **dict.fromkeys(["m/.keep", "m/.gone", ".git/x", "docs/a/b.txt", "docs/c.txt", "README.md", "m/README.md"], TF),
        **dict.fromkeys(["node_modules/a/x.js", "node_modules/a/no.js", "node_modules/b/x.js"], TF),
        "terra-plugin.toml": manifest(said),
        "terra.toml": b"",
    }
    staged = opened(files, form)
    assert paths(staged) == [
        *(".tool/x", "examples/a/main.tf", "m/.keep", "main.tf", "node_modules/a/x.js", "package.json"),
    ]
    left = {each.path for each in staged.left_out}
    assert {"docs/", "examples/big/", "README.md", "m/README.md", ".git/", ".other", "m/.gone"} <= left
    assert not left & {"examples/", "node_modules/"}


ACTING = [
    *("override.tf", "a_override.tf", "m/a_override.tf.json", "override.tofu", "x.auto.tfvars", "x.auto.tfvars.json"),
    *("terraform.tfvars", "terragrunt.hcl", "m/terragrunt.hcl", "TERRAGRUNT.HCL"),
]


@pytest.mark.parametrize("acting", ACTING)
def test_files_that_act_on_a_project_are_refused_unless_allowed(acting, form, opened, tmp_path):
    files = {"main.tf": TF, acting: b""}
    with pytest.raises(PayloadError, match="act on the rest of a project") as error:
        opened(files, form, allow_files=("other*",))
    assert acting in error.value.subjects
    assert [path.name for path in (tmp_path / "stage").rglob("*")] == ["into"]
    assert acting in paths(opened(files, form, allow_files=(acting,)))


def test_files_with_harmless_names_are_kept(form, opened):
    names = ["main.tf", "my-override.tf", "overrides.tf", "prod.tfvars", "x.hcl"]
    assert paths(opened(dict.fromkeys(names, TF), form)) == sorted(names)


def test_a_wrong_manifest_is_named_with_its_archive(form, opened, tmp_path):
    with pytest.raises(InvalidDocumentError, match=r"aws-s3.*: a/terra-plugin.toml"):
        opened({"a/terra-plugin.toml": b"[plugin]\nname = 1\n", "a/main.tf": TF}, form)
    assert [path.name for path in (tmp_path / "stage").rglob("*")] == ["into"]


def test_the_manifest_is_handed_on(form, opened):
    staged = opened({"terra-plugin.toml": manifest(version="1.2.3"), "main.tf": TF}, form)
    assert (staged.manifest.version, staged.manifest_version) == (Version(1, 2, 3), None)


def test_a_comment_or_another_word_is_no_reference(opened):
    text = b'# see "examples/a"\n// ./tests/\nx = "examples-of/x" # \ny = "my.tests/x"\n'
    staged = opened({"main.tf": text, "examples/a.tf": TF, "tests/b.tf": TF})
    assert all("refers" not in each.why for each in staged.left_out)


def test_an_unsafe_member_outside_the_payload_is_refused_too(opened):
    with pytest.raises(UnsafeArchiveError):
        opened({"a/main.tf": TF, "b/../../x": b""}, "tar.gz", "a")

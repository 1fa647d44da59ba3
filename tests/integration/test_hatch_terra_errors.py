"""What hatch-terra refuses to build, and that the reason is the last thing that the build says."""

from __future__ import annotations

import pytest
from test_hatch_terra import MANIFEST, PYPROJECT, TF, payload_of, wheel_of, write_plugin

from support.built_plugins import build, succeed

METADATA_TABLE, BUILD_TABLE = "[tool.hatch.metadata.hooks.terra]\n", "[tool.hatch.build.hooks.terra]\n"


def refusal(folder, *words: str) -> str:
    """Return what a build says that is refused."""
    ended = build(folder, folder.parent / "out", *words)
    assert ended.returncode != 0, ended.stdout
    assert not list((folder.parent / "out").glob("*.*"))
    said = ended.stdout + ended.stderr
    assert "hatch_terra.errors.PluginError: " in said, said
    return said.rpartition("hatch_terra.errors.PluginError: ")[2]


DYNAMIC = next(line for line in PYPROJECT.splitlines() if line.startswith("dynamic"))


@pytest.mark.parametrize(
    ("words", "old", "new", "message"),
    [
        ((), METADATA_TABLE, "", "`pyproject.toml` lacks the table `[tool.hatch.metadata.hooks.terra]`"),
        (("--wheel",), METADATA_TABLE, "", "`pyproject.toml` lacks the table `[tool.hatch.metadata.hooks.terra]`"),
        ((), BUILD_TABLE, "", "`pyproject.toml` lacks the table `[tool.hatch.build.hooks.terra]`"),
        (("--wheel",), BUILD_TABLE, "", "`pyproject.toml` lacks the table `[tool.hatch.build.hooks.terra]`"),
        (("--wheel",), ', "entry-points"', "", '`dynamic` of `pyproject.toml` lacks `"entry-points"`'),
        (
            *(("--wheel",), DYNAMIC, 'version = "0.1.0"\ndynamic = ["entry-points"]'),
            '`dynamic` of `pyproject.toml` lacks `"version"`',
        ),
        (
            *(("--wheel",), '"terra-aws-s3"', '"aws-s3"'),
            "`name` of `pyproject.toml` is `aws-s3`, expected `terra-aws-s3`",
        ),
    ],
)
def test_a_line_that_is_missing_or_wrong_is_named(words, old, new, message, isolated):
    plugin = write_plugin(isolated / "plugin", pyproject=PYPROJECT.replace(old, new))
    said = refusal(plugin, *words)
    assert message in said
    assert "\nhint: " in said


@pytest.mark.parametrize(
    ("manifest", "key"),
    [
        (MANIFEST.replace("0.1.0", "0.1"), "plugin.version"),
        (MANIFEST + 'licence = "MIT"\n', "plugin.licence"),
        (MANIFEST + '[dependencies]\naws-kms = "newest"\n', "dependencies.aws-kms"),
        (MANIFEST + "[files]\nexclude = [1]\n", "files.exclude[0]"),
    ],
)
def test_a_wrong_manifest_is_named_by_its_key(manifest, key, isolated):
    assert f"\n  `{key}`: expected " in refusal(write_plugin(isolated / "plugin", manifest=manifest), "--wheel")


def test_dependencies_without_a_place_are_refused(isolated):
    manifest = MANIFEST + '[dependencies]\naws-kms = "*"\n'
    plugin = write_plugin(isolated / "plugin", manifest=manifest, pyproject=PYPROJECT.replace('"dependencies", ', ""))
    assert '`dynamic` of `pyproject.toml` lacks `"dependencies"`' in refusal(plugin, "--wheel")


def test_a_folder_without_terraform_is_refused(isolated):
    plugin = write_plugin(isolated / "plugin", {"examples/main.tf": TF})
    (plugin / "main.tf").unlink()
    assert "`plugin` has no Terraform files" in refusal(plugin, "--wheel")


@pytest.mark.parametrize("target", ["/etc/hostname", "../outside.tf", "missing.tf", "ignored.log", "b.tf"])
def test_a_link_to_something_else_than_a_published_file_is_refused(target, isolated):
    files: dict[str, str | bytes] = {"modules/x.tf": TF, "ignored.log": "", ".gitignore": "*.log\n"}
    plugin = write_plugin(isolated / "plugin", files)
    (isolated / "outside.tf").write_text(TF)
    (plugin / "b.tf").symlink_to("main.tf")
    (plugin / "a.tf").symlink_to(target)
    assert "`a.tf` is a link to something else" in refusal(plugin, "--sdist" if target == "b.tf" else "--wheel")


@pytest.mark.parametrize("link", ["modules", "a/b", ".hidden"])
def test_a_link_to_another_folder_of_the_plugin_is_refused(link, isolated):
    # Hatchling would take one of the two, by the order of their names.
    plugin = write_plugin(isolated / "plugin", {"shared/x.tf": TF, ".gitignore": link})
    (plugin / link).parent.mkdir(exist_ok=True)
    (plugin / link).symlink_to(plugin / "shared")
    assert f"`{link}` is a link to another folder of the plugin" in refusal(plugin, "--wheel")


def test_a_link_to_a_folder_elsewhere_is_refused_where_something_of_it_is_kept(isolated, tmp_path):
    plugin = write_plugin(isolated / "plugin", {"shared/x.tf": TF})
    write_plugin(isolated / "elsewhere")
    (plugin / "modules").symlink_to(isolated / "elsewhere")
    assert "`modules` is a link to something else" in refusal(plugin, "--wheel")
    (plugin / "terra-plugin.toml").write_text(MANIFEST + '[files]\nexclude = ["modules"]\n')
    assert payload_of(wheel_of(plugin, tmp_path / "out", "--wheel")) == ["main.tf", "shared/x.tf"]


def test_code_of_the_plugin_is_no_part_of_its_payload(isolated):
    plugin = write_plugin(isolated / "plugin", {"terra_aws_s3/__init__.py": "", "terra_aws_s3/hooks.py": ""})
    said = refusal(plugin, "--wheel")
    assert "the payload has files of the plugin's Python package `terra_aws_s3`" in said
    assert "hint: keep the Terraform files in a folder and name it with `[files] root`" in said


@pytest.mark.parametrize(
    "path", ["terraform.tfstate", "examples/basic/terraform.tfstate.backup", ".terraform/modules/modules.json"]
)
def test_state_is_not_published(path, isolated, tmp_path):
    plugin = write_plugin(isolated / "plugin", {path: "{}"})
    assert f"state with secrets: `{path}`" in refusal(plugin, "--sdist")
    assert payload_of(wheel_of(plugin, tmp_path / "wheel", "--wheel")) == ["main.tf"]
    (plugin / ".gitignore").write_text("*.tfstate*\n.terraform/\n")
    succeed(build(plugin, tmp_path / "sdist", "--sdist"))

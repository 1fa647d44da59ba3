"""What a `pyproject.toml` must have, said by the line that is missing."""

from __future__ import annotations

import pytest

from hatch_terra.errors import PluginError
from hatch_terra.manifest import read_manifest
from hatch_terra.project import check_agreement, dynamic_fields

METADATA, BUILD = "[tool.hatch.metadata.hooks.terra]\n", "[tool.hatch.build.hooks.terra]\n"
PROJECT = '[project]\nname = "terra-aws-s3"\ndynamic = ["version", "description", "entry-points"]\n'


def write(folder, pyproject: str, hatch: str | None = None):
    (folder / "pyproject.toml").write_text(pyproject)
    if hatch is not None:
        (folder / "hatch.toml").write_text(hatch)
    return folder


@pytest.mark.parametrize(
    ("pyproject", "hatch"),
    [
        (PROJECT + METADATA + BUILD, None),
        (PROJECT + METADATA + BUILD.replace("build.", "build.targets.wheel."), None),
        (PROJECT, "[metadata.hooks.terra]\n[build.hooks.terra]\n"),
        (PROJECT + METADATA, "[build.targets.wheel.hooks.terra]\n"),
        (PROJECT + BUILD, "[metadata.hooks.terra]\n"),
    ],
)
def test_both_hooks_may_stand_where_hatchling_reads_them(pyproject, hatch, tmp_path):
    assert dynamic_fields(write(tmp_path, pyproject, hatch)) == ("version", "description", "entry-points")


@pytest.mark.parametrize(
    ("pyproject", "hatch", "line"),
    [
        (PROJECT + METADATA, None, "[tool.hatch.build.hooks.terra]"),
        (PROJECT + BUILD, None, "[tool.hatch.metadata.hooks.terra]"),
        (PROJECT, None, "[tool.hatch.metadata.hooks.terra]"),
        (PROJECT + METADATA + BUILD, "[build.targets.sdist]\n", "[tool.hatch.build.hooks.terra]"),
        (
            PROJECT + METADATA + BUILD.replace("build.", "build.targets.sdist."),
            None,
            "[tool.hatch.build.hooks.terra]",
        ),
    ],
)
def test_a_missing_table_is_named(pyproject, hatch, line, tmp_path):
    with pytest.raises(PluginError) as error:
        dynamic_fields(write(tmp_path, pyproject, hatch))
    assert f"lacks the table `{line}`" in str(error.value)
    assert f"hint: add the line `{line}`" in str(error.value)


@pytest.mark.parametrize("field", ["version", "entry-points"])
def test_a_field_that_must_be_dynamic_is_named(field, tmp_path):
    with pytest.raises(PluginError) as error:
        dynamic_fields(write(tmp_path, PROJECT.replace(f'"{field}"', '"x"') + METADATA + BUILD))
    assert f'`dynamic` of `pyproject.toml` lacks `"{field}"`' in str(error.value)
    assert "hint: the whole line is `dynamic = [" in str(error.value)


@pytest.mark.parametrize("name", ["terra-my-company-vpc", "Terra_My.Company__vpc"])
def test_the_name_is_the_distribution_of_the_plugin(name, tmp_path):
    (tmp_path / "terra-plugin.toml").write_text('[plugin]\nname = "my-company/vpc"\nversion = "1.0.0"\n')
    check_agreement(name, (), read_manifest(tmp_path))


def test_another_name_is_refused_with_the_line_that_is_right(tmp_path):
    (tmp_path / "terra-plugin.toml").write_text('[plugin]\nname = "my-company/vpc"\nversion = "1.0.0"\n')
    with pytest.raises(PluginError) as error:
        check_agreement("terra-vpc", (), read_manifest(tmp_path))
    assert str(error.value) == (
        "`name` of `pyproject.toml` is `terra-vpc`, expected `terra-my-company-vpc`, "
        "the distribution of the plugin `my-company/vpc`\n"
        'hint: the line is `name = "terra-my-company-vpc"`'
    )


def test_dependencies_need_a_place(tmp_path):
    text = '[plugin]\nname = "vpc"\nversion = "1.0.0"\n[dependencies]\naws-kms = "1.0.0"\n'
    (tmp_path / "terra-plugin.toml").write_text(text)
    manifest = read_manifest(tmp_path)
    check_agreement("terra-vpc", ("dependencies",), manifest)
    with pytest.raises(PluginError, match=r'`dynamic` of `pyproject\.toml` lacks `"dependencies"`'):
        check_agreement("terra-vpc", ("version", "entry-points"), manifest)

"""The copy of terra's rules in hatch-terra chooses what terra chooses."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hatch_terra import selection as copied
from terra.archive import selection as original

PARTS = (
    *("main.tf", "x.tofu", "README.md", "LICENSE", "docs", "Docs", "modules", "plugins", "a", "ab", "x.log"),
    *(".git", ".Git", ".github", ".hg", ".svn", ".terraform", ".Terraform", ".tflint.hcl", ".terraform.lock.hcl"),
    *("node_modules", "__pycache__", "__MACOSX", "x.egg-info", "X.dist-info", "examples", "Examples", "tests"),
    *("terra-plugin.toml", "terra.toml", "Terra.lock", "terra-registry.json", "pyproject.toml", "PKG-INFO"),
    *("hatch.toml", "uv.lock", "package.json", "setup.py", "a.pyc", "A.PYC", "x.tfstate", "x.tfstate.backup"),
    *("crash.log", "crash.1.log", "plugins.tf", "é.tf"),
    *("dist", "Dist", "terra_a-1.whl", "terra_a-1.tar.gz", "b.tar.gz"),
)
GLOBS = ("*", "**", "*.tf", "?ocs", "[ab]", "a*", ".*", "*s", "x.tfstate*")
paths = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map("/".join)
patterns = st.tuples(
    st.lists(st.sampled_from(PARTS + GLOBS + GLOBS), min_size=1, max_size=4).map("/".join),
    st.sampled_from(("", "", "/", "/**")),
).map("".join)
some = st.lists(patterns, max_size=3).map(tuple)
vendored = st.lists(st.sampled_from(("plugins", "a/plugins", "envs/dev", ".x")), max_size=2).map(tuple)


@given(st.lists(paths, min_size=1, max_size=12, unique=True), some, some, vendored)
@example([".github/.git/x"], ("**",), (), ())
@example(["plugins/aws-kms/main.tf", "a/plugins/x.tf"], ("plugins",), (), ("plugins", "a/plugins"))
@example(["dist/terra_a-1.whl", "a/dist/x.whl", "dist/a/x.whl", "Dist/terra_a.tar.gz", "dist/b.tar.gz"], (), (), ())
@example(["docs", "docs/x"], (), ("docs/",), ())
def test_the_same_files_are_the_payload(files, include, exclude, folders):
    # A path cannot be a file and a folder at once.
    files = [each for each in files if not any(other.startswith(f"{each}/") for other in files)]
    expected = original.select(files, original.Rules(include, exclude, folders)).kept
    assert copied.select(files, copied.Rules(include, exclude, folders)) == expected


def test_the_tables_are_the_same():
    for name in (
        *("TERRAFORM_ENDINGS", "_TERRA_FILES", "_NEVER_FOLDERS", "_TOOL_FOLDERS", "_TOOL_FOLDER_ENDINGS"),
        *("_ROOT_MODULES", "_PACKAGING", "_STATE"),
    ):
        assert getattr(copied, name) == getattr(original, name), name


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("x.tfstate", True),
        ("examples/basic/X.tfstate.backup", True),
        ("a/.terraform/modules/modules.json", True),
        ("crash.log", True),
        ("main.tf", False),
        (".terraform.lock.hcl", False),
        ("terraform.tfvars", False),
    ],
)
def test_what_state_is(path, expected):
    assert copied.is_state(path) is expected

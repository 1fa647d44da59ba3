"""Requirements in the spelling of PEP 440 allow the versions that terra's own allow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version as PythonVersion

from hatch_terra.versions import pep440_specifier, pep440_version
from terra.errors import UsageError
from terra.model.requirement import Specifier
from terra.model.version import Version

small = st.integers(0, 3)
stages = st.sampled_from((0, 1, 2, 3, 3, 3))
versions = st.builds(Version, small, small, small, stages, small).map(
    lambda version: Version.parse(str(version))  # a final version has no number
)
written = st.one_of(
    versions.map(str),
    versions.map(lambda version: pep440_version(str(version))),
    versions.map(lambda version: f"v{version}"),
    st.builds("{}.{}".format, small, small),
    st.builds("{}.{}-beta.{}".format, small, small, small),
    small.map(str),
)
operators = st.sampled_from(("", "=", "==", "!=", ">=", "<=", ">", "<", "~>", "^", "~> ", "^ "))
requirements = st.lists(st.builds("{}{}".format, operators, written), min_size=1, max_size=3).map(", ".join)


@given(requirements, versions)
def test_the_same_versions_will_do(text, version):
    terra = Specifier.parse(text)
    for bound in terra.bounds:
        # PEP 440's `<2` leaves out 2's own pre-releases, which is what its author means.
        if bound.operator == "<" and not bound.version.is_prerelease and version.is_prerelease:
            parts = (version.major, version.minor, version.patch)
            if parts == (bound.version.major, bound.version.minor, bound.version.patch):
                return
    python = SpecifierSet(pep440_specifier(text))
    is_allowed = python.contains(PythonVersion(pep440_version(str(version))), prereleases=True)
    assert is_allowed == terra.allows(version, prereleases=True), (text, str(python), str(version))


@given(versions, versions)
def test_versions_keep_their_order(one, other):
    assert (one < other) == (PythonVersion(pep440_version(str(one))) < PythonVersion(pep440_version(str(other))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*", ""),
        (">=0.2,<1", ">=0.2,<1"),
        ("^1.2", ">=1.2,<2"),
        ("^0.2.1", ">=0.2.1,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("~>1.2", ">=1.2,<2"),
        ("~> 1.2.3", ">=1.2.3,<1.3"),
        ("1.2.3", "==1.2.3"),
        ("=1.2", "==1.2"),
        ("v1.2", "==1.2"),
        (">=1.0.0-rc.1", ">=1.0.0rc1"),
        ("!=1.1.0-alpha.0", "!=1.1.0a0"),
    ],
)
def test_a_requirement_stays_readable(text, expected):
    assert pep440_specifier(text) == expected
    Specifier.parse(text)


@given(st.text("0123456789.-vabcrt<>=~^*, ", max_size=12))
def test_what_is_no_requirement_for_terra_is_none_here(text):
    try:
        Specifier.parse(text)
    except UsageError:
        with pytest.raises(ValueError):  # noqa: PT011  # its text is not shown to anyone
            pep440_specifier(text)
    else:
        SpecifierSet(pep440_specifier(text))


@pytest.mark.parametrize("text", ["1.2", "v1.2.3", "1.0.0rc1", "1.2.3-1", "1.2.3+x", "01.2.3", "1.2.3\n", ""])
def test_a_version_is_spelt_as_terra_spells_it(text):
    with pytest.raises(ValueError):  # noqa: PT011
        pep440_version(text)
    with pytest.raises(UsageError):
        Version.parse(text)

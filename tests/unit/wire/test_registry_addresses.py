"""Which credentials may stand in the address of a registry, and in whose file."""

from __future__ import annotations

import pytest

from terra.errors import InvalidDocumentError
from terra.wire.project_toml import read_project, read_settings

WITH_PASSWORD = [
    "https://joe:s3cret@h/simple/",
    "http://joe:s3cret@127.0.0.1:8080/",
    "https://:s3cret@h",
    "https://joe:@h",
]
WITH_NAME = ["https://joe@h/simple/", "https://joe%40corp.example@h:8443/a@b".removesuffix("a@b")]
UNCLEAR = [
    "https://joe:s3@cret@h/",
    "https://joe:s3/cret@h/",
    "https://joe:s3 cret@h/",
    "https://joe:s3#cret@h/",
    "https:joe:s3cret@h",
]


def toml(address: str, kind: str | None) -> bytes:
    line = f'\nkind = "{kind}"' if kind else ""
    return f'[registries.mirror]\nurl = "{address}"{line}\n'.encode()


def refused(read, address: str, kind: str | None) -> str:
    with pytest.raises(InvalidDocumentError) as caught:
        read(toml(address, kind), "the-file.toml")
    assert [each.where for each in caught.value.issues] == ["registries.mirror.url"]
    assert "s3" not in caught.value.message
    assert "joe" not in caught.value.message
    return caught.value.message


@pytest.mark.parametrize("kind", ["pypi", "npm"])
@pytest.mark.parametrize("address", [*WITH_PASSWORD, *WITH_NAME, "https://h/@scope/", "https://h/simple/"])
def test_the_users_own_file_may_have_them(address: str, kind: str):
    assert read_settings(toml(address, kind), "config.toml").registries[0].url == address


@pytest.mark.parametrize("kind", ["pypi", "npm"])
def test_the_repositorys_file_may_have_a_name(kind: str):
    for address in (*WITH_NAME, "https://h/@scope/", "https://h/simple/"):
        assert read_project(toml(address, kind), "terra.toml").registries[0].url == address


@pytest.mark.parametrize("kind", ["pypi", "npm"])
@pytest.mark.parametrize("address", [*WITH_PASSWORD, *UNCLEAR, "https://joe%3As3cret@h/", "ftp://joe@h/"])
def test_the_repositorys_file_has_no_password(address: str, kind: str):
    assert "no secrets in a file of the repository" in refused(read_project, address, kind)


@pytest.mark.parametrize("address", UNCLEAR)
def test_what_two_readers_could_read_differently_is_refused(address: str):
    assert "percent-encoded" in refused(read_settings, address, "pypi")


@pytest.mark.parametrize("kind", [None, "terraform", "catalogue"])
@pytest.mark.parametrize("address", [*WITH_PASSWORD, *WITH_NAME])
def test_registries_of_other_kinds_have_neither(address: str, kind: str | None):
    for read in (read_project, read_settings):
        refused(read, address, kind)

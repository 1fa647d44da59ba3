"""`module-namespace`, which only a registry of modules has."""

from __future__ import annotations

import pytest

from terra.errors import InvalidDocumentError
from terra.wire.project_toml import read_project, read_settings

TABLE = '[registries.corp]\nurl = "https://registry.example"\nkind = "terraform"\n'


def test_the_namespace_of_a_registry_of_modules():
    for read in (read_project, read_settings):
        data = f'{TABLE}module-namespace = "Acme_1"\n'.encode()
        assert [each.module_namespace for each in read(data, "x.toml").registries] == ["Acme_1"]
        assert [each.module_namespace for each in read(TABLE.encode(), "x.toml").registries] == [""]


@pytest.mark.parametrize("text", ['"a/b"', '"-a"', "1"])
def test_a_namespace_that_is_none(text: str):
    with pytest.raises(InvalidDocumentError, match=r"registries\.corp\.module-namespace"):
        read_project(f"{TABLE}module-namespace = {text}\n".encode(), "terra.toml")


def test_other_kinds_have_none():
    data = b'[registries.corp]\nurl = "https://registry.example"\nmodule-namespace = "acme"\n'
    with pytest.raises(InvalidDocumentError, match="an unknown key"):
        read_project(data, "terra.toml")


def test_a_registry_of_modules_holds_no_token():
    for line in ('token = "x"', 'password = "x"'):
        with pytest.raises(InvalidDocumentError, match="no secrets"):
            read_project(f"{TABLE}{line}\n".encode(), "terra.toml")
    with pytest.raises(InvalidDocumentError, match="no secrets"):
        read_project(TABLE.replace("https://", "https://me:pw@").encode(), "terra.toml")

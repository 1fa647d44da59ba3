"""The documents of the module registry protocol."""

from __future__ import annotations

import json

import pytest

from terra.errors import InvalidDocumentError
from terra.wire.module_registry import read_location, read_service, read_versions

URL = "https://registry.example/x"


def versions(*documents: object) -> bytes:
    return json.dumps({"modules": [{"versions": list(documents)}], "meta": {}}).encode()


def test_versions_in_their_order():
    data = versions({"version": "1.0.0", "root": {}}, {"version": "v1.1.0"}, {"version": "1.0.0"})
    assert read_versions(data, URL).versions == ("1.0.0", "v1.1.0")


def test_versions_of_the_first_module_alone():
    data = json.dumps({"modules": [{"versions": [{"version": "1.0.0"}]}, {"versions": [{"version": "9.0.0"}]}]})
    assert read_versions(data.encode(), URL).versions == ("1.0.0",)
    assert read_versions(b'{"modules": []}', URL).versions == ()


def test_a_version_that_is_none_is_an_issue_and_the_others_stay():
    found = read_versions(versions({"version": "1.0.0"}, {"version": 2}, {}, "3.0.0"), URL)
    assert found.versions == ("1.0.0",)
    places = ("versions[1].version", "versions[2].version", "versions[3]")
    assert sorted(each.where for each in found.issues) == [f"modules[0].{each}" for each in places]


@pytest.mark.parametrize("data", [b"", b"<html>", b"[]", b"{}", b'{"modules": {}}', b'{"errors": ["Not Found"]}'])
def test_what_is_no_list_of_versions_is_refused(data: bytes):
    with pytest.raises(InvalidDocumentError, match=URL):
        read_versions(data, URL)


def test_the_service_of_a_host():
    assert read_service(b'{"modules.v1": "/v1/modules/", "login.v1": {"client": "x"}}', URL) == "/v1/modules/"
    assert read_service(b'{"providers.v1": "/v1/providers/"}', URL) is None
    for data in (b"[]", b"<html>", b'{"modules.v1": {}}'):
        with pytest.raises(InvalidDocumentError, match=URL):
            read_service(data, URL)


def test_a_location_in_a_body():
    assert read_location(b'{"location": "./x.zip", "use_registry_credentials": true}', URL) == "./x.zip"
    assert read_location(b"{}", URL) is None
    assert read_location(b" \n", URL) is None
    with pytest.raises(InvalidDocumentError):
        read_location(b"<html>", URL)

"""The source of a module block, and whether a release is at that place."""

from __future__ import annotations

import pytest

from terra.errors import UsageError
from terra.model.module_source import ModuleSource, place_of
from terra.model.source import Locator


def locator(text: str) -> Locator:
    found = Locator.parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "module", "host", "subdir"),
    [
        ("acme/vpc/aws", "acme/vpc/aws", None, ""),
        ("acme/vpc/aws//modules/x", "acme/vpc/aws", None, "modules/x"),
        ("modules.example/acme/vpc/aws", "acme/vpc/aws", "modules.example", ""),
        ("localhost:8080/acme/vpc/aws", "acme/vpc/aws", "localhost:8080", ""),
    ],
)
def test_a_module_of_a_registry(text: str, module: str, host: str | None, subdir: str) -> None:
    found = ModuleSource.parse(text)
    assert (str(found.module), found.host, found.subdir) == (module, host, subdir)
    assert found.locator is None


@pytest.mark.parametrize(
    "text",
    [
        "git::https://git.example/acme/vpc.git?ref=v1.2.0",
        "git::https://GIT.example/acme/vpc?ref=v1.2.0",
        "git::ssh://git@git.example/acme/vpc.git?ref=v1.2.0",
        "git::ssh://git@git.example:2222/acme/vpc.git?ref=v1.2.0&depth=1",
        "git@git.example:acme/vpc.git?ref=v1.2.0",
    ],
)
def test_spellings_of_one_repository(text: str) -> None:
    found = ModuleSource.parse(text)
    assert found.is_git
    assert found.ref == "v1.2.0"
    assert found.inner(locator("git:https://git.example/acme/vpc.git?ref=v9")) == ""
    assert found.inner(locator("git:https://git.example/acme/other.git")) is None


@pytest.mark.parametrize(
    ("called", "released", "inner"),
    [("", "", ""), ("m/a", "m/a", ""), ("m/a", "m", "a"), ("m/a/b", "", "m/a/b"), ("", "m", None), ("ma", "m", None)],
)
def test_a_folder_of_a_release(called: str, released: str, inner: str | None) -> None:
    below = f"//{called}" if called else ""
    found = ModuleSource.parse(f"git::https://git.example/vpc.git{below}?ref=v1")
    assert found.inner(Locator("git", "https://git.example/vpc.git?ref=v1", released)) == inner


def test_an_archive_is_its_whole_address() -> None:
    found = ModuleSource.parse("https://h.example/vpc-1.0.0.zip//a?checksum=sha256:" + "0" * 64)
    assert found.inner(locator("https://h.example/vpc-1.0.0.zip")) == "a"
    assert found.inner(locator("https://h.example/vpc-1.0.1.zip")) is None
    assert place_of(locator("https://h.example/x.zip")) != place_of(locator("git:https://h.example/x.zip"))


@pytest.mark.parametrize("text", ["s3::https://h.example/x.zip", "hg::https://h.example/x", "acme/vpc/aws//../x", "x"])
def test_what_terra_has_no_source_for(text: str) -> None:
    with pytest.raises(UsageError):
        ModuleSource.parse(text)

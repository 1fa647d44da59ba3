"""The reference is complete: it is generated, or every name of the program is in it."""

from __future__ import annotations

import importlib.util
import inspect
import re
from typing import TYPE_CHECKING

import pytest

from docs.console import ROOT
from terra import errors
from terra.cli import parser as words
from terra.errors import TerraError
from terra.wire.plugin_toml import read_plugin_manifest
from terra.wire.project_toml import read_project, read_settings

if TYPE_CHECKING:
    from types import ModuleType

REFERENCE = ROOT / "docs" / "reference"
ERRORS = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, TerraError)]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_fresh() -> None:
    for path, text in generator().pages().items():
        assert path.read_text().rstrip() == text.rstrip(), f"{path.name} is stale: run `python docs/generate.py`"


def test_a_new_option_makes_a_page_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    build = words.build

    def built(environment: dict[str, str]) -> words.Parser:
        parser = build(environment)
        parser.add_argument("--new-option", help="not there yet")
        return parser

    monkeypatch.setattr(words, "build", built)
    pages = generator().pages()
    assert "--new-option" in pages[REFERENCE / "commands.md"]
    assert "TERRA_NEW_OPTION" in pages[REFERENCE / "environment.md"]


def test_every_variable_is_the_one_that_the_parser_reads() -> None:
    table = generator().variables()
    switches = re.findall(r"`(TERRA_\w+)` \| `1` or `0`", table)
    assert "TERRA_OFFLINE" in switches
    for variable in switches:
        with pytest.raises(errors.UsageError, match=variable):
            words.build({variable: "neither"})


@pytest.mark.parametrize("error", ERRORS, ids=lambda each: each.__name__)
def test_every_error_is_documented(error: type[TerraError]) -> None:
    page = (REFERENCE / "errors.md").read_text()
    assert re.search(rf"^\| `{error.code}` \| {error.exit} \|", page, re.MULTILINE)
    advice = page.partition("## What to do")[2]
    assert re.search(rf"^- (`[a-z-]+`, )*`{error.code}`[,:]", advice, re.MULTILINE), "nothing says what to do"


def test_every_exit_code_is_documented() -> None:
    page = (REFERENCE / "exit-codes.md").read_text()
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert documented == {0, *(error.exit for error in ERRORS)}


def keys(section: str) -> set[str]:
    """Return the last parts of the keys in the tables of a section of files.md."""
    page = (REFERENCE / "files.md").read_text()
    text = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE)
    return {name.rpartition(".")[2] for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def known_keys(read: object, document: str) -> set[str]:
    """Return the keys that a reader knows: it lists them where it meets an unknown one."""
    with pytest.raises(errors.InvalidDocumentError) as caught:
        read(document.encode(), "x")  # type: ignore[operator]
    return {key for issue in caught.value.issues for key in re.findall(r"`([a-z0-9-]+)`", issue.expected)}


TABLES = (
    "[project]\n_ = 1\n[plugins]\na = {_ = 1}\n[sets.x]\n_ = 1\n[registries.x]\nurl = 'x'\n_ = 1\n[policy]\n_ = 1\n"
)
SECRETS = {"token", "password", "credentials", "username"}


def test_every_key_of_the_files_is_documented() -> None:
    project = known_keys(read_project, f"_ = 1\n{TABLES}") - SECRETS - {"project", "plugins", "sets", "registries"}
    assert project - {"policy"} <= keys("terra.toml")
    plugin = known_keys(read_plugin_manifest, "_ = 1\n[plugin]\nname = 'x'\n_ = 1\n[files]\n_ = 1\n")
    assert plugin - {"plugin", "dependencies", "files", "hooks"} <= keys("terra-plugin.toml")
    settings = known_keys(read_settings, "[credentials.'https://x']\n_ = 1\n[network]\n_ = 1\n")
    assert settings <= keys("The home")

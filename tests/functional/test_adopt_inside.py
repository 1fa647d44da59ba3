"""`terra adopt main.tf`: a folder of an archive that a block calls, as the release has it or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.project import MAIN, snapshot, write_files
from support.served import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.project import Terra, Workspace

SUB = 'output "two" {\n  value = 2\n}\n'


@pytest.fixture
def url(workspace: Workspace, terra: Terra) -> Iterator[str]:
    """Where archives of three plugins are: of `f` in a folder `f`, of `g` in none, and of `h` a damaged one."""
    archives = {
        "f": {"f/main.tf": MAIN, "f/sub/main.tf": SUB, "f/f/main.tf": SUB},
        "g": {"main.tf": MAIN, "g/main.tf": SUB},
        "h": {"main.tf": MAIN, "h/main.tf": SUB},
    }
    with served(workspace.folder) as (address, _):
        entries: list[dict[str, Any]] = []
        for name, files in archives.items():
            path, checksum = workspace.archive(f"{name}-1.0.0", dict(files))
            entry = {"source": f"{address}/{path.name}", "checksum": checksum, "dependencies": {}}
            entries.append({"name": name, "versions": {"1.0.0": entry}})
        workspace.write({"terra-registry": 1, "plugins": entries})
        (workspace.folder / "h-1.0.0.zip").write_bytes(b"damaged")
        (terra.cwd / "terra.toml").write_text(f'[registries.acme]\nurl = "{address}/registry.json"\n')
        yield address


def write_blocks(terra: Terra, url: str, *inner: str) -> None:
    blocks = (f'module "m{number}" {{\n  source = "{url}/{each}"\n}}\n' for number, each in enumerate(inner))
    write_files(terra.cwd, {"main.tf": "".join(blocks)})


def test_the_folder_that_wraps_a_plugin_is_the_plugin(url: str, terra: Terra) -> None:
    calls = ("f-1.0.0.zip//f", "f-1.0.0.zip//f/sub", "f-1.0.0.zip//f/f", "f-1.0.0.zip//*/sub", "g-1.0.0.zip//g")
    write_blocks(terra, url, *calls)
    expected = ["./plugins/f", "./plugins/f//sub", "./plugins/f//f", "./plugins/f//sub", "./plugins/g//g"]
    assert [each["to"] for each in terra("adopt", "main.tf", "--json").json["blocks"]] == expected
    terra("adopt", "main.tf", "--rewrite")
    text = (terra.cwd / "main.tf").read_text()
    assert [line.split('"')[1] for line in text.splitlines() if "source" in line] == expected
    assert (terra.cwd / "plugins/f/main.tf").read_text() == MAIN


def test_a_folder_that_a_release_lacks_stays_and_the_others_go(url: str, terra: Terra) -> None:
    write_blocks(terra, url, "f-1.0.0.zip//f/none", "g-1.0.0.zip")
    why = "`f` 1.0.0 has no module in `f/none`, only at its top, in `f`, in `sub`"
    assert [each["why"] for each in terra("adopt", "main.tf", "--json").json["blocks"]] == [why, None]
    assert f"stays: {why}" in terra("adopt", "main.tf", "--rewrite").out
    text = (terra.cwd / "main.tf").read_text()
    assert f"{url}/f-1.0.0.zip//f/none" in text
    assert "./plugins/g" in text
    assert not (terra.cwd / "plugins/f").exists()


def test_what_cannot_be_looked_into_stays_in_the_list_and_stops_the_rewrite(url: str, terra: Terra) -> None:
    write_blocks(terra, url, "h-1.0.0.zip//h", "f-1.0.0.zip//f")
    before = snapshot(terra.cwd)
    found = terra("adopt", "main.tf", "--json").json["blocks"]
    assert "`h@1.0.0` could not be looked into" in found[0]["why"]
    assert found[1]["to"] == "./plugins/f"
    assert "error:" in terra("adopt", "main.tf", "--rewrite", exit=5).err
    assert snapshot(terra.cwd) == before

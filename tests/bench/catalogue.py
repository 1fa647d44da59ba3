"""A registry of 23,534 plugins, as one `registry.json` and as a static tree with its search index.

Names and versions are those of the modules in `../shared/data/opentofu-modules.jsonl.gz`, in terra's spelling; without
that file 20,000 of each are made up. Descriptions and tags are made up of the names, the same in every run.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "opentofu-modules.jsonl.gz"
MADE_UP = 20_000
_VERSION = re.compile(r"v?(\d+\.\d+\.\d+)")
_LONGEST = 60
_NOUNS = ("bucket", "network", "cluster", "role", "queue", "database", "key", "zone", "function", "firewall")
_WAYS = ("private and encrypted by default", "with sane defaults", "for teams", "made small", "and what belongs to it")


def plugins(data: Path = DATA) -> dict[str, dict[str, Any]]:
    """Return the entries of the registry by name."""
    found: dict[str, dict[str, Any]] = {}
    for name, provider, versions in _modules(data) if data.is_file() else _made_up():
        unique = name if name not in found else f"{name}-{len(found) % 1000}"  # what two spellings make one
        found[unique] = _entry(unique, provider, versions or ["0.1.0"])
    return found


def write_simple(folder: Path, entries: dict[str, dict[str, Any]]) -> Path:
    """Write the registry as one document, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = [{"name": name, **entry} for name, entry in entries.items()]
    return _dump(folder / "registry.json", {"terra-registry": 1, "name": "large", "plugins": listed})


def write_tree(folder: Path, entries: dict[str, dict[str, Any]], *, documents: bool = True) -> Path:
    """Write the registry as a static tree, and return `terra-registry.json`.

    Args:
        folder: Where; made.
        entries: As of `plugins`.
        documents: Whether each plugin gets its document; a search reads none.
    """
    (folder / "search").mkdir(parents=True)
    for name, entry in entries.items() if documents else ():
        path = folder / "plugins" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        _dump(path, {"terra-plugin": 1, "name": name, **entry})
    shards: dict[int, list[str]] = {}
    for name, entry in sorted(entries.items()):
        row = [name, entry["description"], entry["tags"], entry["provider"], entry["latest"]]
        shards.setdefault(hashlib.sha256(name.encode()).digest()[0], []).append(json.dumps(row))
    listed = []
    for _, lines in sorted(shards.items()):
        packed = gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)
        path = f"search/{hashlib.sha256(packed).hexdigest()}.json.gz"
        (folder / path).write_bytes(packed)
        listed.append({"path": path, "count": len(lines)})
    _dump(folder / "search" / "index.json", {"terra-search": 1, "shards": listed})
    tree = {"terra-registry": 1, "name": "large", "plugin": "plugins/{name}.json", "search": "search/index.json"}
    return _dump(folder / "terra-registry.json", tree)


def _modules(data: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield name, provider and versions of each module: `ns/vpc/aws` is the plugin `ns/aws-vpc`."""
    with gzip.open(data, "rt") as lines:
        for line in lines:
            each = json.loads(line)
            versions = [match[1] for text in each["versions"] if (match := _VERSION.fullmatch(text))]
            parts = each["namespace"], f"{each['provider']}-{each['name']}"
            name = "/".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)
            yield name[:_LONGEST].rstrip("-/"), each["provider"].lower(), versions


def _made_up() -> Iterator[tuple[str, str, list[str]]]:
    for number in range(MADE_UP):
        provider = ("aws", "azurerm", "google")[number % 3]
        yield f"team-{number % 700}/{provider}-{_NOUNS[number % 10]}-{number}", provider, ["1.0.0", f"0.{number}.0"]


def _entry(name: str, provider: str, versions: list[str]) -> dict[str, Any]:
    lot = hashlib.sha256(name.encode()).digest()
    noun, way = _NOUNS[lot[1] % len(_NOUNS)], _WAYS[lot[2] % len(_WAYS)]
    numbers = {version: tuple(map(int, version.split("."))) for version in versions}
    return {
        "description": f"{name.rpartition('/')[2].replace('-', ' ')}: a {noun}, {way}",
        "tags": sorted({provider, noun}),
        "provider": provider,
        "latest": max(numbers, key=lambda each: numbers[each]),
        "versions": {version: {"source": f"archives/{version}.zip"} for version in dict.fromkeys(versions)},
    }


def _dump(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path

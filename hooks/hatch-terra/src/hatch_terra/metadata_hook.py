"""`[tool.hatch.metadata.hooks.terra]`: the fields of `[project]` that `terra-plugin.toml` decides.

A field is set where `dynamic` lists it and left alone where it does not; the manifest stays the authority
for terra, whatever the distribution's metadata says.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

from hatch_terra.manifest import read_manifest
from hatch_terra.project import check_agreement, dynamic_fields

if TYPE_CHECKING:
    from hatch_terra.manifest import Manifest

_GROUP = "terra.plugins"
_READMES = ("README.md", "README.rst", "README.txt")
_ANY_PYTHON = ">=3"  # a wheel of data; an author whose hooks need more writes `requires-python`


class TerraMetadataHook(MetadataHookInterface):
    """Hands what the manifest says to hatchling."""

    PLUGIN_NAME = "terra"

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the dynamic fields.

        Raises:
            PluginError: `pyproject.toml` or the manifest is wrong, or they disagree.
        """
        folder = Path(self.root)
        dynamic = dynamic_fields(folder)
        manifest = read_manifest(folder)
        check_agreement(str(metadata.get("name")), dynamic, manifest)
        said = _fields(manifest, folder)
        # Also what an sdist's PKG-INFO has said already: there it went through another format.
        metadata.update({field: said[field] for field in dynamic if field in said})


def _fields(manifest: Manifest, folder: Path) -> dict[str, Any]:
    return {
        "version": manifest.version,
        "description": manifest.description,
        "readme": next((name for name in _READMES if (folder / name).is_file()), None),
        "requires-python": _ANY_PYTHON,
        "license": _license(manifest.license),
        "keywords": list(manifest.tags),
        "urls": {"Repository": manifest.repository} if manifest.repository else {},
        "dependencies": list(manifest.dependencies),
        "entry-points": {_GROUP: {manifest.name: manifest.module}},
    }


def _license(text: str) -> str | dict[str, str] | None:
    """Return an SPDX expression (PEP 639), or any other text in the older form, which hatchling lets pass."""
    # Of hatchling's own dependencies: what it is going to check the expression with.
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    if not text:
        return None
    try:
        return str(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        return {"text": text}

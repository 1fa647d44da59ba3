"""`[tool.hatch.build.hooks.terra]`: the payload into the wheel, the manifest into its metadata.

The wheel is `terra_aws_s3/__init__.py`, `terra_aws_s3/payload/` and a `.dist-info` folder with
`extra_metadata/terra-plugin.toml`; the author needs no Python file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

from hatch_terra.manifest import FILE_NAME, read_manifest
from hatch_terra.payload import own_package, payload_files, published_files, refuse_state
from hatch_terra.project import dynamic_fields

# Of what hatchling can write, the newest that twine before 7 and many private indexes take.
_METADATA_VERSION = "2.3"
_MODULE_TEXT = Path(__file__).with_name("plugin_module.py")


class TerraBuildHook(BuildHookInterface[BuilderConfig]):
    """Tells hatchling which files to put where."""

    PLUGIN_NAME = "terra"

    def dependencies(self) -> list[str]:
        """Return nothing: this is where hatchling first asks a build hook, before the metadata is looked at.

        Raises:
            PluginError: A line of `pyproject.toml` is missing, of which hatchling would say something else.
        """
        dynamic_fields(Path(self.root))
        return []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Choose the files; `version` is `editable` or `standard`, and both get the same ones.

        Raises:
            PluginError: `pyproject.toml`, the manifest or a file is wrong.
        """
        del version
        folder = Path(self.root)
        dynamic_fields(folder)
        manifest = read_manifest(folder)
        self.build_config.target_config.setdefault("core-metadata-version", _METADATA_VERSION)
        published = published_files(folder, self.metadata)
        payload = payload_files(folder, published, manifest)
        if self.target_name == "sdist":
            refuse_state(published, payload)
        if self.target_name != "wheel":
            return
        inside = {str(source): f"{manifest.module}/payload/{path}" for path, source in payload.items()}
        if own_package(published, manifest) is None:
            inside[str(_MODULE_TEXT)] = f"{manifest.module}/__init__.py"
        build_data["tag"] = "py3-none-any"
        # An editable wheel takes the second one, and is refused as empty where the first one is.
        build_data["force_include"].update(inside)
        build_data["force_include_editable"].update(inside)
        build_data["extra_metadata"][str(folder / FILE_NAME)] = FILE_NAME

"""What hooks are told: a release that is about to enter a project, and a plan that is about to be applied."""

from __future__ import annotations

from pathlib import Path

from terra.model.name import Name
from terra.model.plan import Plan
from terra.model.requirement import Requirement
from terra.model.source import Locator
from terra.model.tree import Tree
from terra.model.values import value
from terra.model.version import Version


@value
class Admission:
    """A release that passed every check of terra's own.

    Attributes:
        source: The exact address of its bytes.
        registry: Label or location of its registry; None for a direct source.
        folder: An absolute folder with exactly the files of `tree`; not to be changed.
    """

    name: Name
    version: Version
    source: Locator
    registry: str | None
    tree: Tree
    folder: Path
    dependencies: tuple[Requirement, ...] = ()


@value
class Application:
    """A plan with the absolute folder of the project that it changes."""

    project: Path
    plan: Plan


@value
class InstalledPlugin:
    """A plugin whose distribution is installed beside terra; nothing of it was imported.

    Attributes:
        module: The value of its `terra.plugins` entry point.
        distribution: As its metadata spells it.
        version: As its metadata spells it.
        metadata: The absolute `.dist-info` folder, or the `.egg-info` folder of an older development install.
        editable: The absolute folder of an editable install, else None.
    """

    name: Name
    module: str
    distribution: str
    version: str
    metadata: Path
    editable: Path | None = None

"""`terra doctor`: look at everything that terra stands on and say what to do about what is wrong.

Nothing of the project is changed, not even what a crash left. Nothing hangs: every look is taken beside the others
and given up after a while.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra import __version__
from terra.commands import doctor_machine, doctor_project, opening
from terra.commands.probing import Observation, Probe, probed
from terra.errors import TerraError
from terra.model.values import value

if TYPE_CHECKING:
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox

__all__ = ["DoctorReport", "Observation", "doctor"]


@value
class DoctorReport:
    """Everything that was looked at, in order."""

    findings: tuple[Observation, ...]

    @property
    def has_problems(self) -> bool:
        """Whether anything is a problem."""
        return any(each.state == "problem" for each in self.findings)


def doctor(toolbox: Toolbox) -> DoctorReport:
    """Look at home, cache, project, registries, pip, npm, network and Terraform; nothing is changed."""
    broken = _prepared(toolbox)
    if broken:  # without a home and a configuration there is nothing to ask anybody with
        return DoctorReport((Observation("terra", "ok", __version__), *broken))
    folder = opening.folder_of(toolbox)
    opened, unreadable = _opened(toolbox)
    probes = (
        *doctor_machine.home_probes(toolbox),
        *unreadable,
        *doctor_project.probes(folder, opened, toolbox),
        *doctor_project.registry_probes(opened, toolbox),
        doctor_project.extension_probe(toolbox),
        *doctor_machine.probes(toolbox, opened),
    )
    return DoctorReport((Observation("terra", "ok", __version__), *probed(probes)))


def _prepared(toolbox: Toolbox) -> tuple[Observation, ...]:
    """Make the adapters that the probes share, before there are threads; return what is wrong with them."""
    try:
        _ = toolbox.store, toolbox.user, toolbox.machine, toolbox.runner, toolbox.transport, toolbox.host
    except TerraError as error:
        return (Observation("home", "problem", error.message, error.hint),)
    except OSError as error:
        hint = "set TERRA_HOME to a folder that you may write"
        return (Observation("home", "problem", f"{error.strerror}: `{error.filename}`", hint),)
    return ()


def _opened(toolbox: Toolbox) -> tuple[OpenProject | None, tuple[Probe, ...]]:
    """Return the project as it stands; what a crash left is not undone, only reported."""
    try:
        return opening.read(opening.folder_of(toolbox), toolbox), ()
    except TerraError as error:
        finding = Observation("project", "problem", error.message, error.hint)
        return None, (Probe("project", lambda: iter((finding,))),)

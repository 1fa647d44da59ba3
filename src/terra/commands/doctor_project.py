"""`terra doctor`: the project. Its documents, its lock, its files, what a crash left, git, registries, extensions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from terra.commands.doctor_machine import count
from terra.commands.edits import at_lines, chosen, comparison_of, conflicts_in
from terra.commands.probing import Observation, Probe
from terra.commands.registries import Registries
from terra.errors import OfflineError, TerraError
from terra.model.name import Name
from terra.system import fs
from terra.vendor.journal import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terra.commands.chain import Registry
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox

_ASKED = Name("doctor")  # a package that no index need have: that it says so is an answer
_INDEXES = ("pypi", "npm")
_LATE = "look at `{}` and at the network, or say `--offline`"


def probes(folder: Path, opened: OpenProject | None, toolbox: Toolbox) -> tuple[Probe, ...]:
    """Return the looks at a project; `opened` is None where its documents cannot be read."""
    journal = Probe("journal", lambda: _journal(folder))
    if opened is None:
        return (journal,)
    return (
        journal,
        Probe("project", lambda: _project(opened, toolbox)),
        Probe("plugins", lambda: _plugins(opened)),
        Probe("git", lambda: _git(opened, toolbox)),
    )


def registry_probes(opened: OpenProject | None, toolbox: Toolbox) -> tuple[Probe, ...]:
    """Return a look at each registry."""
    if opened is None:
        return ()
    try:
        registries = Registries(opened, toolbox)
        chain = registries.chain
    except TerraError as error:
        finding = Observation("registry", "problem", error.message, error.hint)
        return (Probe("registry", lambda: iter((finding,))),)
    if not chain:
        hint = "`terra registry add NAME URL-OR-FOLDER` adds one"
        none = Observation("registry", "warning", "there is none to ask", hint)
        return (Probe("registry", lambda: iter((none,))),)
    return tuple(
        Probe("registry", partial(_registry, each, registries, toolbox), "problem", _LATE.format(each.location))
        for each in chain
    )


def extension_probe(toolbox: Toolbox) -> Probe:
    """Return a look at the extensions; one that hangs while it is imported is late."""
    hint = "`TERRA_DISABLE_EXTENSIONS=NAME` leaves one out"
    return Probe("extension", lambda: _extensions(toolbox), "problem", hint)


def _journal(folder: Path) -> Iterator[Observation]:
    if fs.kind_of(folder / FOLDER) is not None:
        hint = "the next command undoes what was cut off; if another terra runs here, there is nothing to do"
        yield Observation("journal", "warning", f"`{folder / FOLDER}` is there: a run was cut off, or is at work", hint)


def _project(opened: OpenProject, toolbox: Toolbox) -> Iterator[Observation]:
    from terra.commands.departures import departures, worded
    from terra.commands.standing import sets_of

    if opened.manifest_bytes is None:
        yield Observation("project", "ok", "no terra.toml here or above: `terra add` makes one")
        return
    yield Observation("project", "ok", f"`{opened.folder}`, {count(len(opened.lock.plugins), 'plugin')} locked")
    found = [each for name in sets_of(opened) for each in departures(opened, name, toolbox)]
    for each in found:
        yield Observation("lock", "warning", worded(each), "`terra sync` makes the lock what terra.toml asks for")
    if not found:
        yield Observation("lock", "ok", "as terra.toml asks for")


def _plugins(opened: OpenProject) -> Iterator[Observation]:
    for plugin in chosen(opened, (), None):
        edits = comparison_of(plugin, opened).edits
        missing = [each for each in edits if each.kind == "missing" and not each.is_accepted]
        edited = [each for each in edits if each.kind == "changed"]
        if missing:
            hint = "`terra sync` writes what is missing"
            yield Observation("plugins", "warning", f"`{plugin.id}` misses {count(len(missing), 'file')}", hint)
        if edited:
            message = f"`{plugin.id}` has {count(len(edited), 'edited file')}, which terra keeps"
            yield Observation("plugins", "ok", message)
        for each in edited:
            lines = conflicts_in(each, opened)
            if lines:
                hint = "choose between both sides, and take the markers out"
                yield Observation("plugins", "warning", f"`{each.path}` has {at_lines(lines)} of a merge", hint)


def _git(opened: OpenProject, toolbox: Toolbox) -> Iterator[Observation]:
    from terra.commands.git import ignored

    for plugins in opened.project.every_set:
        if ignored(opened.folder, [f"{plugins.folder}/x/main.tf"], toolbox):
            hint = f"plugins are meant to be committed: take `{plugins.folder}` out of .gitignore"
            yield Observation("git", "problem", f"git ignores `{plugins.folder}/`", hint)


def _registry(registry: Registry, registries: Registries, toolbox: Toolbox) -> Iterator[Observation]:
    label = f"`{registry.label}` " if registry.label else ""
    try:
        said = _answer(registry, registries, toolbox)
    except OfflineError as error:
        hint = "without `--offline` it is asked"
        yield Observation("registry", "warning", f"{label}`{registry.location}`: {error.message}", hint)
    except TerraError as error:
        yield Observation("registry", "problem", error.message, error.hint)
    else:
        yield Observation("registry", "ok", f"{label}`{registry.location}`{said}")


def _answer(registry: Registry, registries: Registries, toolbox: Toolbox) -> str:
    """Return, in words, what answers for a registry.

    Raises:
        TerraError: Nothing does.
    """
    if registry.kind not in _INDEXES:
        number = len(registries.names_of(registry))
        # One of another kind does not tell which of its names are plugins.
        return f", {count(number, 'plugin')}" if registry.kind in (None, "installed") else ", answers"
    place = "" if registry.address else f", which is `{_configured(registry.kind, toolbox)}`"
    if toolbox.offline:
        return f"{place}, not asked: `--offline`"
    registries.find_in(registry, _ASKED)
    return f"{place}, answers"


def _configured(kind: str, toolbox: Toolbox) -> str:
    """Return the index that the tool of a kind is configured with, without credentials."""
    from terra.system.origins import redacted

    if kind == "pypi":
        from terra.system.pip import Pip

        return redacted(Pip(toolbox.runner, toolbox.environment).index_url())
    from terra.system.npm_registry import NpmRegistries

    found = NpmRegistries(toolbox.environment, toolbox.project_folder, toolbox.runner, toolbox.reporter)
    return redacted(found.find(_ASKED.npm_package).url)


def _extensions(toolbox: Toolbox) -> Iterator[Observation]:
    left_out = {each for each in toolbox.entry_points if each.group == "terra.extensions"} - {*toolbox.extensions}
    for each in sorted(left_out, key=lambda one: one.name):
        yield Observation("extension", "ok", f"`{each.name}` of `{each.distribution}` is disabled")
    if not toolbox.extensions:
        return
    schemes = ", ".join(f"`{each}:`" for each in toolbox.host.schemes)  # imports them: what is broken says so
    broken = {each.name: why for each, why in toolbox.host.broken}
    for each in toolbox.extensions:
        if each.name in broken:
            hint = f"mend or remove `{each.distribution}`, or `TERRA_DISABLE_EXTENSIONS={each.name}` leaves it out"
            message = f"`{each.name}` of `{each.distribution}` is broken: {broken[each.name]}"
            yield Observation("extension", "problem", message, hint)
        else:
            yield Observation("extension", "ok", f"`{each.name}` of `{each.distribution}`")
    yield Observation("sources", "ok", schemes)

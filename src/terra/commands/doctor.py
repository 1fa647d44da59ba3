"""`terra doctor`: look at everything that terra stands on and say what to do about what is wrong."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from terra import __version__
from terra.commands import opening
from terra.commands.list import held
from terra.commands.registries import Registries
from terra.errors import TerraError
from terra.model.values import value
from terra.ports import Command
from terra.store import prune

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox

_LOW_SPACE = 256 << 20  # bytes


@value
class Finding:
    """One thing that was looked at: `state` is `ok`, `warning` or `problem`; `hint` says what to do."""

    subject: str
    state: str
    message: str
    hint: str | None = None


@value
class DoctorReport:
    """Everything that was looked at, in order."""

    findings: tuple[Finding, ...]

    @property
    def has_problems(self) -> bool:
        """Whether anything is a problem."""
        return any(each.state == "problem" for each in self.findings)


def doctor(toolbox: Toolbox) -> DoctorReport:
    """Look at home, cache, project, registries and Terraform; nothing is changed."""
    findings = [Finding("terra", "ok", __version__)]
    for subject, checks in _CHECKS.items():
        findings += _guarded(subject, checks, toolbox)
    return DoctorReport(tuple(findings))


def _guarded(subject: str, checks: Callable[[Toolbox], Iterator[Finding]], toolbox: Toolbox) -> list[Finding]:
    found: list[Finding] = []
    try:
        for each in checks(toolbox):
            found.append(each)  # noqa: PERF402  # what was found before a failure is kept
    except TerraError as error:
        found.append(Finding(subject, "problem", error.message, error.hint))
    except OSError as error:
        found.append(Finding(subject, "problem", f"{error.strerror}: `{error.filename}`"))
    return found


def _home(toolbox: Toolbox) -> Iterator[Finding]:
    store = toolbox.store
    free = shutil.disk_usage(toolbox.home).free
    if free < _LOW_SPACE:
        hint = "`terra cache prune --older-than 30d` makes room"
        yield Finding("home", "warning", f"`{toolbox.home}` has {free >> 20} MiB left", hint)
    else:
        yield Finding("home", "ok", f"`{toolbox.home}`")
    damage = list(prune.damaged(store))
    for entry, why in damage:
        hint = "a damaged entry is fetched anew when it is needed; `terra cache prune` removes all"
        yield Finding("cache", "warning", f"`{entry.path}`: {why}", hint)
    if not damage:
        entries = list(prune.entries(store))
        size = sum(each.size for each in entries)
        yield Finding(
            "cache", "ok", f"{_count(len(entries), 'entry', 'entries')}, {size / (1 << 20):.1f} MiB, nothing damaged"
        )


def _project(toolbox: Toolbox) -> Iterator[Finding]:
    opened = opening.for_reading(toolbox)
    if opened.manifest_bytes is None:
        yield Finding("project", "ok", "no terra.toml here or above: `terra add` makes one")
        return
    yield Finding("project", "ok", f"`{opened.folder}`, {_count(len(opened.lock.plugins), 'plugin')} locked")
    unlocked = [line.name for line in opened.project.default.plugins if opened.lock.find("", line.name) is None]
    if unlocked:
        names = ", ".join(f"`{each}`" for each in unlocked)
        yield Finding("lock", "warning", f"not locked: {names}", f"`terra add {unlocked[0]}` locks it")
    yield from _plugins(opened)
    yield from _git(opened, toolbox)


def _plugins(opened: OpenProject) -> Iterator[Finding]:
    for plugin in opened.lock.plugins:
        state = held(plugin, opened)
        if state.missing:
            hint = f"`terra add {plugin.name}` writes what is missing"
            yield Finding("plugins", "warning", f"`{plugin.id}` misses {_count(len(state.missing), 'file')}", hint)
        if state.edited:
            yield Finding(
                "plugins", "ok", f"`{plugin.id}` has {_count(len(state.edited), 'edited file')}, which terra keeps"
            )


def _git(opened: OpenProject, toolbox: Toolbox) -> Iterator[Finding]:
    from terra.commands.git import ignored

    for plugins in (opened.project.default, *opened.project.sets):
        found = ignored(opened.folder, [f"{plugins.folder}/x/main.tf"], toolbox.runner)
        if found:
            hint = f"plugins are meant to be committed: take `{plugins.folder}` out of .gitignore"
            yield Finding("git", "problem", f"git ignores `{plugins.folder}/`", hint)


def _registries(toolbox: Toolbox) -> Iterator[Finding]:
    registries = Registries(opening.for_reading(toolbox), toolbox)
    chain = registries.chain
    if not chain:
        yield Finding("registry", "warning", "there is none to ask", "`terra registry add NAME URL-OR-FOLDER` adds one")
    for registry in chain:
        label = f"`{registry.label}` " if registry.label else ""
        try:
            count = len(registries.names_of(registry))
        except TerraError as error:
            yield Finding("registry", "problem", error.message, error.hint)
        else:
            # A package index does not tell which of its names are plugins.
            holds = "" if registry.kind not in (None, "installed") else f", {_count(count, 'plugin')}"
            yield Finding("registry", "ok", f"{label}`{registry.location}`{holds}")


def _extensions(toolbox: Toolbox) -> Iterator[Finding]:
    if not toolbox.extensions:
        return
    schemes = ", ".join(f"`{each}:`" for each in toolbox.host.schemes)  # imports them: what is broken says so
    for each in toolbox.extensions:
        yield Finding("extension", "ok", f"`{each.name}` of `{each.distribution}`")
    yield Finding("sources", "ok", schemes)


def _network(toolbox: Toolbox) -> Iterator[Finding]:
    if toolbox.offline:
        yield Finding("network", "ok", "off: `--offline`")
    names = ("https_proxy", "http_proxy", "all_proxy", "no_proxy")
    for name in (*names, *(each.upper() for each in names)):
        value = toolbox.environment.get(name)
        if value:
            shown = value.rpartition("@")[2] if "@" in value else value
            hidden = " (credentials hidden)" if "@" in value else ""
            yield Finding("network", "ok", f"{name} is `{shown}`{hidden}")
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        path = toolbox.environment.get(name)
        if path and not os.path.exists(path):
            yield Finding("network", "problem", f"{name} names `{path}`, which is not there", "unset it or mend it")
        elif path:
            yield Finding("network", "ok", f"{name} is `{path}`")


def _terraform(toolbox: Toolbox) -> Iterator[Finding]:
    found = [(name, path) for name in ("terraform", "tofu") if (path := shutil.which(name))]
    for name, path in found:
        environment = {**toolbox.environment, "CHECKPOINT_DISABLE": "1"}
        outcome = toolbox.runner.run(Command((path, "version"), environment=environment, timeout=20.0))
        first = (outcome.out.splitlines() or ["no answer"])[0]
        yield Finding(name, "ok" if outcome.exit == 0 else "problem", f"{first}, `{path}`")
    if not found:
        hint = "terra works without; to use a plugin you need one of them"
        yield Finding("terraform", "warning", "neither terraform nor tofu is on PATH", hint)


_CHECKS: dict[str, Callable[[Toolbox], Iterator[Finding]]] = {
    "home": _home,
    "project": _project,
    "registry": _registries,
    "extension": _extensions,
    "network": _network,
    "terraform": _terraform,
}


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"

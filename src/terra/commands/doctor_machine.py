"""`terra doctor`: the machine. Home, cache, pip, npm, proxies, certificates, Terraform, clock, variables."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from typing import TYPE_CHECKING

from terra.commands.probing import Observation, Probe
from terra.errors import SystemFailureError, TerraError, UsageError
from terra.model.requirement import Specifier
from terra.model.version import Version
from terra.ports import Command
from terra.store import prune

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox

_LOW_SPACE = 256 << 20  # bytes
_OLDEST_PIP = (23, 1)
_PROXIES = ("https_proxy", "http_proxy", "all_proxy", "no_proxy")
_SECRET = ("TOKEN", "PASSWORD", "SECRET", "CREDENTIAL")
_OTHERS_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
_PATIENCE = 12.0  # seconds of a program
_DAY = 86_400.0  # seconds


def probes(toolbox: Toolbox, opened: OpenProject | None) -> tuple[Probe, ...]:
    """Return the looks at the machine; `opened` is the project, where there is one that can be read."""
    return (
        Probe("pip", lambda: _pip(toolbox)),
        Probe("npm", lambda: _npm(toolbox)),
        Probe("network", lambda: _network(toolbox)),
        Probe("tls", lambda: _certificates(toolbox.environment)),
        Probe("terraform", lambda: _terraform(toolbox, opened)),
        Probe("clock", _clock),
        Probe("variable", lambda: _variables(toolbox.environment)),
    )


def home_probes(toolbox: Toolbox) -> tuple[Probe, ...]:
    """Return the looks at the terra home."""
    hint = "`terra cache verify` takes all the time that it needs"
    return (
        Probe("home", lambda: _home(toolbox)),
        Probe("cache", lambda: _cache(toolbox), late_hint=hint),
    )


def _home(toolbox: Toolbox) -> Iterator[Observation]:
    _ = toolbox.store  # makes the home, and refuses one of another format
    free = shutil.disk_usage(toolbox.home).free
    if not os.access(toolbox.home, os.W_OK):
        hint = "set TERRA_HOME to a folder that you may write"
        yield Observation("home", "problem", f"`{toolbox.home}` may not be written", hint)
    elif free < _LOW_SPACE:
        hint = "`terra cache prune --older-than 30d` makes room"
        yield Observation("home", "warning", f"`{toolbox.home}` has {free >> 20} MiB left", hint)
    else:
        yield Observation("home", "ok", f"`{toolbox.home}`")
    yield from _config(toolbox.home / "config.toml", toolbox)


def _config(path: Path, toolbox: Toolbox) -> Iterator[Observation]:
    if not path.exists():
        return
    settings = toolbox.user
    logins = [each for each in settings.credentials if each.token or each.password]
    is_open = os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    if is_open and (logins or any("@" in (each.url or "") for each in settings.registries)):
        yield Observation("config", "warning", f"others may read `{path}`, which has secrets", f"`chmod 600 {path}`")
    else:
        yield Observation("config", "ok", f"`{path}`, {count(len(settings.registries), 'registry', 'registries')}")


def _cache(toolbox: Toolbox) -> Iterator[Observation]:
    store = toolbox.store
    damage = list(prune.damaged(store))
    for entry, why in damage:
        hint = "a damaged entry is fetched anew when it is needed; `terra cache prune` removes all"
        yield Observation("cache", "warning", f"`{entry.path}`: {why}", hint)
    if not damage:
        entries = list(prune.entries(store))
        size = sum(each.size for each in entries) / (1 << 20)
        held = count(len(entries), "entry", "entries")
        yield Observation("cache", "ok", f"{held}, {size:.1f} MiB, nothing damaged")


def _pip(toolbox: Toolbox) -> Iterator[Observation]:
    from importlib.metadata import PackageNotFoundError, version

    from terra.system.origins import redacted
    from terra.system.pip import Pip

    try:
        text = version("pip")
    except PackageNotFoundError:
        hint = f"`{sys.executable} -m ensurepip` brings it"
        message = f"there is none beside `{sys.executable}`, so no `pypi:` source works"
        yield Observation("pip", "warning", message, hint)
        return
    numbers = tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
    if numbers < _OLDEST_PIP:
        hint = f"`{sys.executable} -m pip install --upgrade pip`"
        yield Observation("pip", "problem", f"{text}, older than 23.1, of `{sys.executable}`", hint)
    else:
        yield Observation("pip", "ok", f"{text} of `{sys.executable}`")
    try:
        index = Pip(toolbox.runner, toolbox.environment).index_url()
    except (SystemFailureError, UsageError) as error:
        yield Observation("pip", "warning", error.message, error.hint or "`pip config list` shows what pip reads")
        return
    hidden = " (credentials hidden)" if "@" in index.partition("://")[2].partition("/")[0] else ""
    yield Observation("pip", "ok", f"its index is `{redacted(index)}`{hidden}")


def _npm(toolbox: Toolbox) -> Iterator[Observation]:
    from terra.system.npm_registry import NpmRegistries

    try:
        found = NpmRegistries(toolbox.environment, None, toolbox.runner, toolbox.reporter).find("@terra/doctor")
    except UsageError:
        yield Observation("npm", "ok", "nothing says where the npm registry is; `npm:` sources need that")
    else:
        shown = " (with a token or login)" if found.authorization(found.url) else ""
        yield Observation("npm", "ok", f"its registry is `{found.url}`{shown}")


def _network(toolbox: Toolbox) -> Iterator[Observation]:
    from terra.system.proxies import Proxy

    if toolbox.offline:
        yield Observation("network", "ok", "off: `--offline`")
    for name in (*_PROXIES, *(each.upper() for each in _PROXIES)):
        text = toolbox.environment.get(name)
        if not text:
            continue
        shown = text.rpartition("@")[2] if "@" in text else text
        hidden = " (credentials hidden)" if "@" in text else ""
        try:
            if not name.lower().startswith("no_"):
                Proxy.parse(text, name)
        except UsageError as error:
            yield Observation("network", "problem", error.message, error.hint)
        else:
            yield Observation("network", "ok", f"{name} is `{shown}`{hidden}")


def _certificates(environment: Mapping[str, str]) -> Iterator[Observation]:
    from terra.system.tls import client_context

    named = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if environment.get(name)]
    try:
        context = client_context()
    except (TerraError, OSError) as error:
        message = error.message if isinstance(error, TerraError) else f"cannot be read: {error}"
        variables = " and ".join(named) or "SSL_CERT_FILE"
        yield Observation("tls", "problem", message, f"unset {variables}, or let it name a file of PEM certificates")
        return
    for name in named:
        yield Observation("tls", "ok", f"{name} is `{environment[name]}`")
    if not named:
        loaded = context.cert_store_stats()["x509_ca"]  # none of a folder, which is read when it is needed
        yield Observation("tls", "ok", f"the system's certificates{f', {loaded} of them' if loaded else ''}")
        for name in _OTHERS_CERTIFICATES:
            if environment.get(name):
                hint = f"`export SSL_CERT_FILE={environment[name]}` if terra is to trust these too"
                yield Observation("tls", "warning", f"{name} is set, which terra does not read", hint)


def _terraform(toolbox: Toolbox, opened: OpenProject | None) -> Iterator[Observation]:
    from terra.system.programs import find_program

    programs = ((name, find_program(name, toolbox.environment)) for name in ("terraform", "tofu"))
    found = [(name, path) for name, path in programs if path is not None]
    if not found:
        hint = "terra works without; to use a plugin you need one of them"
        yield Observation("terraform", "warning", "neither terraform nor tofu is on PATH", hint)
        return
    wanted = list(_wanted(opened)) if opened is not None else []
    for name, path in found:
        environment = {**toolbox.environment, "CHECKPOINT_DISABLE": "1"}
        try:
            outcome = toolbox.runner.run(Command((path, "version"), environment=environment, timeout=_PATIENCE))
        except SystemFailureError as error:
            yield Observation(name, "problem", error.message, f"`{path} version` shows what is wrong with it")
            continue
        first = (outcome.out.splitlines() or ["no answer"])[0]
        if outcome.exit != 0:
            yield Observation(name, "problem", f"{first}, `{path}`", f"`{path} version` shows what is wrong with it")
            continue
        yield Observation(name, "ok", f"{first}, `{path}`")
        yield from _too_old(name, Version.read(first.rpartition(" ")[2]), wanted)


def _wanted(opened: OpenProject) -> Iterator[tuple[str, str]]:
    """Yield the `required_version` of every plugin of the project that has one, as its files say it now."""
    from terra.hcl.interface import read_interface

    for plugin in opened.lock.plugins:
        plugins = opened.project.find_set(plugin.set)
        folder = opened.folder / plugins.folder_of(plugin.name) if plugins else None
        if folder is not None and folder.is_dir() and not folder.is_symlink():
            required = read_interface(folder).required_version
            if required:
                yield plugin.id, required


def _too_old(name: str, version: Version | None, wanted: list[tuple[str, str]]) -> Iterator[Observation]:
    for plugin, required in wanted:
        try:
            fits = version is None or Specifier.parse(required).allows(version, prereleases=True)
        except UsageError:
            continue  # Terraform itself says what is wrong with it
        if not fits:
            text = f"`{plugin}` wants Terraform `{required}`, and {name} is {version}"
            yield Observation(name, "warning", text, f"install another {name}, or take another release of the plugin")


def _clock() -> Iterator[Observation]:
    import terra

    now, installed = time.time(), os.stat(terra.__file__).st_mtime
    today = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))
    if now < installed - _DAY:
        hint = "set the clock: certificates and signatures would seem not to be valid yet"
        yield Observation("clock", "warning", f"it is {today}, before terra was installed", hint)
    else:
        yield Observation("clock", "ok", today)


def _variables(environment: Mapping[str, str]) -> Iterator[Observation]:
    from terra.system.origins import redacted

    for name, text in sorted(environment.items()):
        if name.startswith("TERRA_"):
            is_secret = any(each in name for each in _SECRET)
            yield Observation("variable", "ok", f"{name} is {'set (hidden)' if is_secret else f'`{redacted(text)}`'}")


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with the word for that many."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"

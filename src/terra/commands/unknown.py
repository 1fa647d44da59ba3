"""What is said of a name that is nowhere, in the lock or a registry, and of a registry: the nearest that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import FetchError, UnknownPluginError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terra.commands.chain import Registry
    from terra.commands.opening import OpenProject
    from terra.model.name import Name

_NEAR = 3
_NAME_ONE = "name the registry's folder, or its `.json` file"
_ADD_ONE = "add one: `terra registry add NAME URL-OR-FOLDER`, or ask one only: `--registry URL-OR-FOLDER`"


def unknown(name: Name, registries: Sequence[Registry], names: Iterable[str]) -> UnknownPluginError:
    """Return the error for a name that none of the registries has.

    Args:
        name: The plugin.
        registries: All that were asked.
        names: What they have, as far as they say; read only where it is of use.
    """
    if not registries:
        return UnknownPluginError(
            f"`{name}` is not known: there is no registry to ask", hint=_ADD_ONE, subjects=(name.text,)
        )
    asked = ", ".join(f"`{each.written}`{_as_package(name, each)}" for each in registries)
    return UnknownPluginError(f"`{name}` is not in {asked}", hint=_hint(name, registries, names), subjects=(name.text,))


def not_locked(
    name: Name, place: str, held: Iterable[Name], see: str = "terra list", into: str = ""
) -> UnknownPluginError:
    """Return the error for a name that a project does not hold.

    Args:
        name: The plugin.
        place: What was looked through, as in ` in the set dev`; empty for the whole project.
        held: What is locked there.
        see: The command that shows it.
        into: The option with which `terra add` adds it there.
    """
    near = _near(name, sorted({each.text for each in held}))
    listed = ", ".join(f"`{each}`" for each in near)
    hint = f"near it: {listed}" if near else f"`{see}` shows what there is, `terra add {name}{into}` adds it"
    return UnknownPluginError(f"`{name}` is not locked{place}", hint=hint, subjects=(name.text,))


def not_locked_in(name: Name, opened: OpenProject, set_name: str | None) -> UnknownPluginError:
    """Return the error for a name that one set of a project does not hold, or none of them: where it is instead.

    Args:
        name: The plugin.
        opened: The project.
        set_name: The set that was looked through; None for all.
    """
    every = opened.project.every_set
    sets = [each for each in every if set_name in (None, each.name)]
    others = [each.name for each in every if each not in sets and opened.lock.find(each.name, name) is not None]
    place = f" in the set `{set_name}`" if set_name else " in the default set" if others else ""
    held = {one.name for each in sets for one in opened.lock.in_set(each.name)}
    error = not_locked(name, place, held, into=f" --set {set_name}" if set_name else "")
    if any(each.find(name) is not None for each in sets):
        error.hint = "terra.toml asks for it: `terra sync` locks it"
    elif others:
        error.hint = _in_sets(name, others)
    return error


def _in_sets(name: Name, sets: Sequence[str]) -> str:
    """Return where to look for a plugin that other sets have; the default one is where a command looks without."""
    if "" in sets:
        return f"`{name}` is in the default set: leave `--set` out"
    named = ", ".join(f"`{each}`" for each in sets)
    return f"`{name}` is in the set{'s' if len(sets) > 1 else ''} {named}: `--set {sets[0]}`"


def nowhere(registry: Registry, labels: Sequence[str]) -> FetchError:
    """Return the error for a location where nothing is, which may be a label with a typing error.

    Args:
        registry: It has no label.
        labels: Those of the other registries.
    """
    from difflib import get_close_matches

    message = f"no registry at `{registry.location}`: there is no such file or folder"
    if "/" not in registry.written:
        message = (
            f"`{registry.written}` is no label of a registry, and there is no file or folder `{registry.location}`"
        )
    near = get_close_matches(registry.written.rpartition("/")[2], labels, 1)
    known = ", ".join(f"`{each}`" for each in dict.fromkeys(labels))
    hint = f"did you mean `{near[0]}`?" if near else f"the labels here are {known}" if known else _NAME_ONE
    return FetchError(message, hint=hint, subjects=(registry.location,))


def _hint(name: Name, registries: Sequence[Registry], names: Iterable[str]) -> str:
    if any(each.kind in ("pypi", "npm") for each in registries):
        from terra.sources.pasted import name_of_package

        plugin = name_of_package(name.text)
        if plugin is not None:
            return f"`{name}` would be the package of the plugin `{plugin}`: `terra add {plugin}`"
    near = _near(name, list(names))
    return f"near it: {', '.join(f'`{each}`' for each in near)}" if near else f"another may have it; {_ADD_ONE}"


def _near(name: Name, names: Sequence[str]) -> list[str]:
    from difflib import get_close_matches

    contained = [each for each in names if name.text in each.split("/")[-1].split("-")]
    return list(dict.fromkeys([*get_close_matches(name.text, names, _NEAR), *contained]))[:_NEAR]


def _as_package(name: Name, registry: Registry) -> str:
    """Return what a name is in a registry that has packages rather than plugins."""
    packages = {"pypi": name.distribution, "npm": name.npm_package}
    if registry.kind == "terraform":
        from terra.model.module_address import DEFAULT_NAMESPACE, ModuleAddress

        packages["terraform"] = str(ModuleAddress.of(name, registry.module_namespace or DEFAULT_NAMESPACE))
    return f" (there `{packages[registry.kind]}`)" if registry.kind in packages else ""

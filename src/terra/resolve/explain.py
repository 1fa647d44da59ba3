"""Word why nothing fits: who wants what, through whom, and what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import ResolveError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.model.name import Name
    from terra.resolve.provider import Candidate, Catalogue, Need

_SHOWN = 5


def explain(causes: Sequence[tuple[Need, Candidate | None]], catalogue: Catalogue) -> ResolveError:
    """Return the error for needs that cannot hold together."""
    name = causes[0][0].requirement.name
    known = catalogue.candidates(name, causes[0][1])
    chains = "".join(f"\n  {_who(parent)} wants `{need.requirement}`" for need, parent in causes)
    message = f"no version of `{name}` fits{chains}\n  there is: {_versions(known)}"
    return ResolveError(message, hint=_hint(name, known), subjects=(name.text,))


def two_answers(needs: Sequence[Need], found: Sequence[Candidate]) -> ResolveError:
    """Return the error for a name that two registries answer for: the best of both would be a stranger's chance."""
    name = needs[0].requirement.name
    chains = "".join(f"\n  {_who(need.parent)} wants `{need.requirement}`" for need in needs)
    origins = sorted({f"`{each.release.registry or each.release.source}`" for each in found})
    message = f"`{name}` is in more than one place, and each is asked for it{chains}\n  there is: {', '.join(origins)}"
    hint = f"say which: a line for `{name}` in terra.toml with its `registry`, or `namespaces` of a registry"
    return ResolveError(message, hint=hint, subjects=(name.text,))


def _who(parent: Candidate | None) -> str:
    return "the project" if parent is None else f"`{parent.release.id}`"


def _versions(known: Sequence[Candidate]) -> str:
    newest = sorted((each for each in known if each.version), key=lambda each: each.version, reverse=True)  # type: ignore[arg-type, return-value]
    shown = [f"{each.version}{' (yanked)' if each.release.yanked is not None else ''}" for each in newest[:_SHOWN]]
    rest = f" and {len(newest) - _SHOWN} older" if len(newest) > _SHOWN else ""
    return ", ".join(shown) + rest if shown else "no version"


def _hint(name: Name, known: Sequence[Candidate]) -> str:
    if any(each.version and each.version.is_prerelease for each in known):
        return f"a pre-release is offered only where it is named, as in `{name}@1.0.0-rc.1`"
    return f"`terra info {name}` lists the versions"

"""Which plugin of a configured registry is the module that a block calls from elsewhere.

A module of a registry is the plugin whose module address it is. An address of git, or of an archive, is the plugin
with a release at that very address. Nothing is guessed from a likeness of names: those only say where to look first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from terra.commands.adopt.near_names import likest, words_of
from terra.errors import TerraError, UnknownPluginError, UsageError
from terra.model.module_address import DEFAULT_NAMESPACE, ModuleAddress
from terra.model.module_source import ModuleSource, place_of
from terra.model.name import Name
from terra.model.requirement import ANY, Specifier
from terra.model.values import value
from terra.resolve.provider import newest_first

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terra.commands.catalogue import Catalogue
    from terra.commands.registries import Registries
    from terra.model.interface import ModuleCall
    from terra.model.release import Release
    from terra.model.source import Locator
    from terra.ports import Reporter
    from terra.resolve.provider import Candidate

_ASKED = 50  # names that are asked for one address: of a large registry, those that are likest


@value
class Match:
    """What serves a block, or with `why` why nothing does.

    Attributes:
        registry: As messages call it.
        specifier: What `terra.toml` is to ask for, where the block says it; None for what `add` would write.
        inner: The folder of the plugin that is called, empty for its top: as its address says, until the release was
            looked into.
        is_exact: Whether the block calls this very release, by its address.
    """

    name: Name | None = None
    candidate: Candidate | None = None
    registry: str = ""
    specifier: Specifier | None = None
    inner: str = ""
    why: str = ""
    is_exact: bool = False


class Matcher:
    """Looks for what serves blocks, asking each registry once for each name.

    Args:
        catalogue: What the project can have.
        registries: Who answers.
        reporter: Told of names that could not be asked for.
    """

    def __init__(self, catalogue: Catalogue, registries: Registries, reporter: Reporter) -> None:
        self._catalogue = catalogue
        self._registries = registries
        self._reporter = reporter
        self._known: dict[Name, Sequence[Candidate]] = {}
        self._names: list[str] | None = None

    def match(self, call: ModuleCall) -> Match:
        """Return what serves a block.

        Raises:
            FetchError: A registry that has to be asked cannot be reached.
        """
        try:
            source = ModuleSource.parse(call.source or "")
            specifier = Specifier.parse(call.version) if call.version is not None else ANY
            return self._of_module(source, call, specifier) if source.module else self._of_address(source)
        except UsageError as error:
            return Match(why=error.message)

    def candidates(self, name: Name) -> Sequence[Candidate]:
        """Return the releases of a name, the newest first; none where no registry knows it."""
        if name not in self._known:
            try:
                self._known[name] = newest_first(self._catalogue.candidates(name, None))
            except UnknownPluginError:
                self._known[name] = ()
        return self._known[name]

    def names(self) -> Sequence[str]:
        """Return every name that the registries list; one that cannot be reached is a warning."""
        if self._names is None:
            found: dict[str, None] = {}
            for registry in self._registries.chain:
                try:
                    found.update(dict.fromkeys(self._registries.names_of(registry)))
                except TerraError as error:
                    self._reporter.warn(f"`{registry.written}` was not looked through: {error.message}")
            self._names = list(found)
        return self._names

    def registry_of(self, candidate: Candidate) -> str:
        """Return who has a release, as messages call it."""
        found = self._catalogue.registry_of(candidate.release)
        return found.written if found else candidate.release.registry or ""

    def _of_module(self, source: ModuleSource, call: ModuleCall, specifier: Specifier) -> Match:
        assert source.module is not None  # noqa: S101  # the caller looked
        names = list(self._names_of(source.module))
        for name in names:
            candidates = [each for each in self.candidates(name) if self._is_at(each, source.host)]
            if candidates:
                return self._fitting(name, candidates, specifier, call.version, source.subdir)
        if source.host is not None:
            return Match(why=f"no configured registry is at `{source.host}`, or has it")
        shown = " or ".join(f"`{name}`" for name in names)
        return Match(why=f"no registry has {shown}" if names else "no plugin name says that module")

    def _names_of(self, module: ModuleAddress) -> Iterator[Name]:
        if module.plugin is not None:
            yield module.plugin
        own = {DEFAULT_NAMESPACE, *(each.module_namespace for each in self._registries.chain)}
        if module.namespace in own and module.plugin is not None:
            yield Name(module.plugin.last)

    def _is_at(self, candidate: Candidate, host: str | None) -> bool:
        """Tell whether a release is of the host that a block names: the same module elsewhere may be another."""
        found = self._catalogue.registry_of(candidate.release)
        location = (found.address or found.location) if found else ""
        return host is None or urlsplit(location).netloc.rpartition("@")[2].lower() == host.lower()

    def _fitting(
        self, name: Name, candidates: Sequence[Candidate], specifier: Specifier, written: str | None, inner: str
    ) -> Match:
        fitting = [each for each in candidates if each.version is None or specifier.allows(each.version)]
        chosen = next((each for each in fitting if each.release.yanked is None), None)
        if chosen is None:
            return Match(why=f"`{name}` of `{self.registry_of(candidates[0])}` has no release for `{written or '*'}`")
        stated = specifier if written is not None else None
        return Match(name, chosen, self.registry_of(chosen), stated, inner)

    def _of_address(self, source: ModuleSource) -> Match:
        assert source.locator is not None  # noqa: S101  # the caller looked
        found = [
            (each, inner, name)
            for name in self._asked_for(source.locator)
            for each in self.candidates(name)
            if (inner := _inner(source, each.release)) is not None
        ]
        if not found:
            return Match(why="no registry has a release at that address")
        found.sort(key=lambda hit: len(hit[1]))  # the plugin that is just that folder, before one that holds it
        if not source.is_git:
            candidate, inner, name = found[0]
            return self._served(candidate, inner, name)
        if source.ref is None:
            return Match(why=f"`{found[0][2]}` is of that repository, but the block names no `?ref=`")
        at_ref = [hit for hit in found if ModuleSource(locator=hit[0].release.source).ref == source.ref]
        if not at_ref:
            return Match(why=f"`{found[0][2]}` is of that repository, and has no release for `{source.ref}`")
        return self._served(*at_ref[0])

    def _served(self, candidate: Candidate, inner: str, name: Name) -> Match:
        return Match(name, candidate, self.registry_of(candidate), None, inner, is_exact=True)

    def _asked_for(self, locator: Locator) -> Iterator[Name]:
        names = self.names()
        if len(names) > _ASKED:
            names = likest(words_of(f"{place_of(locator)[1].partition('/')[2]}/{locator.subdir}"), names, _ASKED)
        for name in filter(Name.is_name, names):
            try:
                self.candidates(Name(name))
            except TerraError as error:
                self._reporter.note(f"`{name}` was passed over: {error.message}")
            else:
                yield Name(name)


def _inner(source: ModuleSource, release: Release) -> str | None:
    """Return the folder of a release that a source is, or None where it is another."""
    if release.source.scheme not in ("http", "https", "git"):
        return None
    try:
        return source.inner(release.source)
    except UsageError:
        return None

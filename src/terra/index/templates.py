"""Templates of a registry: the tags of a git repository, as releases.

A tag that does not look like the template belongs to something else and is passed over; one that does, and
whose version cannot be ordered, is skipped with the reason. Of two tags for one version the one that spells
it as terra does is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from terra.errors import SourceNotFoundError, UsageError
from terra.index.documents import read_kept
from terra.model.release import Listing, Release
from terra.model.values import replace
from terra.model.version import Version
from terra.ports import Response

if TYPE_CHECKING:
    from terra.model.git import Remote
    from terra.model.git_template import Template
    from terra.ports import DocumentCache, Reporter

    Tags = Callable[[Remote], Sequence[str]]

_OK = 200


def no_tags(remote: Remote) -> NoReturn:
    """Refuse to list tags, where nothing that can was given.

    Raises:
        UsageError: Always.
    """
    message = f"the tags of `{remote}` cannot be listed here"
    raise UsageError(message, subjects=(str(remote),))


class CachedTags:
    """The tags of repositories, kept as last listed for when the network is off.

    Args:
        tags: Lists them.
        cache: Keeps the lists, as it does the documents of registries.
        reporter: Told of a list that is used offline.
    """

    def __init__(self, tags: Tags, cache: DocumentCache, reporter: Reporter) -> None:
        self._tags = tags
        self._cache = cache
        self._reporter = reporter

    def __call__(self, remote: Remote) -> Sequence[str]:
        """Return the names of a remote's tags; a folder's path is absolute, and its tags are not kept.

        Raises:
            FetchError: It cannot be reached; `OfflineError` where they were never listed.
        """
        if remote.is_local:
            return self._tags(remote)
        key = f"the tags of {remote}"

        def ask(_etag: str | None) -> Response:
            return Response(key, _OK, "\n".join(self._tags(remote)).encode())

        return read_kept(key, ask, _tags_in, self._cache, self._reporter)


def _tags_in(body: bytes, _type: str) -> Sequence[str]:
    return [tag for tag in body.decode(errors="replace").split("\n") if tag]


def expanded(listing: Listing, template: Template, registry: str, tags: Tags) -> Listing:
    """Return a listing with the releases that its template stands for.

    Args:
        listing: Of the name.
        template: Its own.
        registry: Label or location of the registry, for the releases.
        tags: Lists the tags of a repository.

    Raises:
        FetchError: The repository could not be reached.
        SourceNotFoundError: No tag looks like the template.
    """
    remote = template.remote.beside(template.anchor)
    chosen, skipped = _by_version(template, tags(remote))
    if not chosen and not skipped:
        message = f"`{listing.name}` has no releases: `{remote}` has no tags like `{template.tag}`"
        raise SourceNotFoundError(message, hint=f"the registry `{registry}` names them", subjects=(listing.name.text,))
    releases = tuple(
        Release(
            listing.name,
            version,
            template.source(tag),
            template.anchor,
            registry,
            dependencies=template.dependencies,
            yanked=template.yanked,
        )
        for version, tag in chosen.items()
    )
    return replace(listing, releases=releases, skipped=(*listing.skipped, *skipped), template=None)


def _by_version(template: Template, tags: Sequence[str]) -> tuple[dict[Version, str], list[str]]:
    fitting = [(tag, text) for tag in tags if (text := template.version_in(tag)) is not None]
    chosen: dict[Version, str] = {}
    skipped: list[str] = []
    for tag, text in sorted(fitting, key=lambda pair: (not _is_plain(pair[1]), pair[0])):
        version = Version.read(text)
        if version is None:
            if text.lstrip("vV")[:1].isdigit():
                skipped.append(f"`{tag}`, whose version cannot be ordered")
        elif version in chosen:
            skipped.append(f"`{tag}`, which is {version} as `{chosen[version]}` is")
        else:
            chosen[version] = tag
    return chosen, skipped


def _is_plain(text: str) -> bool:
    version = Version.read(text)
    return version is not None and str(version) == text

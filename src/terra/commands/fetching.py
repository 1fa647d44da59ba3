"""The step from a release to its bytes: from the cache where their digest is known, else from their source."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from terra.errors import OfflineError
from terra.model.form import file_name_of, form_of_source
from terra.model.stages import Fetched
from terra.model.values import replace, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from terra.commands.toolbox import Toolbox
    from terra.model.digest import Digest
    from terra.model.lock import LockedPlugin
    from terra.model.release import Release
    from terra.model.source import Locator
    from terra.ports import Progress
    from terra.spec import FetchOrder, FetchTools
    from terra.spec.watched import Offer


@value
class Errand:
    """One release whose bytes are needed, with what the lock says of these very bytes, if anything."""

    release: Release
    locked: LockedPlugin | None = None

    @property
    def checksum(self) -> Digest | None:
        """What the archive must hash to, where the registry or the lock says so."""
        return self.release.checksum or (self.locked.archive if self.locked else None)


def admits(asked: Locator, held: Locator, toolbox: Toolbox) -> bool:
    """Tell whether a locked address answers what is asked: a range of versions means many."""
    if asked == held:
        return True
    if asked.scheme == "installed":  # it is locked as the wheel that pip brought
        return held == replace(asked, scheme="pypi")
    if asked.scheme != held.scheme or asked.is_local or asked.scheme in ("http", "https"):
        return False
    from terra.spec import RangedSource

    source = toolbox.host.source_for(asked)
    return isinstance(source, RangedSource) and source.admits(asked, held)


def fetch(errand: Errand, scratch: Path, toolbox: Toolbox) -> Fetched:
    """Return the bytes of one release.

    Raises:
        FetchError: They could not be had.
        IntegrityError: They are not what their source promised.
    """
    held = _held_archive(errand.release, errand.checksum, toolbox)
    if held is not None:
        return held
    release, url = errand.release, str(errand.release.source)
    # Of a package the same address means other bytes at another index: only its lock and checksum know it.
    known = toolbox.store.remembered(url) if release.source.scheme in ("http", "https") else None
    kept = _held_archive(release, known[0], toolbox) if known else None
    if kept is not None and toolbox.offline:
        toolbox.reporter.detail(f"`{url}` as last fetched: the network is off")
        return kept
    fetched = _from_source(errand, known[1] if known and kept else None, scratch, toolbox)
    if fetched is not None:
        return fetched
    assert kept is not None and known is not None  # noqa: S101, PT018  # only then was an ETag sent
    return replace(kept, etag=known[1])


def fetch_together(errands: Sequence[Errand], scratch: Path, toolbox: Toolbox) -> dict[Errand, Fetched]:
    """Return the bytes of those releases that a source fetches at the price of one.

    Raises:
        FetchError: They could not be had.
        IntegrityError: They are not what their source promised.
    """
    from terra.spec import BatchSource

    found: dict[Errand, Fetched] = {}
    batches: dict[int, tuple[BatchSource, list[Errand]]] = {}
    for errand in errands:
        source = toolbox.host.source_for(errand.release.source)
        if not isinstance(source, BatchSource):
            continue
        held = _held_archive(errand.release, errand.checksum, toolbox)
        if held is not None:
            found[errand] = held
            continue
        source.check(_order(errand))
        batches.setdefault(id(source), (source, []))[1].append(errand)
    for source, batch in batches.values():
        label = batch[0].release.id if len(batch) == 1 else f"{len(batch)} packages"
        with toolbox.reporter.download(label) as progress, _in_words(label):
            tools = _tools(scratch, toolbox, progress)
            found.update(zip(batch, source.fetch_together([_order(each) for each in batch], tools), strict=True))
    return found


def offer_of(release: Release, toolbox: Toolbox) -> Offer | None:
    """Return what a source has now for an address, None where it cannot tell; no release is fetched.

    Raises:
        FetchError: It cannot be reached.
    """
    from terra.spec.watched import WatchedSource

    source = toolbox.host.source_for(release.source)
    if not isinstance(source, WatchedSource):
        return None
    order = _order(Errand(release))
    source.check(order)
    with toolbox.store.scratch() as scratch:
        return source.offer(order, _tools(scratch, toolbox, lambda _done, _total: None))


def _from_source(errand: Errand, etag: str | None, scratch: Path, toolbox: Toolbox) -> Fetched | None:
    source = toolbox.host.source_for(errand.release.source)
    order = _order(errand, etag)
    source.check(order)
    label = errand.release.id
    with toolbox.reporter.download(label) as progress, _in_words(label):
        return source.fetch(order, _tools(scratch, toolbox, progress))


@contextmanager
def _in_words(label: str) -> Iterator[None]:
    """Say of which release it is that the network is off."""
    try:
        yield
    except OfflineError as error:
        message = f"`{label}` is not in the cache, and the network is off"
        raise OfflineError(message, hint="run it once without `--offline`", subjects=(label,)) from error


def _order(errand: Errand, etag: str | None = None) -> FetchOrder:
    from terra.spec import FetchOrder

    release, locked = errand.release, errand.locked
    return FetchOrder(
        release.source,
        release.anchor,
        size=release.size,
        etag=etag,
        checksum=errand.checksum,
        commit=locked.commit if locked else None,
        index=release.index,
        trusted=release.trusted,
    )


def _tools(scratch: Path, toolbox: Toolbox, progress: Progress) -> FetchTools:
    from terra.spec import FetchTools

    return FetchTools(
        toolbox.transport,
        scratch,
        toolbox.reporter,
        progress,
        toolbox.runner,
        toolbox.environment,
        toolbox.project_folder,
    )


def _held_archive(release: Release, digest: Digest | None, toolbox: Toolbox) -> Fetched | None:
    form = form_of_source(release.source)
    if digest is None or form is None or digest.algorithm != "sha256" or release.source.is_local:
        return None
    path = toolbox.store.find_archive(digest)
    if path is None:
        return None
    file_name = file_name_of(release.source)
    # The lock of a package was made from what its index promised; that of a plain address promises nothing new.
    promised = release.source.scheme not in ("http", "https")
    return Fetched(path, form, release.source.subdir, file_name, digest, path.stat().st_size, promised=promised)

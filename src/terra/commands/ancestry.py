"""Which release of a plugin stands in the project: usually the lock's, else one that the lock had before.

The lock moves alone where a colleague's commit brings another one and the files are not committed, or were left out
of it. What merging then needs as its base is the release that the files are of. It is seen from the files, among the
releases that this project had locked before: those of the lock with which terra last left it on this machine, and of
the lock's last commits. It is the one that most files are of, and where that leaves a choice, the one whose text is
the most like theirs. The cache is no witness: what it holds may have come for another project.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from terra.errors import TerraError
from terra.model.lock import LockedPlugin
from terra.model.tree import Tree
from terra.model.values import value
from terra.model.version import Version
from terra.project.left import load
from terra.vendor.plan import is_excluded, paths_of
from terra.vendor.survey import survey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox

_MAX_BYTES = 1 << 20
_ALIKE = 0.5  # share of lines in common from which the text speaks for another release than the lock's
_COMPARED = 4  # releases whose text is compared: each may have to be fetched


@value
class Ancestor:
    """The release that a plugin's files are of.

    Attributes:
        locked: As a lock has it, so that its bytes can be had again.
    """

    version: Version
    tree: Tree
    locked: LockedPlugin


def ancestor_of(
    locked: LockedPlugin, opened: OpenProject, toolbox: Toolbox, *, coming: Tree | None = None, fetch: bool = True
) -> Ancestor:
    """Return the release that the files of a locked plugin are of; the lock's own where nothing speaks for another.

    Args:
        locked: What the lock says.
        opened: The project.
        toolbox: The adapters.
        coming: The release that is to stand there, which is no ancestor: what of it stands there already was
            written by the user.
        fetch: Whether releases may be fetched again to compare their text, where their hashes leave a choice.

    Raises:
        UnsafeTargetError: A path leads through a link.
    """
    own = Ancestor(locked.version, locked.tree, locked)
    if not _strange(locked, opened):
        return own
    folder = f"{opened.set(locked.set).folder}/{locked.name}"
    is_settled = _is_settled(locked, opened, toolbox)
    telling = frozenset(each.path for each in locked.tree.files) if is_settled else None
    found = [(_same(each, folder, opened, telling), each) for each in (own, *_others(locked, coming, opened, toolbox))]
    most = max(same for same, _ in found)
    best = [each for same, each in found if same == most][:_COMPARED]
    if len(best) == 1 or (own in best and is_settled):
        return best[0]
    alike = [_likeness(each, folder, opened, toolbox, fetch=fetch) for each in best]
    likest = best[alike.index(max(alike))]  # of equals the first, which is the lock's own if it is among them
    return own if own in best and max(alike) < _ALIKE else likest


def _is_settled(locked: LockedPlugin, opened: OpenProject, toolbox: Toolbox) -> bool:
    """Tell whether it is terra that last left the plugin under this lock.

    What differs was then left on purpose, and of the files that this release has not, each is the user's: they tell of
    no other release.
    """
    last = next(load(toolbox.home, opened.folder), None)
    found = last.find(locked.set, locked.name) if last is not None else None
    return found is not None and found.tree == locked.tree


def _strange(locked: LockedPlugin, opened: OpenProject) -> bool:
    """Tell whether a file stands there that is neither the lock's nor an accepted edit."""
    plugins = opened.set(locked.set)
    folder, line, accepted = f"{plugins.folder}/{locked.name}", plugins.find(locked.name), dict(locked.edited)
    mine = survey(opened.folder, paths_of(folder, locked.tree))
    for file in locked.tree.files:
        standing = mine.get(f"{folder}/{file.path}")
        if standing is None or (line and is_excluded(file.path, line.exclude)):
            continue
        if file.sha256 not in standing.same_as and accepted.get(file.path) not in standing.same_as:
            return True
    return False


def _others(locked: LockedPlugin, coming: Tree | None, opened: OpenProject, toolbox: Toolbox) -> Iterator[Ancestor]:
    from terra.commands.git import earlier_locks

    seen = {locked.tree.digest, *([coming.digest] if coming is not None else [])}
    for lock in chain(load(toolbox.home, opened.folder), earlier_locks(opened.folder, toolbox)):
        found = lock.find(locked.set, locked.name)
        if found is not None and found.tree.digest not in seen:
            seen.add(found.tree.digest)
            yield Ancestor(found.version, found.tree, found)


def _same(ancestor: Ancestor, folder: str, opened: OpenProject, telling: frozenset[str] | None) -> int:
    """Return how many files are the release's, of those that tell or, by default, of all."""
    mine = survey(opened.folder, paths_of(folder, ancestor.tree))
    files = (each for each in ancestor.tree.files if telling is None or each.path in telling)
    standing = ((file, mine.get(f"{folder}/{file.path}")) for file in files)
    return sum(1 for file, found in standing if found is not None and file.sha256 in found.same_as)


def _likeness(ancestor: Ancestor, folder: str, opened: OpenProject, toolbox: Toolbox, *, fetch: bool) -> float:
    """Return which share of the text of the files is the release's, from 0 to 1."""
    release = _folder(ancestor, opened, toolbox, fetch=fetch)
    if release is None:
        return 0.0
    mine = survey(opened.folder, paths_of(folder, ancestor.tree))
    paths = [each.path for each in ancestor.tree.files]
    standing = [path for path in paths if (found := mine.get(f"{folder}/{path}")) and found.kind == "file"]
    shares = [_alike(release / path, opened.folder / folder / path) for path in standing]
    return sum(shares) / len(shares) if shares else 0.0


def _folder(ancestor: Ancestor, opened: OpenProject, toolbox: Toolbox, *, fetch: bool) -> Path | None:
    cached = toolbox.store.find_tree(ancestor.locked.name, ancestor.version, ancestor.tree.digest)
    if cached is not None or not fetch:
        return cached.folder if cached else None
    from terra.commands.registries import Registries
    from terra.commands.restoring import locked_payloads

    try:
        return locked_payloads([ancestor.locked], opened, Registries(opened, toolbox), toolbox)[0].folder
    except TerraError:  # one that is nowhere to be had is none that anything could be merged with
        return None


def _alike(one: Path, other: Path) -> float:
    """Return the share of lines that two files have in common."""
    if max(one.stat().st_size, other.stat().st_size) > _MAX_BYTES:
        return 0.0
    first, second = (Counter(each.read_bytes().replace(b"\r\n", b"\n").split(b"\n")) for each in (one, other))
    return 2 * (first & second).total() / (first.total() + second.total())

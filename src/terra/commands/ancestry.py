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
from typing import TYPE_CHECKING

from terra.commands.bases import base_folder
from terra.commands.edits import comparison_of
from terra.project.left import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.tree import Tree
    from terra.vendor.comparison import Comparison

_MAX_BYTES = 1 << 20
_ALIKE = 0.5  # share of lines in common from which the text speaks for another release than the lock's
_COMPARED = 4  # releases whose text is compared: each may have to be fetched


def ancestor_of(
    locked: LockedPlugin, opened: OpenProject, toolbox: Toolbox, *, coming: Tree | None = None, fetch: bool = True
) -> LockedPlugin:
    """Return the release that the files of a locked plugin are of, as a lock has it.

    It is the lock's own where nothing speaks for another.

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
    if not comparison_of(locked, opened).is_changed:
        return locked
    is_settled = _is_settled(locked, opened, toolbox)
    telling = frozenset(each.path for each in locked.tree.files) if is_settled else None
    every = (locked, *_others(locked, coming, opened, toolbox))
    here = [comparison_of(locked, opened, each.tree) for each in every]
    same = [len(each.released if telling is None else each.released & telling) for each in here]
    best = [position for position, number in enumerate(same) if number == max(same)][:_COMPARED]
    if len(best) == 1 or (0 in best and is_settled):  # the lock's own comes first
        return every[best[0]]
    alike = [_likeness(every[each], here[each], opened, toolbox, fetch=fetch) for each in best]
    likest = every[best[alike.index(max(alike))]]
    return locked if 0 in best and max(alike) < _ALIKE else likest


def _is_settled(locked: LockedPlugin, opened: OpenProject, toolbox: Toolbox) -> bool:
    """Tell whether it is terra that last left the plugin under this lock.

    What differs was then left on purpose, and of the files that this release has not, each is the user's: they tell of
    no other release.
    """
    last = next(load(toolbox.home, opened.folder), None)
    found = last.find(locked.set, locked.name) if last is not None else None
    return found is not None and found.tree == locked.tree


def _others(locked: LockedPlugin, coming: Tree | None, opened: OpenProject, toolbox: Toolbox) -> Iterator[LockedPlugin]:
    from terra.commands.git import earlier_locks

    seen = {locked.tree.digest, *([coming.digest] if coming is not None else [])}
    for lock in chain(load(toolbox.home, opened.folder), earlier_locks(opened.folder, toolbox)):
        found = lock.find(locked.set, locked.name)
        if found is not None and found.tree.digest not in seen:
            seen.add(found.tree.digest)
            yield found


def _likeness(release: LockedPlugin, here: Comparison, opened: OpenProject, toolbox: Toolbox, *, fetch: bool) -> float:
    """Return which share of the text of the files is the release's, from 0 to 1."""
    folder = base_folder(release, opened, toolbox, fetch=fetch, is_told=False)
    if folder is None:  # what is nowhere to be had is nothing that anything could be merged with
        return 0.0
    files = [each for each in here.standing if each.standing is not None and each.standing.kind == "file"]
    shares = [_alike(folder / each.name, opened.folder / each.path) for each in files]
    return sum(shares) / len(shares) if shares else 0.0


def _alike(one: Path, other: Path) -> float:
    """Return the share of lines that two files have in common."""
    if max(one.stat().st_size, other.stat().st_size) > _MAX_BYTES:
        return 0.0
    first, second = (Counter(each.read_bytes().replace(b"\r\n", b"\n").split(b"\n")) for each in (one, other))
    return 2 * (first & second).total() / (first.total() + second.total())

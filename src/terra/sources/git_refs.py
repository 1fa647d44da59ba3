"""Which commit an address of git's means: what its ref is now, or what `terra.lock` says that it was.

A tag is the commit that the lock has, or is refused; a branch may go on, and the locked commit stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from terra.errors import IntegrityError, SourceNotFoundError
from terra.model.git import Revision
from terra.model.values import value
from terra.spec import FetchOrder

if TYPE_CHECKING:
    from collections.abc import Iterable

    Refs = Callable[..., dict[str, str]]

TAG, BRANCH = "refs/tags/", "refs/heads/"
_NEAR = 3


@value
class Target:
    """The commit to bring for an order.

    Attributes:
        order: What asks for it.
        commit: Its whole hash.
        name: Full name of the ref that led to it; None for a commit that was named itself, or is locked.
        gone: Whether the ref that led to it once is no longer there.
    """

    order: FetchOrder
    commit: str
    name: str | None = None
    gone: bool = False


def target_of(order: FetchOrder, refs: Refs) -> Target:
    """Return the commit that the lock has, which a tag must still be; else what the ref is now.

    Args:
        order: What to bring.
        refs: Lists the repository's, as `Git.refs` does.

    Raises:
        SourceNotFoundError: There is no such ref.
        IntegrityError: The tag is another commit than the lock says.
    """
    revision = Revision.of(order.locator)
    if revision.commit is not None:
        if order.commit not in (None, revision.commit):
            raise _moved(order, revision.commit)
        return Target(order, revision.commit)
    if revision.ref is None:
        return Target(order, order.commit) if order.commit else Target(order, _head(order, refs), "HEAD")
    ref = revision.ref
    is_other = ref.startswith("refs/") and not ref.startswith((TAG, BRANCH))
    listed = refs(ref) if is_other else refs("--heads", "--tags")
    # As gitrevisions(7) has it: a tag before a branch of the same name.
    name = next((name for name in (TAG + ref, BRANCH + ref, ref) if name in listed and name.startswith("refs/")), None)
    if name is None:
        if order.commit is None:
            raise _unknown(ref, order, listed)
        return Target(order, order.commit, gone=True)
    found = listed.get(f"{name}^{{}}", listed[name])
    if order.commit is None or found == order.commit:
        return Target(order, found, name)
    if name.startswith(TAG):
        raise _moved(order, found)
    return Target(order, order.commit)


def _head(order: FetchOrder, refs: Refs) -> str:
    found = refs("HEAD").get("HEAD")
    if found is None:
        message = f"`{order.locator}` has no commit at its HEAD"
        raise SourceNotFoundError(message, hint="name a branch or a tag: `?ref=…`", subjects=(str(order.locator),))
    return found


def _moved(order: FetchOrder, found: str) -> IntegrityError:
    message = f"`{order.locator}` has moved: expected commit {order.commit}, as `terra.lock` says, got {found}"
    hint = "a release never changes: ask its publisher why; if the move is wanted: `terra update NAME`"
    return IntegrityError(message, hint=hint, subjects=(str(order.locator),))


def _unknown(ref: str, order: FetchOrder, refs: Iterable[str]) -> SourceNotFoundError:
    from difflib import get_close_matches

    names = [name for name in refs if not name.endswith("^{}")]
    tags = [name.removeprefix(TAG) for name in names if name.startswith(TAG)]
    branches = [name.removeprefix(BRANCH) for name in names if name.startswith(BRANCH)]
    near = get_close_matches(ref, tags + branches, _NEAR) or tags[-_NEAR:] or branches[:_NEAR]
    if re.fullmatch(r"[0-9a-f]{7,63}", ref):
        hint = "write the whole commit hash: a server answers for no other"
    else:
        hint = f"near it: {', '.join(f'`{each}`' for each in near)}" if near else "it has no tags and no branches"
    message = f"`{order.locator}` names `{ref}`, which is neither a tag nor a branch there"
    return SourceNotFoundError(message, hint=hint, subjects=(ref,))

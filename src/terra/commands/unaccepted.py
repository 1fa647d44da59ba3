"""Which accepted edits a plan leaves in the project as edits that nobody has accepted: said before CI finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.model.plan import Action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terra.commands.drafting import Draft
    from terra.commands.fitting import Target
    from terra.model.plan import Plan, PluginChange


def unaccepted(draft: Draft, plan: Plan) -> Iterator[str]:
    """Yield a warning for each accepted edit that stays an edit, and is another one than was accepted.

    What is overwritten is no edit any more, and a file with conflict markers has a warning of its own.

    Args:
        draft: What changes.
        plan: Its plan.
    """
    targets = {(each.set, each.name): each for part in draft.parts for each in part.targets}
    for change in plan.changes:
        target = targets.get((change.set, change.plugin))
        if target is not None and target.accepted and change.to is not None:
            yield from _of_plugin(change, target, draft.opened.set(change.set).folder_of(change.plugin))


def _of_plugin(change: PluginChange, target: Target, folder: str) -> Iterator[str]:
    before, after = {f"{folder}/{path}" for path, _ in target.accepted}, {*change.accepted}
    for file in change.files:
        stays = (file.action is Action.MERGE and not file.conflicts) or (file.action is Action.KEEP and file.differs)
        if stays and file.path in before and file.path not in after:
            yield f"`{file.path}` is no accepted edit any more: look at it, then `terra accept {change.plugin}`"

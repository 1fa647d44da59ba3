"""Check that the plugins of one set call what the others have, and not each other in a circle.

Each release was checked by itself (`references`): its sources reach declared dependencies. Which release of
a dependency was chosen is known only when all are; what that one lacks, Terraform would miss at `init`.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from terra.errors import IntegrityError
from terra.model.interface import Interface, Place
from terra.model.name import Name
from terra.model.terraform import module_folders
from terra.model.tree import Tree
from terra.model.values import value
from terra.model.version import UNVERSIONED, Version
from terra.trust.references import own_folder, sibling_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SHOWN = 5
_Module = tuple[str, str]  # a plugin, and a folder in it; "" for its top


@value
class Member:
    """One plugin of a set.

    Attributes:
        interface: What its files declare; None where nothing it calls can have changed.
    """

    name: Name
    version: Version
    tree: Tree
    interface: Interface | None = None

    @property
    def id(self) -> str:
        """`name@version`, or the name alone where no document gave a version."""
        return self.name.text if self.version == UNVERSIONED else f"{self.name}@{self.version}"


@value
class _Call:
    """A module block: where it stands, what is written there, and the module that it means."""

    caller: _Module
    place: Place
    source: str
    target: _Module


def check_siblings(members: Sequence[Member]) -> None:
    """Refuse a set in which a plugin calls a module that the chosen release of another one lacks.

    Raises:
        IntegrityError: With plugin, file and line of every such call, or of the calls that form a circle.
    """
    by_name = {each.name.text: each for each in members}
    calls = [call for each in members for call in _calls(each, by_name)]
    lacking = [call for call in calls if call.caller[0] != call.target[0] and not _has(by_name, call.target)]
    if lacking:
        raise _lacking(lacking, by_name)
    circle = _circle(calls)
    if circle:
        raise _circular(circle, by_name)


def _calls(member: Member, by_name: Mapping[str, Member]) -> Iterator[_Call]:
    for call in member.interface.module_calls if member.interface else ():
        caller = (member.name.text, posixpath.dirname(call.place.path))
        sibling = sibling_of(call, member.name, by_name)
        own = own_folder(call, member.name) if sibling is None else None
        target = sibling or (None if own is None else (member.name.text, own))
        if target is not None and call.source is not None:
            yield _Call(caller, call.place, call.source, target)


def _modules(member: Member) -> set[str]:
    return module_folders(file.path for file in member.tree.files)


def _has(by_name: Mapping[str, Member], target: _Module) -> bool:
    return target[1] in _modules(by_name[target[0]])


def _lacking(calls: Sequence[_Call], by_name: Mapping[str, Member]) -> IntegrityError:
    lines = [f"`{by_name[each.caller[0]].id}`, {each.place}: `{each.source}`; {_what(each, by_name)}" for each in calls]
    message = "module sources reach for what the chosen releases do not have\n  " + "\n  ".join(lines)
    target, caller = calls[0].target[0], calls[0].caller[0]
    hint = f"choose other versions that go together, as by `terra add {target}@VERSION`: `terra info {target}`"
    return IntegrityError(message, hint=hint, subjects=(caller, target))


def _what(call: _Call, by_name: Mapping[str, Member]) -> str:
    member = by_name[call.target[0]]
    folders = sorted(_modules(member))
    shown = ", ".join(f"`{each}`" if each else "its top" for each in folders[:_SHOWN])
    rest = f" and {len(folders) - _SHOWN} more" if len(folders) > _SHOWN else ""
    wanted = f"in `{call.target[1]}`" if call.target[1] else "at its top"
    return f"`{member.id}` has no Terraform files {wanted}, only in {shown}{rest}"


def _circle(calls: Sequence[_Call]) -> list[_Call]:
    """Return calls that lead from a module through another plugin back to it; none where there is no circle."""
    leaving: dict[_Module, list[_Call]] = {}
    for call in calls:
        leaving.setdefault(call.caller, []).append(call)
    done: set[_Module] = set()
    for start in sorted(leaving):
        found = _walk(start, leaving, done)
        if found:
            return found
    return []


def _walk(start: _Module, leaving: Mapping[_Module, Sequence[_Call]], done: set[_Module]) -> list[_Call]:
    way: list[_Call] = []
    open_calls = [iter(leaving.get(start, ()))]
    on_way = [start]
    while open_calls:
        call = next(open_calls[-1], None)
        if call is None:
            open_calls.pop()
            done.add(on_way.pop())
            way = way[:-1]
        elif call.target in on_way:
            circle = [*way[on_way.index(call.target) :], call]
            if len({each.caller[0] for each in circle}) > 1:  # within one plugin it is the author's to find
                return circle
        elif call.target not in done:
            way.append(call)
            on_way.append(call.target)
            open_calls.append(iter(leaving.get(call.target, ())))
    return []


def _circular(circle: Sequence[_Call], by_name: Mapping[str, Member]) -> IntegrityError:
    names = sorted({each.caller[0] for each in circle})
    lines = [f"`{by_name[each.caller[0]].id}`, {each.place}: `{each.source}`" for each in circle]
    shown = " and ".join([", ".join(f"`{each}`" for each in names[:-1]), f"`{names[-1]}`"])
    message = f"modules of {shown} call each other in a circle, which Terraform cannot load\n  " + "\n  ".join(lines)
    hint = "their authors move what both need into a module of its own, reached by `//`"
    return IntegrityError(message, hint=hint, subjects=names)

"""How the interface of one release differs from that of another, as a caller of it feels it; pure.

Types, defaults and constraints are compared as written, but for white space outside quotes: what a formatter
does is no change. Order is none either. Nothing is evaluated, so `">= 1.0"` and `">=1.0"` are two texts to
Terraform's eye and one to ours, and `list(any)` and `list(string)` are two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terra.model.interface import Input, Interface, Output, RequiredProvider

_PIECE = re.compile(r'"(?:\\.|[^"\\])*"|\s+|[A-Za-z0-9_]+|.', re.DOTALL)
_NO_DEFAULT = "none"


@value
class Changed:
    """A text of `name` that was `old` and is `new`; None where there is none on that side."""

    name: str
    old: str | None
    new: str | None


@value
class InterfaceChange:
    """What a caller has to look at; every tuple is sorted by name.

    Attributes:
        new_required: New inputs that a caller must give, and old ones that have lost their default.
        new_optional: New inputs that have a default, and old ones that were given one.
        removed_inputs: A caller that gives one of them fails.
        changed_types: Of inputs that both have.
        changed_defaults: Of inputs that both have, with a default on both sides.
        removed_outputs: A caller that reads one of them fails.
        provider_changes: By local name, `SOURCE VERSION`; None for one that is new or gone.
        required_version: Of Terraform; None where it is the same.
    """

    new_required: tuple[str, ...] = ()
    new_optional: tuple[str, ...] = ()
    removed_inputs: tuple[str, ...] = ()
    changed_types: tuple[Changed, ...] = ()
    changed_defaults: tuple[Changed, ...] = ()
    new_outputs: tuple[str, ...] = ()
    removed_outputs: tuple[str, ...] = ()
    provider_changes: tuple[Changed, ...] = ()
    required_version: Changed | None = None

    @property
    def is_empty(self) -> bool:
        """Whether a caller sees no difference."""
        return self == InterfaceChange()

    @property
    def may_break(self) -> bool:
        """Whether a caller that works with the old release may fail with the new one."""
        return bool(
            self.new_required
            or self.removed_inputs
            or self.changed_types
            or self.removed_outputs
            or self.provider_changes
            or self.required_version
        )


def compare(old: Interface, new: Interface) -> InterfaceChange:
    """Return what changed from `old` to `new`."""
    before, after = _by_name(old.inputs), _by_name(new.inputs)
    both = sorted(before.keys() & after.keys())
    # An input that swaps between required and optional stands with the new ones: it asks the same of a caller.
    needed = {name for name, each in after.items() if each.required and not _is_required(before, name)}
    eased = {name for name, each in after.items() if not each.required and not _is_optional(before, name)}
    outputs_before, outputs_after = _names(old.outputs), _names(new.outputs)
    version = _changed("required_version", old.required_version, new.required_version)
    return InterfaceChange(
        new_required=tuple(sorted(needed)),
        new_optional=tuple(sorted(eased)),
        removed_inputs=tuple(sorted(before.keys() - after.keys())),
        changed_types=_changes((name, before[name].type or "any", after[name].type or "any") for name in both),
        changed_defaults=_changes(
            (name, before[name].default, after[name].default)
            for name in both
            if not before[name].required and not after[name].required
        ),
        new_outputs=tuple(sorted(outputs_after - outputs_before)),
        removed_outputs=tuple(sorted(outputs_before - outputs_after)),
        provider_changes=_providers(old.providers, new.providers),
        required_version=version,
    )


def _by_name(inputs: tuple[Input, ...]) -> dict[str, Input]:
    return {each.name: each for each in inputs}


def _names(outputs: tuple[Output, ...]) -> set[str]:
    return {each.name for each in outputs}


def _is_required(inputs: dict[str, Input], name: str) -> bool:
    return name in inputs and inputs[name].required


def _is_optional(inputs: dict[str, Input], name: str) -> bool:
    return name in inputs and not inputs[name].required


def _providers(old: tuple[RequiredProvider, ...], new: tuple[RequiredProvider, ...]) -> tuple[Changed, ...]:
    before, after = ({each.name: _written(each) for each in side} for side in (old, new))
    return _changes((name, before.get(name), after.get(name)) for name in sorted({*before, *after}))


def _written(provider: RequiredProvider) -> str:
    return " ".join(text for text in (provider.source or provider.name, provider.version) if text)


def _changes(sides: Iterable[tuple[str, str | None, str | None]]) -> tuple[Changed, ...]:
    found = (_changed(name, old, new) for name, old, new in sides)
    return tuple(each for each in found if each is not None)


def _changed(name: str, old: str | None, new: str | None) -> Changed | None:
    return None if _pieces(old) == _pieces(new) else Changed(name, old, new)


def _pieces(text: str | None) -> list[str] | None:
    """Split an expression into what has a meaning: quoted texts whole, no white space."""
    return None if text is None else [each for each in _PIECE.findall(text) if not each.isspace()]

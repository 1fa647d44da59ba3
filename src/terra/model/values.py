"""Frozen value classes, as `dataclasses` makes them and at a tenth of its cost.

terra has some eighty of them, and a command that finds everything in the cache imports about sixty.
`dataclasses` compiles six methods for each, which took a third of such a command's time; here every
class shares the same six, and `__init__` alone is compiled (PEP 681 tells type checkers what it is).
See `docs/explanation/decisions/0010-value-classes.md`.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_MISSING: Any = object()


class _Field:
    """What `field` says of one field."""

    __slots__ = ("factory", "shown")

    def __init__(self, factory: Callable[[], Any] | None, *, shown: bool) -> None:
        self.factory = factory
        self.shown = shown


def field(*, default_factory: Callable[[], Any] | None = None, repr: bool = True) -> Any:  # noqa: A002, ANN401  # PEP 681's names
    """Say more of a field than its default.

    Args:
        default_factory: Called for each value that is made without the field.
        repr: Whether `repr` shows it; not for a secret.
    """
    return _Field(default_factory, shown=repr)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """Make a frozen class with slots of the annotated fields, equal and hashed by them."""
    return _made(cls, {})


@dataclass_transform(frozen_default=True, order_default=True, field_specifiers=(field,))
def ordered_value(cls: type[T]) -> type[T]:
    """Make a `value` class that is also ordered, field by field."""
    return _made(cls, {"__lt__": _lt, "__le__": _le, "__gt__": _gt, "__ge__": _ge})


def replace(original: T, **changes: Any) -> T:  # noqa: ANN401  # whatever the fields hold
    """Return a copy of a value with some fields changed.

    Raises:
        TypeError: A name is not a field.
    """
    fields = {name: getattr(original, name) for name in original.__match_args__}  # type: ignore[attr-defined]
    return original.__class__(**{**fields, **changes})


def fields_of(original: object) -> dict[str, Any]:
    """Return the fields of a value by name, their values as they are."""
    return {name: getattr(original, name) for name in original.__match_args__}  # type: ignore[attr-defined]


def _made(cls: type[T], ordering: dict[str, Any]) -> type[T]:
    body = dict(cls.__dict__)
    names = tuple(name for name, kind in cls.__annotations__.items() if "ClassVar" not in str(kind))
    defaults = {name: body.pop(name) for name in names if name in body}
    for unwanted in ("__dict__", "__weakref__"):
        body.pop(unwanted, None)
    own = {
        "__slots__": names,
        "__match_args__": names,
        "__init__": _init(names, defaults),
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "_fields": staticmethod(attrgetter(*names) if names else lambda _: ()),
        "_shown": tuple(name for name in names if _is_shown(defaults.get(name))),
    }
    shared = {"__eq__": _eq, "__hash__": _hash, "__repr__": _repr, **ordering}
    maker: Any = type(cls)  # a Protocol or an Enum has another
    made: type[T] = maker(cls.__name__, cls.__bases__, {**shared, **body, **own})
    made.__qualname__ = cls.__qualname__
    return made


def _is_shown(default: object) -> bool:
    return default.shown if isinstance(default, _Field) else True


def _init(names: tuple[str, ...], defaults: dict[str, Any]) -> Callable[..., None]:
    """Compile `__init__`; the text is made of the class's own field names only."""
    scope: dict[str, Any] = {"_set": object.__setattr__, "_missing": _MISSING}
    parameters, lines = [], []
    for name in names:
        default, given = defaults.get(name, _MISSING), name
        if isinstance(default, _Field):
            if default.factory is not None:
                scope[f"_make_{name}"] = default.factory
                given = f"_make_{name}() if {name} is _missing else {name}"
                default = _MISSING
                parameters.append(f"{name}=_missing")
            else:
                parameters.append(name)
        elif default is _MISSING:
            parameters.append(name)
        else:
            scope[f"_default_{name}"] = default
            parameters.append(f"{name}=_default_{name}")
        lines.append(f" _set(self, {name!r}, {given})")
    exec(f"def __init__(self, {', '.join(parameters)}):\n" + ("\n".join(lines) or " pass"), scope)  # noqa: S102
    init: Callable[..., None] = scope["__init__"]
    return init


def _refuse(self: object, name: str, value: object = None) -> None:  # noqa: ARG001
    message = f"{type(self).__name__}.{name} cannot be changed"
    raise AttributeError(message)


def _eq(self: Any, other: Any) -> bool:  # noqa: ANN401  # shared by every value class
    return bool(self._fields(self) == other._fields(other)) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:  # noqa: ANN401
    return hash(self._fields(self))


def _repr(self: Any) -> str:  # noqa: ANN401
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)
    return f"{type(self).__qualname__}({shown})"


def _lt(self: Any, other: Any) -> bool:  # noqa: ANN401
    return bool(self._fields(self) < other._fields(other)) if other.__class__ is self.__class__ else NotImplemented


def _le(self: Any, other: Any) -> bool:  # noqa: ANN401
    return bool(self._fields(self) <= other._fields(other)) if other.__class__ is self.__class__ else NotImplemented


def _gt(self: Any, other: Any) -> bool:  # noqa: ANN401
    return bool(self._fields(self) > other._fields(other)) if other.__class__ is self.__class__ else NotImplemented


def _ge(self: Any, other: Any) -> bool:  # noqa: ANN401
    return bool(self._fields(self) >= other._fields(other)) if other.__class__ is self.__class__ else NotImplemented

"""What is made once in a run, by whichever thread asks for it first, while the others wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

__all__ = ["made_once"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from functools import cached_property as made_once  # what it is to its users; that one may make a thing twice

    T = TypeVar("T")

    class Making(Protocol):
        """What has things that are made once; `making` is held meanwhile, and may be taken again by its holder."""

        making: AbstractContextManager[bool]

else:

    class made_once:  # noqa: N801  # used as a decorator
        """A property that is made when it is first asked for; a failure is no answer, so it is tried again."""

        def __init__(self, make: Callable[[Making], T]) -> None:
            self._make = make
            self._name = ""
            self.__doc__ = make.__doc__

        def __set_name__(self, owner: type[Making], name: str) -> None:
            self._name = name

        def __get__(self, holder: Making | None, owner: type[Making]) -> T:
            """Return what is made; later, Python finds it before it asks here."""
            if holder is None:
                return self
            with holder.making:
                if self._name not in holder.__dict__:
                    holder.__dict__[self._name] = self._make(holder)
            return holder.__dict__[self._name]

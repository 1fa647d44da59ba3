"""Cut the power in the middle of a command that runs in this process."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

from support.faults import EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class PowerCutError(BaseException):
    """The machine is gone: nothing after it happens."""


class Power:
    """An audit hook that, when armed, cuts the power at one file operation and leaves it off."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.off = False
        self.root = ""
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.left is None or event not in EVENTS:
            return
        if not any(isinstance(each, str) and each.startswith(self.root) for each in arguments[:2]):
            return
        self.left -= 1
        if self.left < 0:
            self.off = True
            raise PowerCutError

    @contextlib.contextmanager
    def lasting(self, root: Path, operations: int) -> Iterator[None]:
        """Let the power last for some operations on files below `root`; files of a dead process are closed."""
        self.root, self.left, self.off = str(root), operations, False
        try:
            yield
        except PowerCutError:
            pass
        finally:
            self.left = None
        for handle in list(os.scandir("/proc/self/fd")) if self.off else ():
            with contextlib.suppress(OSError):
                if os.readlink(handle.path).startswith(str(root)):
                    os.close(int(handle.name))  # the kernel frees a dead process's locks

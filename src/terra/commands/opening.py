"""Open a project: find it, hold its lock, undo what a crash left, read its documents."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from terra.errors import InvalidDocumentError, UsageError
from terra.model.lock import Lock
from terra.model.project import PluginSet, Policy, Project
from terra.model.values import value
from terra.project import discovery, lockfile, manifest
from terra.system import fs, locks
from terra.vendor.journal import FOLDER
from terra.vendor.rollback import recover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terra.commands.toolbox import Toolbox


DEFAULT = "default"  # how the default set is called on a command line, unless a set is called that


@value
class OpenProject:
    """A project as read.

    Attributes:
        folder: Absolute.
        manifest_bytes: None where there is no `terra.toml` yet.
        lock_bytes: None where there is no `terra.lock` yet.
        policy: The project's, tightened by the user's and the machine's.
    """

    folder: Path
    project: Project
    lock: Lock
    policy: Policy
    manifest_bytes: bytes | None = None
    lock_bytes: bytes | None = None

    def set(self, name: str) -> PluginSet:
        """Return a set by its name.

        Raises:
            UsageError: `terra.toml` has no such set.
        """
        found = self.project.find_set(name)
        if found is None:
            known = ", ".join(f"`{each.name}`" for each in self.project.sets) or "none"
            message = f"`{name}` is not a set of this project, which has: {known}"
            hint = f"add a `[sets.{name}]` table to terra.toml"
            if self.lock.in_set(name):
                hint += f", or `terra sync --set {name}` takes away what terra.lock still has of it"
            raise UsageError(message, hint=hint, subjects=(name,))
        return found


def set_called(text: str, project: Project) -> str:
    """Return the name of the set that is called `text` on a command line; whether there is one is not looked at."""
    return "" if text == DEFAULT and project.find_set(DEFAULT) is None else text


def called_set(text: str, toolbox: Toolbox) -> str:
    """Return the name of the set that is called `text` on a command line in this project.

    Raises:
        InvalidDocumentError: `terra.toml` is wrong.
    """
    return set_called(text, manifest.load(folder_of(toolbox))[0]) if text == DEFAULT else text


def folder_of(toolbox: Toolbox) -> Path:
    """Return the project's folder: the nearest with a `terra.toml`, else the one in which the user stands."""
    return discovery.find_project(toolbox.workdir) or toolbox.workdir


@contextmanager
def for_change(toolbox: Toolbox, *, dry_run: bool) -> Iterator[OpenProject]:
    """Hold the project's lock while the context lasts; a dry run holds nothing: the project may be read-only.

    Whatever a crash left is undone first.

    Raises:
        InvalidDocumentError: `terra.toml` or `terra.lock` is wrong.
    """
    if dry_run:
        yield for_reading(toolbox)
        return
    folder = folder_of(toolbox)
    with held(folder, toolbox):
        yield read(folder, toolbox)


def for_reading(toolbox: Toolbox) -> OpenProject:
    """Return the project, after undoing what a crash left, without holding anything.

    Raises:
        InvalidDocumentError: `terra.toml` or `terra.lock` is wrong.
    """
    folder = folder_of(toolbox)
    with held(folder, toolbox, dry_run=True):
        return read(folder, toolbox)


def read(folder: Path, toolbox: Toolbox) -> OpenProject:
    """Return what the documents in `folder` say.

    Raises:
        InvalidDocumentError: `terra.toml` or `terra.lock` is wrong.
    """
    try:
        project, manifest_bytes = manifest.load(folder)
        lock, lock_bytes = lockfile.load(folder)
    except InvalidDocumentError as error:
        error.add_reason("it is read whole by every command, whatever is asked")
        raise
    policy = toolbox.machine.policy.tightened(toolbox.user.policy).tightened(project.policy)
    return OpenProject(folder, project, lock, policy, manifest_bytes, lock_bytes)


@contextmanager
def held(folder: Path, toolbox: Toolbox, *, dry_run: bool = False) -> Iterator[None]:
    """Hold the lock of a project's folder while the context lasts; whatever a crash left is undone first.

    Args:
        folder: The project's.
        toolbox: The adapters.
        dry_run: Whether nothing is written: then it is held only where a crash left something to undo.
    """
    if dry_run and fs.kind_of(folder / FOLDER) is None:
        yield
        return
    import hashlib

    fallback = toolbox.home / "locks" / f"{hashlib.sha256(os.fsencode(folder)).hexdigest()}.lock"

    def waiting() -> None:
        toolbox.reporter.note(f"waiting for another terra in `{folder}`")

    with locks.locked(folder, fallback, waiting):
        saved = recover(folder, toolbox.home)
        if saved is not None:
            toolbox.reporter.warn("an earlier run was cut off: the project is as it was before it")
        for path in saved or ():
            toolbox.reporter.warn(f"you wrote over a file of that run: what stood there before is `{path}`")
        yield

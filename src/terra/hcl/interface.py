"""The interface of a payload: what its root folder declares, and what all of its folders call and run.

Links to folders are not followed. A file is unparsed where it is larger than `reading.MAX_FILE_BYTES`,
where it cannot be opened, or where reading the payload has taken `reading.MAX_SECONDS` already.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from terra.errors import SystemFailureError
from terra.hcl.deadline import Deadline
from terra.hcl.reading import MAX_SECONDS, load, read_file
from terra.model.interface import Input, Interface, Output, Place, RequiredProvider
from terra.model.terraform import is_read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

T = TypeVar("T", Input, Output, RequiredProvider)


def read_interface(folder: Path) -> Interface:
    """Return what the Terraform files of a payload declare, in the order of their paths.

    Read are `*.tf`, `*.tofu` and the JSON forms of both; files that begin with a dot are not, as
    Terraform does not read them either. Of two inputs, outputs or providers with one name the first is
    given: OpenTofu lets `x.tofu` stand for `x.tf`.

    Args:
        folder: The payload's root.

    Raises:
        SystemFailureError: The folder cannot be listed. No content of a file makes this raise.
    """
    deadline = Deadline.after(MAX_SECONDS)
    return _joined([(path, _of_file(folder, path, deadline)) for path in sorted(_terraform_files(folder))])


def interface_of(files: Mapping[str, bytes]) -> Interface:
    """Return what some Terraform files declare together, as those of a payload do.

    Args:
        files: The bytes of each, by its path.
    """
    deadline = Deadline.after(MAX_SECONDS)
    return _joined([(path, read_file(path, files[path], deadline)) for path in sorted(files)])


def _terraform_files(folder: Path) -> Iterator[str]:
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(folder / below) as entries:
                for entry in entries:
                    path = below + entry.name
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(path + "/")
                    elif is_read(path) and entry.is_file():
                        yield path
        except OSError as error:
            message = f"cannot list `{folder / below}`: {error.strerror}"
            raise SystemFailureError(message, subjects=(str(folder / below),)) from error


def _of_file(folder: Path, path: str, deadline: Deadline) -> Interface:
    try:
        return read_file(path, load(folder / path), deadline)
    except OSError:
        return Interface(unparsed=(Place(path, 1),))


def _joined(files: list[tuple[str, Interface]]) -> Interface:
    root = [each for path, each in files if "/" not in path]
    every = [each for _, each in files]
    return Interface(
        _by_name(each for file in root for each in file.inputs),
        _by_name(each for file in root for each in file.outputs),
        _by_name(each for file in root for each in file.providers),
        ", ".join(each.required_version for each in root if each.required_version) or None,
        tuple(each for file in every for each in file.module_calls),
        tuple(each for file in every for each in file.code_blocks),
        tuple(each for file in every for each in file.unparsed),
    )


def _by_name(values: Iterable[T]) -> tuple[T, ...]:
    found: dict[str, T] = {}
    for value in values:
        found.setdefault(value.name, value)
    return tuple(found.values())

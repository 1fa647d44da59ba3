"""What every archive and every source folder must obey, whatever its format.

The guard refuses unsafe and colliding names, and anything beyond the limits; it does not read or write.
"""

from __future__ import annotations

from typing import Literal, NoReturn

from terra.archive.names import broken_rule, folded, printable
from terra.errors import UnsafeArchiveError
from terra.model.values import value

Kind = Literal["file", "folder", "link"]


@value
class Limits:
    """How much an archive may ask of the machine.

    Attributes:
        members: Files, folders and links together.
        member_size: Bytes of one file, unpacked.
        total_size: Bytes of all files, unpacked, copies made for links included.
        ratio: Unpacked bytes for each packed byte, looked at beyond `ratio_floor`.
        ratio_floor: Unpacked bytes up to which any ratio will do.
        path: Bytes of one path in UTF-8.
        component: Bytes of one part of a path in UTF-8.
        depth: Parts of one path.
        header: Bytes of one extended header of a tar archive.
        directory: Bytes of the central directory of a zip archive.
        overhead: Bytes of a tar stream that are not the bytes of a file.
        link: Bytes of a symbolic link's target.
        xz_memory: Bytes of memory that unpacking xz may take; `xz -9` asks for 65 MiB.
    """

    members: int = 10_000
    member_size: int = 64 << 20
    total_size: int = 256 << 20
    ratio: int = 200
    ratio_floor: int = 16 << 20
    path: int = 1024
    component: int = 255
    depth: int = 32
    header: int = 64 << 10
    directory: int = 8 << 20
    overhead: int = 32 << 20
    link: int = 4096
    xz_memory: int = 40 << 20


LIMITS = Limits()


class Guard:
    """The rules for one archive, and what was seen of it so far."""

    def __init__(self, archive: str, packed: int | None, limits: Limits = LIMITS) -> None:
        """Start with nothing seen.

        Args:
            archive: What messages call the archive.
            packed: Its size in bytes; None for a folder, which has no ratio.
            limits: What it may ask for.
        """
        self.archive = archive
        self.limits = limits
        self._packed = packed
        self._members = 0
        self._total = 0
        self._known: dict[str, tuple[str, bool]] = {}

    def afresh(self) -> Guard:
        """Return a guard for the same archive that has seen nothing."""
        return Guard(self.archive, self._packed, self.limits)

    def refuse(self, rule: str, member: str = "", *, hint: str | None = None) -> NoReturn:
        """Refuse the archive.

        Args:
            rule: What is wrong, worded to follow the member's name, or the archive's where there is none.
            member: Name of the member, as the archive spells it.
            hint: What to do about it.

        Raises:
            UnsafeArchiveError: Always.
        """
        archive = printable(self.archive)
        subjects = (archive, printable(member)) if member else (archive,)
        if member:
            rule = f"is refused: `{printable(member)}` {rule}"
        message = f"`{archive}` {rule}"
        raise UnsafeArchiveError(message, hint=hint, subjects=subjects)

    def admit(self, name: str, kind: Kind, size: int = 0) -> str:
        """Return the path of a member that is safe; the empty string for the archive's own root folder.

        Args:
            name: As the archive spells it; a folder may end in `/`, a leading `./` is dropped.
            kind: What the member is.
            size: Bytes that it unpacks to.

        Raises:
            UnsafeArchiveError: The name is unsafe or collides with another one, or a limit is passed.
        """
        self._members += 1
        if self._members > self.limits.members:
            self.refuse(f"has more than {self.limits.members} members")
        path = name.removeprefix("./")
        if kind == "folder":
            path = path.removesuffix("/")
            if path in ("", ".") and name:
                return ""
        rule = broken_rule(path) or self._too_long(path)
        if rule is not None:
            self.refuse(rule, name or "(empty name)")
        self._claim(path, is_folder=kind == "folder")
        self.grow(path, size)
        return path

    def grow(self, path: str, size: int) -> None:
        """Count bytes that are going to be written.

        Raises:
            UnsafeArchiveError: A limit is passed.
        """
        limits = self.limits
        if size > limits.member_size:
            self.refuse(f"is larger than {limits.member_size >> 20} MiB", path)
        self._total += size
        if self._total > limits.total_size:
            self.refuse(f"unpacks to more than {limits.total_size >> 20} MiB")
        if self._packed is not None and self._total > max(limits.ratio_floor, limits.ratio * self._packed):
            self.refuse(f"unpacks to more than {limits.ratio} times its size")

    def _too_long(self, path: str) -> str | None:
        if len(path.encode()) > self.limits.path:
            return f"has a path of more than {self.limits.path} bytes"
        parts = path.split("/")
        if len(parts) > self.limits.depth:
            return f"is more than {self.limits.depth} levels deep"
        if any(len(part.encode()) > self.limits.component for part in parts):
            return f"has a name of more than {self.limits.component} bytes"
        return None

    def _claim(self, path: str, *, is_folder: bool) -> None:
        spelt, key = path.split("/"), folded(path).split("/")
        for depth in range(1, len(spelt)):
            self._claim_folder("/".join(key[:depth]), "/".join(spelt[:depth]))
        claim = self._claim_folder if is_folder else self._claim_file
        claim("/".join(key), path)

    def _claim_folder(self, key: str, path: str) -> None:
        known, known_is_folder = self._known.setdefault(key, (path, True))
        if known != path:
            self._refuse_collision(path, known)
        if not known_is_folder:
            self.refuse("is both a folder and a file", path)

    def _claim_file(self, key: str, path: str) -> None:
        if key not in self._known:
            self._known[key] = (path, False)
            return
        known, known_is_folder = self._known[key]
        if known != path:
            self._refuse_collision(path, known)
        self.refuse("is both a folder and a file" if known_is_folder else "is in it twice", path)

    def _refuse_collision(self, path: str, known: str) -> NoReturn:
        rule = f"and `{printable(known)}` are one name where letter case and Unicode form do not count"
        self.refuse(rule, path)

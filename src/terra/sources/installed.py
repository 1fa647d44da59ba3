"""`installed:terra-aws-s3==0.1.0`: a plugin whose distribution is installed beside terra; found, never written.

Only the index of what is installed makes such an address: its anchor is the distribution's metadata folder, and
its subdir the module of an editable install. What pip installed is copied as RECORD lists it, and every file must
still have the hash that stands there; what RECORD does not list is not the plugin's. Nothing is imported.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from terra.errors import IntegrityError, SourceNotFoundError, UsageError
from terra.model.source import Locator
from terra.model.stages import Fetched
from terra.model.tree import is_inside
from terra.model.version import Version
from terra.spec import hookimpl
from terra.system import fs
from terra.wire.dist_info import read_entry_points, read_record

if TYPE_CHECKING:
    from terra.spec import FetchOrder, FetchTools
    from terra.wire.dist_info import RecordRow

MANIFEST = "terra-plugin.toml"
ENTRY_POINTS = "entry_points.txt"
_ALGORITHMS = ("sha256", "sha384", "sha512")  # PEP 376 and PEP 427 know no weaker ones
_LARGEST = 512 << 20  # bytes of all files, as of an archive
_LONGEST = 32 << 20  # bytes of a RECORD: of some 300,000 files


class InstalledSource:
    """Copies the payloads of an installed distribution, or finds the folder of an editable one."""

    schemes = ("installed",)

    def check(self, order: FetchOrder) -> None:
        """Refuse an address that terra did not make.

        Raises:
            UsageError: It stands in a document, or on the command line.
        """
        if order.anchor.is_remote or not order.anchor.location.endswith((".dist-info", ".egg-info")):
            message = f"`{order.locator}` is not an address to write down: what is installed is found by its name"
            raise UsageError(message, hint="`terra list --installed` shows the names", subjects=(str(order.locator),))

    def fetch(self, order: FetchOrder, tools: FetchTools) -> Fetched:
        """Bring the payloads into quarantine, or point at the folder that the distribution is an editable install of.

        Raises:
            SourceNotFoundError: It is no longer installed, or an editable install without a payload.
            IntegrityError: A file is not what was installed.
        """
        metadata = Path(order.anchor.location)
        tools.reporter.detail(f"reading `{metadata}`")
        distribution, _, version = order.locator.location.partition("==")
        if not metadata.is_dir():
            message = f"`{distribution}` is no longer installed: there is no `{metadata}`"
            raise SourceNotFoundError(message, hint="run it again", subjects=(distribution,))
        target = tools.quarantine / "installed"
        if order.locator.subdir:
            from terra.sources.editable import fetch_editable

            return fetch_editable(metadata, order.locator, target)
        _Recorded(metadata, order.locator.location).copy(target)
        return Fetched(
            target,
            "unpacked-wheel",
            file_name=f"{distribution} {version}",
            source=Locator("pypi", order.locator.location),
            version=Version.read(version),
            promised=True,
        )


class _Recorded:
    """The files of a distribution as its RECORD has them."""

    def __init__(self, metadata: Path, release: str) -> None:
        self._site = metadata.parent
        self._info = metadata.name
        self._release = release
        self._rows = self._read(metadata / "RECORD")

    def copy(self, target: Path) -> None:
        """Copy the payloads and what describes them, each file held against its hash."""
        entry_points = f"{self._info}/{ENTRY_POINTS}"
        if entry_points not in self._rows:
            self._refuse("RECORD", f"the file `{entry_points}` in it", "none")
        self._copy(self._rows[entry_points], target, _LARGEST)
        modules = modules_of((target / entry_points).read_text("utf-8", "replace"))
        payloads = tuple(f"{module}/payload/" for module in modules)
        beside = {f"{folder}/{MANIFEST}" for folder in (self._info, f"{self._info}/extra_metadata", *modules)}
        room = _LARGEST
        for path, row in self._rows.items():
            if path in beside or (path.startswith(payloads) and not _is_compiled(row)):
                room -= self._copy(row, target, room)

    def _read(self, record: Path) -> dict[str, RecordRow]:
        try:
            with open(record, "rb") as file:
                data = file.read(_LONGEST + 1)
            if len(data) > _LONGEST:
                self._refuse("RECORD", f"at most {_LONGEST >> 20} MiB", "more")
            return {row.path: row for row in read_record(data.decode())}
        except FileNotFoundError:
            self._refuse("RECORD", "what tells the hash of each file", "none")
        except ValueError as error:
            self._refuse("RECORD", "a table of files and hashes", str(error))

    def _copy(self, row: RecordRow, target: Path, room: int) -> int:
        """Copy one file of at most `room` bytes; return its size in bytes."""
        if not is_inside(row.path):
            self._refuse(row.path, "a file below the folder in which it is installed", "another place")
        if row.algorithm not in _ALGORITHMS:
            self._refuse(row.path, f"a hash in RECORD, {', '.join(_ALGORITHMS)}", row.algorithm or "none")
        # uv can make each file a link to its cache: what a link leads to is proven by the hash.
        source, copy = (self._site / row.path).resolve(), target / row.path
        if not source.is_file():
            self._refuse(row.path, "a file", "none")
        status = source.stat()
        if status.st_size > room:
            self._refuse(row.path, f"at most {_LARGEST >> 20} MiB of files", "more")
        copy.parent.mkdir(parents=True, exist_ok=True)
        digest = fs.copy(source, copy, 0o755 if status.st_mode & 0o111 else 0o644)
        actual = digest if row.algorithm == "sha256" else fs.digest_of(copy, row.algorithm).hex
        if actual != row.hex:
            self._refuse(row.path, f"{row.algorithm} {row.hex}", actual)
        return status.st_size

    def _refuse(self, path: str, expected: str, got: str) -> NoReturn:
        differs = f"expected {expected}, got {got}"
        message = f"`{path}` of the installed `{self._release}` is not as it was installed: {differs}"
        hint = f"`python -m pip install --force-reinstall --no-deps {self._release}` installs it anew"
        raise IntegrityError(message, hint=hint, subjects=(self._release, path))


def modules_of(entry_points: str) -> tuple[str, ...]:
    """Return the modules of a distribution's plugins, as paths."""
    found = read_entry_points(entry_points)
    return tuple(value.replace(".", "/") for group, _, value in found if group == "terra.plugins")


def _is_compiled(row: RecordRow) -> bool:
    """Tell whether an installer compiled the file, and so lists it without a hash."""
    return not row.hex and row.path.endswith(".pyc")


@hookimpl
def terra_register_source() -> InstalledSource:
    """Hand the source to the host."""
    return InstalledSource()

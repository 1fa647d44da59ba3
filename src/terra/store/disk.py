"""The cache on disk; implements `ports.Store` and `ports.DocumentCache`.

    ~/.terra/
      plugins/aws-s3/v0.1.0/            a verified payload, files read-only
      plugins/aws-s3/v0.1.0.tree        its tree hash, for `cache verify`
      plugins/aws-s3/v0.1.0~3c4d5e6f7a8b/   another tree of the same version, named by its hash
      archives/sha256/3c/3c4d…          the bytes that payloads came from
      index/fetched                     what each address of an archive gave last: digest and validator
      index/<sha256 of an address>.json the same of a registry's document
      index/<sha256 of an address>.body such a document as last read
      tmp/                              private folders of running commands
      <bucket>/.format                  the bucket's format version, `1`

An entry appears by one rename of a complete folder or file, so commands need no lock among each other;
`prune` alone takes the home for itself.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from terra.errors import SystemFailureError
from terra.model.digest import Digest
from terra.model.stages import Cached
from terra.model.version import Version
from terra.store import trees
from terra.store.notes import Notes
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from terra.model.name import Name
    from terra.model.stages import Verified

FORMAT = "1"
_FETCHED = re.compile(r'([0-9a-f]{64}) (null|"[^"\\]*(?:\\.[^"\\]*)*")')  # the ETag in JSON
_TRIES = 3  # a thread may be making a file just while its folder is removed
BUCKETS = ("plugins", "archives", "index", "tmp")


class DiskStore:
    """The cache in one folder.

    Args:
        home: The terra home; made where it is missing.
        on_damage: Told in words when an entry was found damaged and removed.
    """

    def __init__(self, home: Path, on_damage: Callable[[str], None]) -> None:
        self.home = home
        self._on_damage = on_damage
        self._scratch: set[Path] = set()
        self._emptied: list[Path] = []
        self._fetched = Notes(home / "index" / "fetched")

    def prepare(self) -> None:
        """Make the buckets, and refuse those of a format that this terra does not know.

        Raises:
            SystemFailureError: A newer terra laid out the cache.
        """
        for bucket in BUCKETS:
            folder = self.home / bucket
            folder.mkdir(parents=True, exist_ok=True)
            mark = folder / ".format"
            found = trees.text_of(mark)
            if found is None and any(not each.name.startswith("..format.") for each in folder.iterdir()):
                message = f"`{folder}` holds files that are not terra's"
                raise SystemFailureError(message, hint="set TERRA_HOME to a folder of its own", subjects=(str(folder),))
            if found is None:
                fs.write_atomic(mark, f"{FORMAT}\n".encode())
            elif found != FORMAT:
                message = f"`{folder}` has format {found}, expected {FORMAT}"
                raise SystemFailureError(message, hint="upgrade terra, or set TERRA_HOME to another folder")

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Lend a private folder on the cache's file system, empty; it is emptied when the context ends."""
        folder = self._empty_folder()
        try:
            yield folder
        finally:
            with suppress(OSError):  # else `close` tries again
                for name in os.listdir(folder):
                    fs.remove_tree(folder / name)
                self._emptied.append(folder)

    def _empty_folder(self) -> Path:
        with suppress(IndexError):
            return self._emptied.pop()
        folder = self.home / "tmp" / f"run-{os.urandom(8).hex()}"
        self._scratch.add(folder)
        os.mkdir(folder, 0o700)
        return folder

    def close(self) -> None:
        """Remove the private folders, also those of threads that an interrupt left running."""
        self._emptied.clear()
        for _ in range(_TRIES):
            for folder in tuple(self._scratch):
                with suppress(OSError):
                    fs.remove_tree(folder)
                    self._scratch.discard(folder)

    def find_tree(self, name: Name, version: Version, digest: Digest) -> Cached | None:
        """Return the payload with this tree hash, hashed again; a damaged one is removed and None."""
        plain, marked = self._payload_folders(name, version, digest)
        strange = []
        for folder in (marked, plain):
            if fs.kind_of(folder) != "folder":
                continue  # one that another thread or process puts there from here on is none that was looked at
            tree = trees.hashed(folder)
            if tree is not None and tree.digest == digest:
                return Cached(folder, tree)
            strange.append(folder)
        for folder in strange:
            if folder == marked or trees.recorded(plain) == str(digest):
                self._discard(folder)
        return None

    def put(self, verified: Verified) -> Cached:
        """Keep a payload, whose folder is taken over, and the archive that it came from."""
        if verified.archive is not None and verified.archive_digest is not None:
            self._put_archive(verified.archive, verified.archive_digest)
        found = self.find_tree(verified.name, verified.version, verified.tree_digest)
        if found is not None:
            return found
        trees.make_read_only(verified.folder, verified.tree)
        plain, marked = self._payload_folders(verified.name, verified.version, verified.tree_digest)
        plain.parent.mkdir(parents=True, exist_ok=True)
        for folder in (plain, marked):
            with suppress(OSError):  # another tree of this version, or another process, was first
                os.rename(verified.folder, folder)
                if folder == plain:
                    trees.record(plain, verified.tree_digest)
                break
        found = self.find_tree(verified.name, verified.version, verified.tree_digest)
        if found is None:
            message = f"`{plain}` could not be written"
            raise SystemFailureError(message, hint="look at the folder's permissions and free space")
        return found

    def archive_path(self, digest: Digest) -> Path:
        """Return where the archive with this sha256 is, or would be."""
        return self.home.joinpath("archives", digest.algorithm, digest.hex[:2], digest.hex)

    def find_archive(self, digest: Digest) -> Path | None:
        """Return the archive with this sha256, hashed again; a damaged one is removed and None."""
        path = self.archive_path(digest)
        if fs.kind_of(path) != "file":
            return None
        if fs.sha256_of(path)[0] == digest.hex:
            return path
        self._discard(path)
        return None

    def remembered(self, url: str) -> tuple[Digest, str | None] | None:
        """Return digest and ETag of the archive last fetched from `url`, or None."""
        import json

        note = _FETCHED.fullmatch(self._fetched.find(_key(url)) or "")
        with suppress(ValueError):
            etag = json.loads(note[2]) if note else None
            return (Digest.sha256(note[1]), etag) if note else None
        return None

    def remember(self, url: str, digest: Digest, etag: str | None) -> None:
        """Note what `url` gave; failing to is no error."""
        import json

        with suppress(OSError):
            self._fetched.add(_key(url), f"{digest.hex} {json.dumps(etag)}")

    def load(self, url: str) -> tuple[bytes, str | None] | None:
        """Return bytes and ETag of the document last stored for `url`, or None."""
        note = self._note(url)
        if note is None:
            return None
        body = self._index_path(url, ".body")
        if fs.kind_of(body) != "file":
            return None
        data = body.read_bytes()
        if hashlib.sha256(data).hexdigest() != note["sha256"]:
            self._discard(body)
            return None
        return data, _etag(note)

    def save(self, url: str, body: bytes, etag: str | None) -> None:
        """Keep a document; failing to is no error."""
        with suppress(OSError):
            fs.write_atomic(self._index_path(url, ".body"), body, lasting=False)
            self._write_note(url, hashlib.sha256(body).hexdigest(), etag)

    def _payload_folders(self, name: Name, version: Version, digest: Digest) -> tuple[Path, Path]:
        plain = self.home.joinpath("plugins", *name.parts, f"v{version}")
        return plain, plain.with_name(f"v{version}~{digest.hex[:12]}")

    def _put_archive(self, archive: Path, digest: Digest) -> None:
        target = self.archive_path(digest)
        if archive == target or self.find_archive(digest) is not None:
            return
        if fs.kind_of(target) is not None:
            self._discard(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.chmod(archive, 0o444)
        os.replace(archive, target)

    def _index_path(self, url: str, ending: str) -> Path:
        return self.home.joinpath("index", _key(url) + ending)

    def _note(self, url: str) -> dict[str, object] | None:
        import json

        try:
            note = json.loads(self._index_path(url, ".json").read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        sha256 = note.get("sha256") if isinstance(note, dict) and note.get("url") == url else None
        is_ours = isinstance(sha256, str) and re.fullmatch(r"[0-9a-f]{64}", sha256) is not None
        return note if is_ours else None

    def _write_note(self, url: str, sha256: str, etag: str | None) -> None:
        import json

        note = json.dumps({"etag": etag, "sha256": sha256, "url": url}, sort_keys=True)
        fs.write_atomic(self._index_path(url, ".json"), note.encode(), lasting=False)

    def _discard(self, path: Path) -> None:
        self._on_damage(f"`{path}` was damaged and is removed")
        with suppress(OSError):
            fs.remove_tree(path)


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def _etag(note: dict[str, object]) -> str | None:
    etag = note.get("etag")
    return etag if isinstance(etag, str) else None

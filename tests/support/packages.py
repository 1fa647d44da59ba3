"""Plugins packed in every form in which they are distributed."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from support.hostile_server import Handler

_DATE = (2026, 1, 1, 0, 0, 0)
_TAR_MODES = {".tar": "w", ".tar.gz": "w:gz", ".tgz": "w:gz", ".tar.xz": "w:xz"}
ENDINGS = (".zip", *_TAR_MODES)


def packed(files: Mapping[str, str | bytes], ending: str) -> bytes:
    """Return an archive of the files, in the form of a file name's ending."""
    out = io.BytesIO()
    if ending == ".zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
            for path, data in files.items():
                zipped.writestr(zipfile.ZipInfo(path, _DATE), data)
        return out.getvalue()
    with tarfile.open(fileobj=out, mode=_TAR_MODES[ending], format=tarfile.USTAR_FORMAT) as tar:  # type: ignore[call-overload]
        for path, data in files.items():
            body = data if isinstance(data, bytes) else data.encode()
            member = tarfile.TarInfo(path)
            member.size, member.mode, member.mtime = len(body), 0o644, 1767225600
            tar.addfile(member, io.BytesIO(body))
    return out.getvalue()


def wheel(
    distribution: str, version: str, entries: Mapping[str, str], files: Mapping[str, str | bytes]
) -> tuple[str, bytes]:
    """Return a wheel's file name and bytes.

    Args:
        distribution: As in its file name, with `_`.
        version: In the spelling of PEP 440.
        entries: The `terra.plugins` entry points, plugin name to module.
        files: What it holds beside its metadata.
    """
    info = f"{distribution}-{version}.dist-info"
    lines = "".join(f"{name} = {module}\n" for name, module in entries.items())
    held = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {distribution.replace('_', '-')}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[terra.plugins]\n{lines}",
    }
    record = "".join(f"{path},sha256={_record_hash(data)},{len(_bytes(data))}\n" for path, data in held.items())
    held[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    return f"{distribution}-{version}-py3-none-any.whl", packed(held, ".zip")


def serve(data: bytes, etag: str | None = None) -> Callable[[Handler], None]:
    """Return a route that answers with the bytes, and with 304 to who has them already."""

    def route(handler: Handler) -> None:
        if etag is not None and handler.headers["If-None-Match"] == etag:
            handler.answer(304, ETag=etag)
        else:
            handler.answer(200, data, **({"ETag": etag} if etag else {}))

    return route


def sha256(data: bytes) -> str:
    """Return the checksum of bytes as terra writes it."""
    return f"sha256-{hashlib.sha256(data).hexdigest()}"


def _bytes(data: str | bytes) -> bytes:
    return data if isinstance(data, bytes) else data.encode()


def _record_hash(data: str | bytes) -> str:
    digest = hashlib.sha256(_bytes(data)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

"""Archives as bytes, well-formed or broken in one place; what the tests of the archive room share."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import struct
import tarfile
import zipfile
import zlib

END = bytes(1024)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def header(
    name="main.tf", size=0, *, kind=b"0", mode=b"0000644\0", link="", magic=b"ustar\x0000", raw_size=None, prefix=""
):
    block = bytearray(512)
    for at, data in (
        (0, name.encode()),
        (100, mode),
        (124, raw_size or b"%011o\0" % size),
        (156, kind),
        (157, link.encode()),
        (257, magic),
        (345, prefix.encode()),
    ):
        block[at : at + len(data)] = data
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def member(name="main.tf", data=b"x\n", **more):
    return header(name, len(data), **more) + data + bytes(-len(data) % 512)


def pax(*records, kind=b"x"):
    data = b""
    for key, value in records:
        line = b" %s=%s\n" % (key.encode(), value if isinstance(value, bytes) else value.encode())
        size = len(line) + 1
        while len(str(size)) + len(line) != size:
            size += 1
        data += str(size).encode() + line
    return member("PaxHeaders/x", data, kind=kind)


def gnu_long(name, kind=b"L"):
    return member("././@LongLink", name.encode() + b"\0", kind=kind, magic=b"ustar  \0")


def tar(*parts):
    return b"".join(parts) + END


def tar_gz(files: dict[str, bytes], modes: dict[str, int] | None = None):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), (modes or {}).get(name, 0o644)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(out.getvalue(), mtime=0)


def zipped(files: dict[str, bytes], modes: dict[str, int] | None = None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (modes or {}).get(name, 0o100644) << 16
            info.create_system = 3
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return out.getvalue()


class Unseekable(io.BytesIO):
    def seekable(self):
        return False

    def tell(self):
        raise OSError

    def seek(self, *_):
        raise OSError


def zip_streamed(files: dict[str, bytes], method=zipfile.ZIP_DEFLATED):
    out = Unseekable()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def zip_one(name=b"main.tf", data=b"x\n" * 50, **local):
    """One deflated member; keywords change the local header, `central_…` ones the directory, the rest the end."""
    engine = zlib.compressobj(9, 8, -15)
    packed = local.get("raw", engine.compress(data) + engine.flush())
    fields = {"flags": 0x800, "method": 8, "crc": zlib.crc32(data), "packed": len(packed), "size": len(data)}
    near = {key: local.get(key, value) for key, value in fields.items()}
    far = {key: local.get(f"central_{key}", local.get(f"both_{key}", value)) for key, value in fields.items()}
    near |= {key: local[f"both_{key}"] for key in fields if f"both_{key}" in local}
    extra = local.get("extra", b"")
    body = struct.pack(
        "<4s5H3L2H", b"PK\3\4", 20, near["flags"], near["method"], 0, 33, near["crc"], near["packed"], near["size"],
        len(local.get("local_name", name)), len(extra),
    )  # fmt: skip
    body += local.get("local_name", name) + extra + packed + local.get("after", b"")
    comment = local.get("comment", b"")
    central_extra = local.get("central_extra", b"")
    directory = struct.pack(
        "<4s2B5H3L5H2L", b"PK\1\2", 20, local.get("host", 3), 20, far["flags"], far["method"], 0, 33, far["crc"],
        far["packed"], far["size"], len(name), len(central_extra), len(comment), 0, 0,
        local.get("mode", 0o100644) << 16, local.get("offset", 0),
    )  # fmt: skip
    directory += name + central_extra + comment
    count = local.get("count", 1)
    end = struct.pack(
        "<4s4H2LH",
        b"PK\5\6",
        local.get("disk", 0),
        0,
        count,
        count,
        len(directory),
        len(body) + local.get("shift", 0),
        0,
    )
    return local.get("before", b"") + body + directory + end + local.get("trailing", b"")


def record_row(path: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(data)}"


def wheel(files: dict[str, bytes], *, info="terra_aws_s3-1.0.0rc1.dist-info", record=None, metadata=None, plain=True):
    """Return a wheel with a correct RECORD; `record` changes its rows."""
    name, version = info.removesuffix(".dist-info").split("-")
    everything = dict(files)
    if plain:
        everything |= {
            f"{info}/METADATA": metadata or f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        everything |= files
    rows = [record_row(path, data) for path, data in everything.items()] + [f"{info}/RECORD,,"]
    rows = record(rows) if record else rows
    everything[f"{info}/RECORD"] = ("\n".join(rows) + "\n").encode()
    return zipped(everything)

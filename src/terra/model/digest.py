"""Digests of bytes, in the three spellings that the field uses for one."""

from __future__ import annotations

import binascii
import re

from terra.errors import UsageError
from terra.model.values import ordered_value

_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_TEXT = re.compile(r"(sha256|sha384|sha512)[-:](\S+)")
_HINT = "write `sha256-<hex>`, `sha256-<base64>` or `sha256:<hex>`, or the same with sha384 or sha512"


@ordered_value
class Digest:
    """A digest: its algorithm (`sha256`, `sha384`, `sha512`) and its value in lower-case hex."""

    algorithm: str
    hex: str

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Return the digest in `sha256-<hex>`, `sha256-<base64>` (W3C Subresource Integrity) or `sha256:<hex>`.

        Raises:
            UsageError: The text is none of these, or of the wrong length.
        """
        match = _TEXT.fullmatch(text.strip())
        if match is not None:
            algorithm, value = match.groups()
            length = _LENGTHS[algorithm]
            if re.fullmatch(rf"[0-9a-fA-F]{{{length}}}", value):
                return cls(algorithm, value.lower())
            try:
                raw = binascii.a2b_base64(value, strict_mode=True)
            except binascii.Error:
                raw = b""
            if len(raw) * 2 == length:
                return cls(algorithm, raw.hex())
        message = f"`{text}` is not a checksum"
        raise UsageError(message, hint=_HINT, subjects=(text,))

    @classmethod
    def sha256(cls, hexdigest: str) -> Digest:
        """Return the sha256 digest with this hex value, which the caller computed."""
        return cls("sha256", hexdigest)

    def __str__(self) -> str:
        return f"{self.algorithm}-{self.hex}"

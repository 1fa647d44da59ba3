"""Edit a TOML file of the user's with tomlkit: what is not edited stays byte by byte, or nothing is done at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.errors import InvalidDocumentError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

_BOM = b"\xef\xbb\xbf"


def edited(
    data: bytes, edit: Callable[[Any], None], check: Callable[[bytes], object], document: str, hint: str
) -> bytes:
    """Return an edited document; line endings and byte order mark stay as they are.

    Args:
        data: The document.
        edit: Changes what tomlkit made of it.
        check: Raises `InvalidDocumentError` for what is no such document any more.
        document: What the user calls it.
        hint: What to do where it cannot be edited.

    Raises:
        UsageError: tomlkit cannot, or the result would not be such a document any more.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    newline, bom = (b"\r\n" if b"\r\n" in data else b"\n"), (_BOM if data.startswith(_BOM) else b"")
    try:
        parsed = tomlkit.parse(data.decode("utf-8-sig").replace("\r\n", "\n"))
        edit(parsed)
        after = tomlkit.dumps(parsed).encode()
        check(after)  # the user's file stays as it is where the edit would break it
    except (TOMLKitError, InvalidDocumentError, AttributeError, KeyError, TypeError, ValueError) as error:
        message = f"`{document}` is laid out in a way that terra cannot edit"
        raise UsageError(message, hint=hint, subjects=(document,)) from error
    return bom + after.replace(b"\n", newline)

"""Terraform's own configuration, `.terraformrc` and `*.tfrc.json`: the tokens in it, and nothing else.

Of the native syntax only `credentials "HOST" { token = "…" }` is read; every other block is passed over with
whatever is inside it. A text that is none of either form has no tokens: Terraform itself says what is wrong.
https://developer.hashicorp.com/terraform/cli/config/config-file#credentials
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*|//[^\n]*|/\*.*?\*/)
    |"(?P<text>(?:[^"\\\n]|\\.)*)"
    |(?P<word>[A-Za-z_][\w.-]*)
    |(?P<mark>.)""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(r'\\(["\\])')
_DEPTH = {"{": 1, "[": 1, "}": -1, "]": -1}
_BLOCK = "credentials"
_KEY = "token"


def read_tokens(text: str) -> dict[str, str]:
    """Return the tokens by the host that they are for, as it is written; of two for one host the last."""
    text = text.removeprefix("\ufeff")
    return _of_json(text) if text.lstrip().startswith("{") else _of_blocks(text)


def _of_json(text: str) -> dict[str, str]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    blocks = document.get(_BLOCK) if isinstance(document, dict) else None
    found: dict[str, str] = {}
    for block in blocks if isinstance(blocks, list) else [blocks]:  # JSON of HCL may have a list for a block
        for host, body in (block if isinstance(block, dict) else {}).items():
            bodies = body if isinstance(body, list) else [body]
            tokens = [each[_KEY] for each in bodies if isinstance(each, dict) and isinstance(each.get(_KEY), str)]
            if tokens:
                found[host] = tokens[-1]
    return found


def _of_blocks(text: str) -> dict[str, str]:
    """Read the tokens of the native syntax: at depth 0 the header of a block, at depth 1 its attributes."""
    found: dict[str, str] = {}
    depth, host, before = 0, None, ["", "", ""]
    for kind, value in _lexed(text):
        step = _DEPTH.get(value, 0) if kind == "mark" else 0
        if step > 0 and depth == 0:
            header = before[-2:] if before[-1].startswith('"') else before[-3:-1]  # `credentials "host" = {` too
            host = header[1][1:] if header[0] == _BLOCK and header[1].startswith('"') else None
        elif kind == "text" and depth == 1 and host is not None and before[-2:] == [_KEY, "="]:
            found[host] = value
        depth = max(0, depth + step)
        before = [*before[1:], f'"{value}' if kind == "text" else value]
    return found


def _lexed(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "space":
            yield kind, _ESCAPE.sub(r"\1", match[kind]) if kind == "text" else match[kind]

"""The texts of HCL's native syntax: quoted strings, heredocs and expressions, as values.

Nothing is evaluated: an interpolation stays as it is written.
https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|([$%])\4(?=\{)", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_HEREDOC = re.compile(r"<<(-?)([^\s]+)[^\n]*\n(.*)", re.DOTALL)
_DOUBLED = re.compile(r"([$%])\1(?=\{)")
_LAST_CODE_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


def decode_quoted(text: str) -> str:
    r"""Return what stands between the quotes of a string, with its escapes (`\"`, `\u00e9`, `$${`) decoded."""
    return _ESCAPE.sub(_character, text)


def encode_quoted(text: str) -> str:
    """Return `text` as it must stand between quotes, so that HCL reads it back and evaluates nothing."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    text = re.sub(r"([$%])\{", r"\1\1{", text)
    return "".join(_escaped(character) for character in text)


def decode_heredoc(text: str) -> str:
    """Return the lines of a heredoc, `<<-` ones without their common indentation, `$${` and `%%{` decoded.

    Args:
        text: The whole heredoc, from `<<` to its closing marker.
    """
    match = _HEREDOC.match(text.replace("\r\n", "\n"))
    if match is None:
        return ""
    flush, _, body = match.groups()
    lines = body.split("\n")[:-1]
    if flush:
        indents = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
        depth = min(indents, default=0)
        lines = [line[depth:] for line in lines]
    return _DOUBLED.sub(r"\1", "\n".join(lines))


def dedent_expression(text: str, indent: str) -> str:
    """Return an expression as written, without the indentation that the block around it gave its lines.

    Args:
        text: The expression; line ends become `\n`.
        indent: The white space before the attribute's name.
    """
    text = text.replace("\r\n", "\n")
    if not indent or "<<" in text:  # the indentation of a heredoc is part of its value
        return text
    return text.replace("\n" + indent, "\n")


def _character(match: re.Match[str]) -> str:
    short, long, simple, doubled = match.groups()
    if doubled:
        return str(doubled)
    if simple:
        return _SIMPLE.get(simple, match[0])
    code = int(short or long, 16)
    return "\ufffd" if code > _LAST_CODE_POINT or code in _SURROGATES else chr(code)


def _escaped(character: str) -> str:
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    code = ord(character)
    if code in _SURROGATES:
        return "\ufffd"
    return character if character.isprintable() else f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"  # noqa: PLR2004  # the last code point that \u can name

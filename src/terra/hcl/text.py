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
    text = "".join(_escaped(character) for character in text)
    return re.sub(r"[$%]+(?=\{)", lambda run: run[0] * 2 if len(run[0]) == 1 else _spelt_out(run[0]), text)


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
    return decode_template("\n".join(lines))


def decode_template(text: str) -> str:
    """Return a template's text with `$${` and `%%{` decoded, and its interpolations as written."""
    return _DOUBLED.sub(r"\1", text)


def dedent_expression(text: str, indent: str) -> str:
    r"""Return an expression as written, without the indentation that the block around it gave its lines.

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
    if ord(character) in _SURROGATES:
        return "\ufffd"
    return character if character.isprintable() else _spelt_out(character)


def _spelt_out(text: str) -> str:
    return "".join(f"\\U{ord(character):08x}" for character in text)

"""What one file in Terraform's JSON syntax declares (`*.tf.json`).

An object, or a list of objects, may stand wherever a block may, and a key may come twice.
https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.errors import InvalidDocumentError
from terra.hcl.text import decode_template
from terra.model.interface import (
    CodeBlock,
    Input,
    Interface,
    ModuleCall,
    Output,
    Place,
    RequiredProvider,
    Validation,
)
from terra.wire.json_document import decode_json

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = re.compile(r"line (\d+)")
_PROVISIONERS = ("local-exec", "remote-exec")
_TEMPLATE = re.compile(r"(?:^|[^$%])(?:[$%]{2})*[$%]\{")


class _Members(tuple[tuple[str, object], ...]):
    """The members of an object in the order of the file; a key may come twice."""

    __slots__ = ()

    def get(self, key: str) -> object:
        return next((value for name, value in self if name == key), None)


def read_json(path: str, data: bytes) -> Interface:
    """Return what the file declares; byte ranges are not known, and every place is on line 1.

    Args:
        path: How the places name the file.
        data: The whole file.
    """
    try:
        return _read(path, decode_json(data, path, _Members))
    except InvalidDocumentError as error:
        match = _LINE.match(error.issues[0].where)
        return Interface(unparsed=(Place(path, int(match[1]) if match else 1),))
    except RecursionError:
        return Interface(unparsed=(Place(path, 1),))


def _read(path: str, document: object) -> Interface:
    place = Place(path, 1)
    settings = list(_labelled(document, "terraform"))
    versions = [version for _, body in settings if isinstance(version := body.get("required_version"), str)]
    return Interface(
        tuple(_input(labels[0], body, place) for labels, body in _labelled(document, "variable", 1)),
        tuple(_output(labels[0], body, place) for labels, body in _labelled(document, "output", 1)),
        tuple(provider for _, body in settings for provider in _providers(body, place)),
        ", ".join(versions) or None,
        tuple(_module_call(labels[0], body, place) for labels, body in _labelled(document, "module", 1)),
        tuple(CodeBlock(kind, place) for kind in _code(document)),
        () if _is_body(document) else (place,),
    )


def _code(document: object) -> Iterator[str]:
    for _, body in _labelled(document, "resource", 2):
        for (kind,), _ in _labelled(body, "provisioner", 1):
            if kind in _PROVISIONERS:
                yield kind
    checks = [body for _, body in _labelled(document, "check", 1)]
    for outer in (document, *checks):
        for (kind, _), _ in _labelled(outer, "data", 2):
            if kind == "external":
                yield kind


def _input(name: str, body: _Members, place: Place) -> Input:
    return Input(
        name,
        place,
        type=_expression(body, "type"),
        default=_literal(body, "default"),
        description=_text(body, "description"),
        sensitive=_flag(body, "sensitive", default=False),
        nullable=_flag(body, "nullable", default=True),
        validations=tuple(
            Validation(_expression(inner, "condition") or "", _text(inner, "error_message"))
            for _, inner in _labelled(body, "validation")
        ),
    )


def _output(name: str, body: _Members, place: Place) -> Output:
    return Output(name, place, _text(body, "description"), _flag(body, "sensitive", default=False))


def _module_call(name: str, body: _Members, place: Place) -> ModuleCall:
    return ModuleCall(
        name,
        place,
        _plain(body.get("source")),
        None,
        _plain(body.get("version")),
        None,
        tuple(name for name, _ in body),
    )


def _providers(settings: _Members, place: Place) -> Iterator[RequiredProvider]:
    for _, body in _labelled(settings, "required_providers"):
        for name, value in body:
            if isinstance(value, _Members):
                yield RequiredProvider(name, _plain(value.get("source")), _plain(value.get("version")), place)
            elif name != "//":
                yield RequiredProvider(name, None, _plain(value), place)


def _labelled(outer: object, kind: str, labels: int = 0) -> Iterator[tuple[tuple[str, ...], _Members]]:
    """Yield labels and body of every block of this kind in `outer`."""
    for body in _objects(outer):
        for key, value in body:
            if key == kind:
                yield from _bodies(value, labels)


def _bodies(value: object, labels: int) -> Iterator[tuple[tuple[str, ...], _Members]]:
    for body in _objects(value):
        if not labels:
            yield (), body
            continue
        for label, inner in body:
            if label != "//":  # a comment, by Terraform's rules
                for rest, block in _bodies(inner, labels - 1):
                    yield (label, *rest), block


def _objects(value: object) -> Iterator[_Members]:
    if isinstance(value, _Members):
        yield value
    elif isinstance(value, list):
        yield from (each for each in value if isinstance(each, _Members))


def _is_body(document: object) -> bool:
    return isinstance(document, _Members) or (
        isinstance(document, list) and all(isinstance(each, _Members) for each in document)
    )


def _plain(value: object) -> str | None:
    """Return a string that holds no template, decoded; None for anything else."""
    return decode_template(value) if isinstance(value, str) and not _TEMPLATE.search(value) else None


def _text(body: _Members, key: str) -> str:
    value = body.get(key)
    return decode_template(value) if isinstance(value, str) else ""


def _flag(body: _Members, key: str, *, default: bool) -> bool:
    value = {"true": True, "false": False}.get(value, value) if isinstance(value := body.get(key), str) else value
    return value if isinstance(value, bool) else default


def _expression(body: _Members, key: str) -> str | None:
    """Return an expression, which JSON holds as a string: bare, or as `${…}`."""
    value = body.get(key)
    if isinstance(value, str):
        return value[2:-1].strip() if value.startswith("${") and value.endswith("}") else value
    return _literal(body, key)


def _literal(body: _Members, key: str) -> str | None:
    import json

    for name, value in body:
        if name == key:
            return json.dumps(_plain_value(value), ensure_ascii=False)
    return None


def _plain_value(value: object) -> object:
    if isinstance(value, _Members):
        return {name: _plain_value(inner) for name, inner in value}
    return [_plain_value(inner) for inner in value] if isinstance(value, list) else value

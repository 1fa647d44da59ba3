"""The documents of Terraform's module registry protocol: discovery, versions, and where a version is.

https://developer.hashicorp.com/terraform/internals/module-registry-protocol, and for the last one OpenTofu's
form of it too, https://opentofu.org/docs/internals/module-registry-protocol/. Unknown keys are passed over.
"""

from __future__ import annotations

from terra.errors import InvalidDocumentError, Issue
from terra.model.values import value
from terra.wire.fields import Fields, show
from terra.wire.json_document import decode_json

SERVICE = "modules.v1"


@value
class ModuleVersions:
    """The versions of a module, as they are written, and what is wrong with the rest."""

    versions: tuple[str, ...]
    issues: tuple[Issue, ...] = ()


def read_service(data: bytes, document: str) -> str | None:
    """Return where the modules are, as a host's discovery document says it; None for a host without any.

    Raises:
        InvalidDocumentError: It is no such document.
    """
    fields = _fields(data, document)
    found = fields.optional(SERVICE)
    fields.finish(document)
    return found


def read_versions(data: bytes, document: str) -> ModuleVersions:
    """Return the versions of the one module that was asked for, in their order.

    Raises:
        InvalidDocumentError: It is no such document.
    """
    fields = _fields(data, document)
    if not isinstance(fields.raw("modules"), list):
        fields.note("modules", "a list", fields.raw("modules"))
    fields.finish(document)
    found: list[str] = []
    for module in list(fields.tables("modules"))[:1]:  # what more there may be is of dependencies
        found += [text for each in module.tables("versions") if (text := each.text("version", required=True))]
    return ModuleVersions(tuple(dict.fromkeys(found)), tuple(fields.issues))


def read_location(data: bytes, document: str) -> str | None:
    """Return the address in the body of an answer, where the header has none.

    Raises:
        InvalidDocumentError: There is a body, and it is no JSON object.
    """
    if not data.strip():
        return None
    fields = _fields(data, document)
    found = fields.optional("location")
    fields.finish(document)
    return found


def _fields(data: bytes, document: str) -> Fields:
    decoded = decode_json(data, document)
    if not isinstance(decoded, dict):
        raise InvalidDocumentError(document, [Issue("document", "a table", show(decoded))])
    return Fields(decoded)

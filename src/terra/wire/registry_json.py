"""`registry.json`, the simple registry: both of its forms to listings.

A bad entry never hides a good one: what is wrong with it stays with its name, or with the document where
it has no usable name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.errors import InvalidDocumentError, Issue
from terra.model.name import Name
from terra.model.release import Listing
from terra.model.values import value
from terra.wire.fields import Fields, show
from terra.wire.json_document import decode_json
from terra.wire.registry_entry import PluginEntry

if TYPE_CHECKING:
    from terra.model.source import Anchor

FORMAT = 1


@value
class RegistryDocument:
    """The values of one `registry.json`.

    Attributes:
        name: What the registry calls itself, or the empty text.
        includes: Addresses of further documents as written, relative to this one.
        listings: One for every name, in the order of the document.
        issues: What is wrong with entries that have no usable name, and with `include`.
    """

    name: str = ""
    includes: tuple[str, ...] = ()
    listings: tuple[Listing, ...] = ()
    issues: tuple[Issue, ...] = ()


def read_registry(data: bytes, document: str, anchor: Anchor, registry: str) -> RegistryDocument:
    """Return what a `registry.json` says, in either form; unknown keys are ignored.

    Args:
        data: The whole document.
        document: Its path or URL, for messages.
        anchor: What its relative addresses are relative to.
        registry: Label or location of the registry, for its releases.

    Raises:
        InvalidDocumentError: It is not JSON, neither of the two forms, or of an unknown format number.
    """
    value = decode_json(data, document)
    if isinstance(value, list):
        return _read_entries(value, "", anchor, registry)
    if not isinstance(value, dict):
        raise InvalidDocumentError(document, [Issue("the document", "a list or a table", show(value))])
    _check_format(value, document)
    fields = Fields(value)
    includes = tuple(text for text in fields.texts("include") if text)
    entries = _read_entries(value.get("plugins") or [], "plugins", anchor, registry)
    return RegistryDocument(fields.text("name"), includes, entries.listings, (*fields.issues, *entries.issues))


def _check_format(value: dict[str, Any], document: str) -> None:
    number = value.get("terra-registry")
    if type(number) is not int or number < FORMAT:
        raise InvalidDocumentError(document, [Issue("terra-registry", f"`{FORMAT}`", _shown(number))])
    if number > FORMAT:
        raise InvalidDocumentError(
            document, [Issue("terra-registry", f"`{FORMAT}`", show(number))], hint="upgrade terra"
        )
    plugins = value.get("plugins")
    if isinstance(plugins, list) or (plugins is None and isinstance(value.get("include"), list)):
        return
    hint = "name its folder: this is the root of a static tree" if isinstance(value.get("plugin"), str) else None
    raise InvalidDocumentError(document, [Issue("plugins", "a list", _shown(plugins))], hint=hint)


def _shown(value: object) -> str:
    return "nothing" if value is None else show(value)


def _read_entries(entries: list[Any], path: str, anchor: Anchor, registry: str) -> RegistryDocument:
    listings: dict[Name, Listing] = {}
    issues: list[Issue] = []
    for position, entry in enumerate(entries):
        where = f"{path}[{position}]"
        if not isinstance(entry, dict):
            issues.append(Issue(where, "a table", _shown(entry)))
            continue
        fields = Fields(entry, where)
        name = fields.parsed("name", Name.parse, "a plugin name")
        if name is None:
            issues += fields.issues or [Issue(fields.where("name"), "a plugin name", "nothing")]
        elif name in listings:
            issues.append(Issue(fields.where("name"), "a name that no entry above has", f"`{name}`"))
        else:
            listings[name] = PluginEntry(name, anchor, registry, fields).listing()
    return RegistryDocument(listings=tuple(listings.values()), issues=tuple(issues))

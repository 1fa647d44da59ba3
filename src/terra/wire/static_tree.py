"""The documents of a static tree: `terra-registry.json` and one `plugins/NAME.json` for each plugin.

Every address in them is relative to the folder of `terra-registry.json`. Those of further documents stay below it;
those of releases are what a `registry.json` may name. Unknown keys are ignored. A bad version never hides a good
one: what is wrong with it stays with the name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from terra.errors import InvalidDocumentError, Issue
from terra.model.values import value
from terra.wire.fields import Fields, show
from terra.wire.json_document import decode_json
from terra.wire.registry_entry import PluginEntry

if TYPE_CHECKING:
    from terra.model.name import Name
    from terra.model.release import Listing
    from terra.model.source import Anchor

FORMAT = 1
_NAME = "{name}"
_PLUGIN = f"plugins/{_NAME}.json"
_BELOW = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[\w.~{}-][\w.~{}/-]*", re.ASCII)
# The keys of a plugin that its releases are made of; others of a `registry.json` mean nothing here.
_KEYS = ("description", "tags", "provider", "deprecated", "versions")


@value
class StaticTree:
    """What `terra-registry.json` says: where the rest is, relative to its folder.

    Attributes:
        name: What the registry calls itself, or the empty text.
        plugin: Where the document of a plugin is, with one `{name}`.
        search: Where the search index is; None without one.
        metadata: Where the metadata is that signs the tree; None for an unsigned one.
    """

    name: str = ""
    plugin: str = _PLUGIN
    search: str | None = None
    metadata: str | None = None

    def document_of(self, name: Name) -> str:
        """Return the relative address of a plugin's document."""
        return self.plugin.replace(_NAME, name.text)


def read_static_tree(data: bytes, document: str) -> StaticTree:
    """Return what a `terra-registry.json` says.

    Args:
        data: The whole document.
        document: Its path or URL, for messages.

    Raises:
        InvalidDocumentError: It is none, or of an unknown format number.
    """
    fields = Fields(read_table(data, document, "terra-registry", FORMAT))
    plugin = _below(fields, "plugin") or _PLUGIN
    if plugin.count(_NAME) != 1:
        fields.note("plugin", "an address with one `{name}`", plugin)
    tree = StaticTree(fields.text("name"), plugin, _below(fields, "search"), fields.optional("metadata"))
    fields.finish(document, hint="it is its keeper's to mend")
    return tree


def read_plugin_document(data: bytes, document: str, name: Name, anchor: Anchor, registry: str) -> Listing:
    """Return what a `plugins/NAME.json` says; what is wrong with single versions are issues of the listing.

    Args:
        data: The whole document.
        document: Its path or URL, for messages.
        name: The plugin that was asked for.
        anchor: The folder of `terra-registry.json`, to which its addresses are relative.
        registry: Label or location of the registry, for its releases.

    Raises:
        InvalidDocumentError: It is none, of an unknown format number, or of another plugin.
    """
    table = read_table(data, document, "terra-plugin", FORMAT)
    stated = table.get("name")
    if stated != name.text:
        raise InvalidDocumentError(document, [Issue("name", f"`{name}`", _shown(stated))])
    if not isinstance(table.get("versions"), dict):
        raise InvalidDocumentError(document, [Issue("versions", "a table", _shown(table.get("versions")))])
    fields = Fields({key: table[key] for key in _KEYS if key in table})
    return PluginEntry(name, anchor, registry, fields).listing()


def read_table(data: bytes, document: str, key: str, newest: int) -> dict[str, Any]:
    """Return the members of a JSON document whose format number stands at `key`.

    Raises:
        InvalidDocumentError: It is no JSON object, or its format number is not from 1 to `newest`.
    """
    table = decode_json(data, document)
    if not isinstance(table, dict):
        raise InvalidDocumentError(document, [Issue("the document", "a table", show(table))])
    number = table.get(key)
    if type(number) is not int or not 0 < number <= newest:
        hint = "upgrade terra" if type(number) is int and number > newest else None
        raise InvalidDocumentError(document, [Issue(key, f"`{newest}`", _shown(number))], hint=hint)
    result: dict[str, Any] = table
    return result


def is_below(address: str) -> bool:
    """Tell whether a relative address stays below the folder that it is relative to."""
    return _BELOW.fullmatch(address) is not None


def _below(fields: Fields, key: str) -> str | None:
    address = fields.optional(key)
    if address is not None and not is_below(address):
        fields.note(key, "an address below the registry's folder", address)
        return None
    return address


def _shown(given: object) -> str:
    return "nothing" if given is None else show(given)

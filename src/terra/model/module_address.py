"""What a plugin is called in a Terraform module registry, and back: `my-company/aws-vpc` is `my-company/vpc/aws`.

The first part of a name, up to its first hyphen, is the system there. A name of one part has the system
`terraform`, and a name without a namespace has the registry's own.
https://developer.hashicorp.com/terraform/internals/module-registry-protocol#module-addresses
"""

from __future__ import annotations

import re

from terra.model.name import Name
from terra.model.values import value

DEFAULT_NAMESPACE = "terra"
_SYSTEM = "terraform"
_NAMESPACE = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z_-]{0,62}[0-9A-Za-z])?")


@value
class ModuleAddress:
    """A module of a registry, without the registry's host."""

    namespace: str
    name: str
    system: str

    @classmethod
    def of(cls, plugin: Name, namespace: str = DEFAULT_NAMESPACE) -> ModuleAddress:
        """Return the module that a plugin is.

        Args:
            plugin: Its name.
            namespace: That of names which have none.
        """
        own = plugin.parts[0] if len(plugin.parts) > 1 else namespace
        system, hyphen, name = plugin.last.partition("-")
        return cls(own, name, system) if hyphen else cls(own, plugin.last, _SYSTEM)

    @property
    def plugin(self) -> Name | None:
        """The plugin that this module is, its namespace included; None where no plugin name says it."""
        last = self.name if self.system == _SYSTEM and "-" not in self.name else f"{self.system}-{self.name}"
        text = f"{self.namespace}/{last}"
        return Name(text) if Name.is_name(text) and ModuleAddress.of(Name(text)) == self else None

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}/{self.system}"


def is_namespace(text: str) -> bool:
    """Tell whether a text can be a namespace of a module registry."""
    return _NAMESPACE.fullmatch(text) is not None

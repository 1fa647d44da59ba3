"""What a search shows of a plugin: one line of a registry, without its releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.model.values import value

if TYPE_CHECKING:
    from terra.model.name import Name


@value
class Summary:
    """One plugin as a registry lists it.

    Attributes:
        provider: What it is for, such as `aws`; None where nobody says.
        latest: The newest version that is neither a pre-release nor yanked, in terra's spelling; None where that is
            not known. A text, because a search reads thousands and compares none.
        registry: Label or location of the registry.
        deprecated: Why it should not be used any more, an empty text without a reason; None where nobody says so.
    """

    name: Name
    description: str = ""
    tags: tuple[str, ...] = ()
    provider: str | None = None
    latest: str | None = None
    registry: str = ""
    deprecated: str | None = None

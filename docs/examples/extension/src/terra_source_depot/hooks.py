"""What terra calls: the functions that its entry point of the group `terra.extensions` names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from terra.spec import hookimpl
from terra_source_depot.allowed import refusal
from terra_source_depot.source import DepotSource

if TYPE_CHECKING:
    from terra.spec import Admission


@hookimpl
def terra_register_source() -> DepotSource:
    """Hand the source to terra."""
    return DepotSource()


@hookimpl
def terra_verify_release(release: Admission) -> str | None:
    """Refuse what is not on the list that `DEPOT_ALLOWED` names, wherever it comes from."""
    path = os.environ.get("DEPOT_ALLOWED")
    return refusal(release.name.text, path) if path else None

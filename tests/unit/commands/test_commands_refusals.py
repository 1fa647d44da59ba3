"""What a refusal proposes is what helps."""

from __future__ import annotations

import pytest

from terra.commands.refusals import refuse_conflicts
from terra.errors import ConflictError
from terra.model.name import Name
from terra.model.plan import Conflict

EDITED = "edited since it was added"
FOREIGN = "not written by terra"
BINARY = f"{EDITED}, and no text that can be merged"


@pytest.mark.parametrize(
    ("whys", "offered", "withheld"),
    [
        ((EDITED,), ("--merge", "--ours", "--theirs", "--diff"), ("--overwrite",)),
        ((EDITED, FOREIGN), ("--merge", "--ours", "--theirs", "--diff"), ("--overwrite",)),
        ((FOREIGN,), ("--skip-existing", "--overwrite", "--diff"), ("--merge",)),
        ((EDITED, BINARY), ("--ours", "--theirs", "--diff"), ("--merge",)),
    ],
)
def test_the_hint_names_what_settles_every_conflict(
    whys: tuple[str, ...], offered: tuple[str, ...], withheld: tuple[str, ...]
) -> None:
    conflicts = [Conflict(Name.parse("vpc"), f"plugins/vpc/{number}.tf", why) for number, why in enumerate(whys)]
    with pytest.raises(ConflictError) as caught:
        refuse_conflicts(conflicts)
    hint = caught.value.hint or ""
    assert all(option in hint for option in offered)
    assert not any(option in hint for option in withheld)

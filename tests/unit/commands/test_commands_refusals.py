"""What a refusal says, and that what it proposes is what helps."""

from __future__ import annotations

import pytest

from terra.commands.refusals import refuse_conflicts
from terra.errors import ConflictError
from terra.model.name import Name
from terra.model.plan import Conflict, Lines, Reason
from terra.model.values import replace
from terra.model.version import UNVERSIONED, Version

OLD, NEW = Version(0, 1, 0), Version(0, 2, 0)
EDITED = Conflict(Name("vpc"), "plugins/vpc/a.tf", Reason.EDITED, lines=(Lines(3, 3),), from_=OLD, to=NEW)
BROUGHT = Conflict(Name("vpc"), "plugins/vpc/b.tf", Reason.FOREIGN, from_=OLD, to=NEW)
FOREIGN = replace(BROUGHT, from_=None)
BINARY = replace(EDITED, path="plugins/vpc/c.png", lines=(), is_text=False)


def refused(*conflicts: Conflict) -> ConflictError:
    with pytest.raises(ConflictError) as caught:
        refuse_conflicts(conflicts)
    return caught.value


@pytest.mark.parametrize(
    ("conflicts", "offered", "withheld"),
    [
        ((EDITED,), ("--merge", "--ours", "--theirs", "--diff"), ("--overwrite",)),
        ((EDITED, BROUGHT), ("--merge", "--ours", "--theirs", "--diff"), ("--overwrite",)),
        ((BROUGHT,), ("--merge", "--ours", "--theirs", "--diff"), ("--overwrite",)),
        ((FOREIGN,), ("--skip-existing", "--overwrite", "--merge", "--diff"), ("--ours",)),
        ((replace(FOREIGN, is_text=False),), ("--skip-existing", "--overwrite", "--diff"), ("--merge",)),
        ((EDITED, BINARY), ("--ours", "--theirs", "--diff"), ("--merge",)),
    ],
)
def test_the_hint_names_what_settles_every_conflict(
    conflicts: tuple[Conflict, ...], offered: tuple[str, ...], withheld: tuple[str, ...]
) -> None:
    hint = refused(*conflicts).hint or ""
    assert all(option in hint for option in offered)
    assert not any(option in hint for option in withheld)


def test_it_says_which_release_and_which_lines() -> None:
    error = refused(EDITED)
    assert error.message == (
        "`vpc` 0.1.0 -> 0.2.0 conflicts with 1 file of yours, and nothing was written\n"
        "  plugins/vpc/a.tf: line 3 changed here and in vpc 0.2.0"
    )
    assert error.subjects == ("plugins/vpc/a.tf",)


@pytest.mark.parametrize(
    ("conflict", "said"),
    [
        (replace(EDITED, lines=(Lines(3, 5), Lines(9, 9))), "lines 3-5 and 9 changed here and in vpc 0.2.0"),
        (replace(EDITED, lines=(Lines(4, 3),)), "line 4 changed here and in vpc 0.2.0"),
        (
            replace(EDITED, lines=tuple(Lines(each, each) for each in (1, 3, 5, 7, 9))),
            "lines 1, 3, 5 and 2 places more changed here and in vpc 0.2.0",
        ),
        (replace(EDITED, lines=()), "edited here, and changed in vpc 0.2.0"),
        (replace(EDITED, to=UNVERSIONED), "line 3 changed here and in vpc"),
        (
            replace(EDITED, reason=Reason.RENAMED, other="b.tf"),
            "line 3 changed here and in vpc 0.2.0, which renames it to b.tf",
        ),
        (replace(EDITED, reason=Reason.DELETED, lines=()), "deleted here, and changed in vpc 0.2.0"),
        (BINARY, "edited here, and changed in vpc 0.2.0, and no text that can be merged"),
        (FOREIGN, "there already, with other content"),
    ],
)
def test_what_is_said_of_a_file(conflict: Conflict, said: str) -> None:
    assert refused(conflict).message.endswith(f"\n  {conflict.path}: {said}")


def test_many_plugins_are_counted() -> None:
    every = [replace(EDITED, plugin=Name(f"p{number}"), path=f"plugins/p{number}/a.tf") for number in range(30)]
    message = refused(*every).message
    assert message.startswith("30 plugins conflict with 30 files of yours, and nothing was written\n")
    assert message.endswith("\n  and 10 more")
    two = refused(*every[:2]).message
    assert two.startswith("`p0` 0.1.0 -> 0.2.0 and `p1` 0.1.0 -> 0.2.0 conflict with 2 files of yours")


def test_what_would_be_overwritten_is_said_so_of_a_plugin_that_comes() -> None:
    assert refused(FOREIGN).message.startswith("1 file would be overwritten, and nothing was written")


def test_what_is_in_the_way() -> None:
    link = replace(FOREIGN, reason=Reason.IN_THE_WAY, kind="folder")
    error = refused(link, EDITED)
    assert error.message.endswith("\n  plugins/vpc/b.tf: a folder stands there, expected a file")
    assert "move it away" in (error.hint or "")

"""What `terra verify` finds in the files of one plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.commands.edits import at_lines, conflicts_in, extra_of
from terra.commands.finding import CONTRADICTS, DIFFERS, TOLD, Finding
from terra.model.values import replace, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.vendor.comparison import Compared, Comparison

_REFUSED = "the policy refuses edits"


@value
class Look:
    """A look at the files of one plugin, and how strict it is.

    Attributes:
        unmodified: Whether accepted edits and added files differ as well.
        is_cached_well: Whether what the cache holds of the release can be compared with.
    """

    plugin: LockedPlugin
    opened: OpenProject
    toolbox: Toolbox
    unmodified: bool
    is_cached_well: bool

    def findings(self, comparison: Comparison) -> Iterator[Finding]:
        """Yield what is not as the lock says."""
        yield from self._edits(comparison)
        yield from self._lost(comparison)
        yield from self._extra()

    @property
    def _refused(self) -> bool:
        """Whether the policy has no edits."""
        return self.opened.policy.edits == "refuse"

    def _edits(self, comparison: Comparison) -> Iterator[Finding]:
        """Yield the files that were changed or deleted; an accepted edit only where that is asked for."""
        for each in comparison.edits:
            if not each.is_accepted or self.unmodified or self._refused:
                code = CONTRADICTS if self._refused else DIFFERS
                lines = conflicts_in(each, self.opened)
                why = self._why(each, lines)
                yield self._finding(each, why, code, is_accepted=each.is_accepted, conflict_lines=lines)

    def _lost(self, comparison: Comparison) -> Iterator[Finding]:
        """Yield the files whose accepted edit is gone, unless that is how it should be."""
        if self._refused or self.unmodified:
            return
        for each in comparison.lost:
            why = "its accepted edit is not there any more: take it from version control, or accept it as it is"
            got = each.standing.sha256 if each.standing is not None else ""
            yield replace(self._finding(each, why), expected=f"sha256-{each.recorded}", got=f"sha256-{got}")

    def _extra(self) -> Iterator[Finding]:
        """Yield the files that the release does not have."""
        code = CONTRADICTS if self._refused else DIFFERS if self.unmodified else TOLD
        why = _REFUSED if self._refused else "" if self.unmodified else "yours"
        for each in extra_of(self.plugin, self.opened):
            yield self._finding(each, why, code)

    def _finding(self, file: Compared, why: str, code: int = DIFFERS, **more: Any) -> Finding:  # noqa: ANN401  # fields
        kind = "changed" if file.is_lost else file.kind
        expected, got = _sides(file)
        return Finding(kind, self.plugin.name.text, self.plugin.set, file.path, expected, got, why, code, **more)

    def _why(self, file: Compared, lines: tuple[int, ...]) -> str:
        plain = _mode_or_kind(file)
        is_formatting = file.kind == "changed" and not plain and self.is_cached_well and self._is_formatting(file)
        reason = self.plugin.edit_reason
        said = [
            plain,
            "formatting only" if is_formatting else "",
            at_lines(lines) if lines else "",
            (f"accepted: {reason}" if reason else "accepted") if file.is_accepted else "",
            _REFUSED if self._refused else "",
        ]
        return ", ".join(each for each in said if each)

    def _is_formatting(self, file: Compared) -> bool:
        """Tell whether a file says what the release's does; only of a release that the cache has."""
        from terra.hcl.formatting import could_be, is_formatting_only

        if not could_be(file.name) or not (self.toolbox.home / "plugins").is_dir():
            return False
        locked = self.plugin
        cached = self.toolbox.store.find_tree(locked.name, locked.version, locked.tree.digest)
        if cached is None:
            return False
        return is_formatting_only(
            (cached.folder / file.name).read_bytes(), (self.opened.folder / file.path).read_bytes()
        )


def _sides(file: Compared) -> tuple[str | None, str | None]:
    released, standing = file.file, file.standing
    if released is not None and standing is not None and file.is_mode_only:
        return f"{released.mode:o}", "755" if standing.executable else "644"
    expected = f"sha256-{released.sha256}" if released else None
    if standing is None:
        return expected, None
    return expected, f"sha256-{standing.sha256}" if standing.kind == "file" else standing.kind


def _mode_or_kind(file: Compared) -> str:
    if file.standing is None:
        return ""
    if file.standing.kind == "blocked":
        return f"`{file.standing.blocked_by}` is a file, expected a folder"
    if file.standing.kind != "file":
        return f"a {file.standing.kind} stands there, expected a file"
    return "mode only" if file.is_mode_only else ""

"""A template of a registry: releases that are not listed but tagged in a git repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from terra.errors import UsageError
from terra.model.git import Remote, is_ref
from terra.model.source import Locator
from terra.model.values import value

if TYPE_CHECKING:
    from terra.model.requirement import Requirement
    from terra.model.source import Anchor

VERSION = "{version}"
_BAD_SUBDIR = re.compile(r"[\x00-\x1f\x7f?#\\]|//|(^|/)\.\.?(/|$)")


@value
class Template:
    """Releases that are not listed but tagged: every tag of a repository that fits is one.

    Attributes:
        remote: Where the repository is, relative to `anchor`.
        anchor: The folder of the document that says so.
        tag: What the tags look like; `{version}` stands for the version.
        subdir: The plugin's folder in the repository, or the empty string.
        dependencies: Of every release; None where only the archive itself knows them.
        yanked: The reason, where every release is yanked.
    """

    remote: Remote
    anchor: Anchor
    tag: str = f"v{VERSION}"
    subdir: str = ""
    dependencies: tuple[Requirement, ...] | None = None
    yanked: str | None = None

    @staticmethod
    def checked_remote(text: str) -> Remote:
        """Return the remote in an address that has no `//subdir`.

        Raises:
            UsageError: It is none that terra hands to git, or has one.
        """
        locator = Locator.parse(f"git:{text}")
        if locator is None or locator.subdir or locator.location != text:
            message = f"`{text}` is not the address of a repository alone"
            raise UsageError(message, hint="`subdir` names a folder in it, `tag` its tags", subjects=(text,))
        return Remote.parse(text)

    @staticmethod
    def checked_subdir(text: str) -> str:
        """Return a folder of a repository, without slashes around it.

        Raises:
            UsageError: It is no plain relative path.
        """
        path = text.strip("/")
        if _BAD_SUBDIR.search(path):
            message = f"`{text}` is not a folder of a repository"
            raise UsageError(message, hint="write it as `modules/vpc`", subjects=(text,))
        return path

    @staticmethod
    def checked_tag(text: str) -> str:
        """Return a template of tags as it is.

        Raises:
            UsageError: It does not have one `{version}`, or no tag can look like it.
        """
        if text.count(VERSION) != 1 or not is_ref(text.replace(VERSION, "1.0.0")) or "{" in text.replace(VERSION, ""):
            message = f"`{text}` is not what tags look like"
            raise UsageError(message, hint="write `v{version}`, or `NAME/v{version}`", subjects=(text,))
        return text

    def version_in(self, tag: str) -> str | None:
        """Return the text that stands for the version in a tag, or None where the tag is another one."""
        before, _, after = self.tag.partition(VERSION)
        end = len(tag) - len(after)
        text = tag[len(before) : end]
        fits = tag.startswith(before) and tag.endswith(after) and end > len(before) and "/" not in text
        doubled = before.endswith(("v", "V")) and text[:1] in ("v", "V")  # `vv1.0` is no version
        return text if fits and not doubled else None

    def source(self, tag: str) -> Locator:
        """Return the address of what is tagged."""
        return Locator("git", f"{self.remote}?ref={quote(tag, safe='/')}", self.subdir)

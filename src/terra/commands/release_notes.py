"""What a plugin's author wrote of the releases between two versions, made harmless to quote; pure.

A changelog is a stranger's text that ends in a pull request, and from there perhaps in a commit message. Nothing of
it may mention somebody, close an issue, hide behind an HTML comment or end the block in which it is quoted. The
layouts read are those of keepachangelog.com and of plain headings: `## 1.2.0`, `# v1.2.0 (date)`, `## [1.2.0](…)`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from terra.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terra.model.name import Name

NAMES = ("changelog.md", "changelog", "changes.md")  # folded, the first that is there counts
_LONGEST_HEADING = 300  # characters
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_VERSION = r"\[?[vV]?(\d{{1,9}}(?:\.\d{{1,9}}){{1,2}}(?:-(?:alpha|beta|rc)\.\d{{1,9}}|(?:a|b|rc)\d{{1,9}})?)(?![\w.-])"
_TITLE = rf"\[?(?:(?:version|release|{{0}})[ @:]+)?{_VERSION}"
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_GAP = "\u200b"  # seen by no reader, and a mention for no program
# Mentions of GitHub, GitLab and Gitea; references to issues and requests, short and as addresses.
_MENTION = re.compile(r"@(?=[\w\[/-])")
_REFERENCE = re.compile(r"(?<=[#!&$])(?=\d)|(?<=\bGH-)(?=\d)", re.IGNORECASE)
_ADDRESS = re.compile(r"\b((?:issues|pull|pulls|merge_requests|discussions|work_items|commit|epics)/)(?=\w)")
_DROPPED = ("Cc", "Cf", "Cs", "Co", "Cn")


def between(text: str, name: Name, after: Version, until: Version) -> str:
    """Return the sections of a changelog for the versions above `after` up to `until`, in its order; perhaps none.

    Args:
        text: The changelog.
        name: The plugin, which a heading may name before the version.
        after: What the project had.
        until: What it gets.
    """
    kept = [lines for version, lines in _sections(text, name) if after < version <= until]
    return "\n\n".join("\n".join(lines).strip() for lines in kept)


def harmless(text: str) -> str:
    """Return a stranger's text without what a forge or a terminal would act on."""
    text = _COMMENT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in _DROPPED)
    text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    text = _REFERENCE.sub(_GAP, _MENTION.sub(f"@{_GAP}", text))
    return _ADDRESS.sub(rf"\1{_GAP}", text)


def quoted(text: str, limit: int) -> str:
    """Return a text as a fenced block of Markdown that nothing in it can end.

    Args:
        text: A stranger's.
        limit: Characters of it that are shown, a fence and what says that more was there aside.
    """
    begin = text[: 2 * limit]
    shown = harmless(begin).strip("\n")
    cut = len(shown) > limit or len(begin) < len(text)
    if len(shown) > limit:
        shown = shown[:limit].rpartition("\n")[0] or shown[:limit]
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    return f"{fence}text\n{shown}\n{fence}\n" + ("\nThe rest is in the plugin's own changelog.\n" if cut else "")


def code(text: str, limit: int = 160) -> str:
    """Return a stranger's text as code within a line of Markdown, in a table too."""
    flat = " ".join(harmless(text).split())
    flat = flat if len(flat) <= limit else f"{flat[:limit]}…"
    if not flat:
        return "-"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", flat)), default=0))
    pad = " " if "`" in (flat[0], flat[-1]) else ""
    return f"{fence}{pad}{flat}{pad}{fence}".replace("|", "\\|")


def _sections(text: str, name: Name) -> Iterator[tuple[Version, list[str]]]:
    """Yield each version with its lines, its heading among them, in the order of the text."""
    names = "|".join(re.escape(each) for each in (name.text, name.distribution))
    title = re.compile(_TITLE.format(names), re.IGNORECASE)
    current: tuple[Version, list[str]] | None = None
    depth = 0
    for line, level, words in _lines(text):
        match = title.match(words) if level else None
        version = Version.read(match[1]) if match else None
        if version is not None or (level and level <= depth):
            if current is not None:
                yield current
            current = (version, []) if version is not None else None
            depth = level
        if current is not None:
            current[1].append(line)
    if current is not None:
        yield current


def _lines(text: str) -> Iterator[tuple[str, int, str]]:
    """Yield each line with its depth as a heading, 0 for none, and the heading's words; none in a block of code."""
    lines = text.splitlines()
    fence = ""
    for number, line in enumerate(lines):
        short = line[:_LONGEST_HEADING]
        mark = _FENCE.match(short)
        if mark and (not fence or (mark[1].startswith(fence) and not short[mark.end() :].strip())):
            fence = "" if fence else mark[1]
        elif not fence:
            heading = _HEADING.fullmatch(short)
            below = _UNDERLINE.fullmatch(lines[number + 1][:_LONGEST_HEADING]) if number + 1 < len(lines) else None
            if heading:
                yield line, len(heading[1]), heading[2]
                continue
            if below and short.strip():
                yield line, 1 if below[1][0] == "=" else 2, short.strip()
                continue
        yield line, 0, ""

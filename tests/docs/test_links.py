"""Links between the pages of the repository lead somewhere, and tables have as many cells as titles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.console import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"^( *)```.*?^\1```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    text = re.sub(r"^( *)```.*?^\1```$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in _HEADING.findall(text))
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in _LINK.findall(_CODE.sub("", path.read_text())):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        target, _, anchor = link.partition("#")
        found = (path.parent / target).resolve() if target else path
        assert found.exists(), f"{name(path)}: `{link}` is not there"
        assert found.is_relative_to(ROOT), f"{name(path)}: `{link}` leaves the repository"
        if anchor:
            assert anchor in anchors(found), f"{name(path)}: `{link}` has no such heading"


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_tables_are_whole(path: Path) -> None:
    text = re.sub(r"^( *)```.*?^\1```$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    width = 0
    for line in text.splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1
        width = width or cells
        assert cells == width, f"{name(path)}: {line}"


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_page_can_be_reached(path: Path) -> None:
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        if page != path
        for link in _LINK.findall(page.read_text())
    }
    assert path.name == "README.md" or path in linked, f"no page links to {name(path)}"

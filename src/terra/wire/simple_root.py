"""The root page of a package index: the names of its projects.

Read are JSON (PEP 691) and HTML (PEP 503), whichever the index serves. What is no name is passed over.
"""

from __future__ import annotations

from terra.model.name import normalised
from terra.wire.json_document import decode_json


def read_simple_root(data: bytes, url: str) -> tuple[str, ...]:
    """Return the projects that a root page lists, each name once as it compares.

    Args:
        data: The whole page.
        url: Its address without credentials, for messages.

    Raises:
        InvalidDocumentError: It looks like JSON and is none.
    """
    is_json = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    found = _of_json(decode_json(data, url)) if is_json else _of_html(data.decode(errors="replace"))
    return tuple(dict.fromkeys(normalised(each.strip()) for each in found))


def _of_json(document: dict[str, object]) -> list[str]:
    projects = document.get("projects")
    entries = projects if isinstance(projects, list) else []
    names = [each.get("name") for each in entries if isinstance(each, dict)]
    return [each for each in names if isinstance(each, str)]


def _of_html(page: str) -> list[str]:
    from html.parser import HTMLParser

    class Parser(HTMLParser):
        """Collects the texts of links, which are the names; `close` is never called, as for a project's page."""

        def __init__(self) -> None:
            super().__init__()
            self.names: list[str] = []
            self._is_inside = False

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # its name
            self._is_inside = tag == "a"

        def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
            self._is_inside = False

        def handle_data(self, data: str) -> None:
            if self._is_inside:
                self.names.append(data)

    parser = Parser()
    parser.feed(page)
    return parser.names

"""Find the conflict markers that a merge left in a file, terra's or git's. Pure."""

from __future__ import annotations

import re

_MARKER = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)


def conflict_lines(data: bytes) -> tuple[int, ...]:
    """Return the numbers, from 1, of the lines on which a conflict begins or ends."""
    if b"<<<<<<< " not in data and b">>>>>>> " not in data:
        return ()
    lines, line, counted = [], 1, 0
    for found in _MARKER.finditer(data):
        line += data.count(b"\n", counted, found.start())
        counted = found.start()
        lines.append(line)
    return tuple(lines)

"""The `keyring` that pip finds: the user's own, asked for nothing but a login of the index.

pip asks `keyring get SERVICE NAME` with whatever the address of a link has for a host and a name, so that a page
of an index could say an option of `keyring`, or ask for what is kept for another host. On POSIX a program of
terra's therefore stands before it, and nothing else is on the PATH of that pip, which needs no other program.
"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from terra.system.programs import find_program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# `keyring get SERVICE NAME`, or from pip 26.2 on with two options before it and perhaps no name. A service is the
# address of the index, or the host of what pip wants to get.
_PROGRAM = """#!/bin/sh
if [ "$1 $2" = "--mode=creds --output=json" ]; then mode="$1"; output="$2"; shift 2; fi
[ "$1" = get ] && [ $# -ge 2 ] && [ $# -le 3 ] || exit 1
host="${{2#*://}}"
[ "${{host%%/*}}" = {host} ] || exit 1
for word in "$2" "$3"; do
  case "$word" in -* | *[[:cntrl:]]*) exit 1 ;; esac
done
PATH={path}
exec {keyring} ${{mode:+"$mode" "$output"}} "$@"
"""


def guarded_keyring(environment: Mapping[str, str], index: str, folder: Path) -> Mapping[str, str]:
    """Return the variables that let pip find this keyring alone, or none where the user has none.

    Args:
        environment: The user's, whose PATH may have a `keyring`; one in a relative folder is the project's, not the
            user's, and never started.
        index: The URL of the index, which may carry credentials.
        folder: An absolute folder of this call, for the program; made.
    """
    if os.name != "posix":
        return {}
    folder.mkdir(exist_ok=True)
    keyring = find_program("keyring", environment)
    if keyring is not None:
        words = {
            "host": urlsplit(index).netloc.rpartition("@")[2],
            "path": environment.get("PATH", os.defpath),
            "keyring": keyring,
        }
        program = folder / "keyring"
        program.write_text(_PROGRAM.format_map({name: shlex.quote(text) for name, text in words.items()}))
        program.chmod(0o700)
    return {"PATH": str(folder)}

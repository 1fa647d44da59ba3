"""The real `keyring` program, with passwords in a file of the test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from support.environments import python_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

_BACKEND = """
import json, pathlib
from keyring.backend import KeyringBackend
from keyring.credentials import SimpleCredential

class Keyring(KeyringBackend):
    priority = 1
    passwords = json.loads(pathlib.Path(__file__).with_name("passwords.json").read_text())

    def get_password(self, service, username):
        return self.passwords.get(service, {}).get(username)

    def get_credential(self, service, username):
        if username is not None:
            return super().get_credential(service, username)
        return next((SimpleCredential(*each) for each in self.passwords.get(service, {}).items()), None)

    def set_password(self, service, username, password):
        raise NotImplementedError
"""


def keyring(folder: Path, passwords: Mapping[str, Mapping[str, str]]) -> Path:
    """Return a folder for PATH with a `keyring` that has these passwords, by service and name."""
    program = python_environment("keyring", "keyring==25.7.0") / "keyring"
    folder.mkdir()
    (folder / "in_a_file.py").write_text(_BACKEND)
    (folder / "passwords.json").write_text(json.dumps(passwords))
    starter = folder / "bin" / "keyring"
    starter.parent.mkdir()
    settings = f'PYTHONPATH="{folder}" PYTHON_KEYRING_BACKEND=in_a_file.Keyring'
    starter.write_text(f'#!/bin/sh\n{settings} exec "{program}" "$@"\n')
    starter.chmod(0o755)
    return starter.parent

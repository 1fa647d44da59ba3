"""The expression that docs/how-to/updates-as-pull-requests.md gives Renovate finds what a lock holds."""

from __future__ import annotations

import json
import re

from docs.console import ROOT, blocks
from support.project import Terra, Workspace

PAGE = ROOT / "docs" / "how-to" / "updates-as-pull-requests.md"


def test_match_strings(terra: Terra, workspace: Workspace) -> None:
    settings = [json.loads(text) for language, text in blocks(PAGE) if language == "json"]
    patterns = [
        text for each in settings for manager in each.get("customManagers", []) for text in manager["matchStrings"]
    ]
    allowed = [re.compile(text) for each in settings for text in each.get("allowedCommands", [])]
    commands = [
        command.replace("{{{depName}}}", "my-company/vpc")
        for each in settings
        for rule in each.get("packageRules", [])
        for command in rule["postUpgradeTasks"]["commands"]
    ]
    assert all(any(each.search(command) for each in allowed) for command in commands)
    workspace.simple("aws-s3", "my-company/vpc", "naming")
    (terra.cwd / "terra.toml").write_text('[registries.corp]\nurl = "../workspace"\n[sets.dev]\n')
    terra("add", "aws-s3", "my-company/vpc")
    terra("add", "aws-s3", "--set", "dev")
    terra("add", "../workspace/packages/plugins/naming")
    lock = (terra.cwd / "terra.lock").read_text()
    (pattern,) = (re.compile(each.replace("(?<", "(?P<")) for each in patterns)
    found = [(each["depName"], each["currentValue"]) for each in pattern.finditer(lock)]
    assert found == [("aws-s3", "0.1.0"), ("my-company/vpc", "0.1.0"), ("aws-s3", "0.1.0")]

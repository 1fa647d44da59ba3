"""The keys of the documents that `--json` prints: DESIGN.md's, and those of docs/reference/json.md."""

from __future__ import annotations

import json
from pathlib import Path

from terra.cli import document
from terra.commands.add import Added, AddReport
from terra.commands.cache import CacheReport
from terra.commands.doctor import DoctorReport, Observation
from terra.commands.init import InitReport
from terra.commands.list import Held, ListReport
from terra.commands.module import ModuleReport
from terra.commands.registry import RegistryReport
from terra.commands.reports import ChangeReport
from terra.model.lock import LockedPlugin
from terra.model.name import Name
from terra.model.plan import Action, Conflict, FileChange, Lines, Plan, PluginChange, Reason
from terra.model.source import Locator
from terra.model.stages import LeftOut
from terra.model.tree import Tree
from terra.model.version import Version
from terra.store.prune import Entry

NAME, VERSION = Name("aws-s3"), Version(0, 1, 0)


def printed(found: dict[str, object]) -> dict[str, object]:
    """Return a document as a program reads it."""
    read = json.loads(json.dumps(found))
    assert isinstance(read, dict)
    return read


def test_add():
    files = (FileChange("plugins/aws-s3/main.tf", Action.CREATE, Reason.NEW),)
    change = PluginChange(NAME, "dev", None, VERSION, files)
    added = Added(change, "acme", "module {}", (LeftOut(".git", "hidden"),))
    conflict = Conflict(NAME, "plugins/aws-s3/x.tf", Reason.EDITED, lines=(Lines(3, 5),), to=VERSION)
    changed = ChangeReport("add", Path("/p"), Plan((change,)), (conflict,), dry_run=True).warning("careful")
    found = printed(document.add(AddReport("plugins", changed, (added,))))
    assert found == {
        "dry_run": True,
        "changes": [
            {
                "plugin": "aws-s3",
                "set": "dev",
                "from": None,
                "to": "0.1.0",
                "files": [{"path": "plugins/aws-s3/main.tf", "action": "create", "reason": "new", "why": "new"}],
            }
        ],
        "conflicts": [
            {
                "plugin": "aws-s3",
                "path": "plugins/aws-s3/x.tf",
                "reason": "edited",
                "lines": [{"first": 3, "last": 5}],
                "why": "lines 3-5 changed here and in aws-s3 0.1.0",
            }
        ],
        "modules": {"aws-s3": "module {}"},
        "left_out": {"aws-s3": [{"path": ".git", "why": "hidden"}]},
        "notes": [],
        "warnings": ["careful"],
    }
    with_diff = ChangeReport("add", Path("/p"), Plan(), diff="")
    assert printed(document.add(AddReport("plugins", with_diff, ())))["diff"] == ""


def test_list():
    plugin = LockedPlugin(NAME, VERSION, "", Locator("file", "../s3"), Tree(()), registry=None)
    found = printed(document.list_plugins(ListReport((Held(plugin, ("main.tf",), ("x.tf",), ("x.tf",)),))))
    assert found == {
        "plugins": [
            {
                "name": "aws-s3",
                "version": "0.1.0",
                "set": "",
                "registry": None,
                "source": "file:../s3",
                "direct": True,
                "edited": ["main.tf"],
                "missing": ["x.tf"],
                "accepted": ["x.tf"],
                "in_gone_set": False,
            }
        ],
        "unlocked": [],
    }


def test_the_others():
    entry = Entry("archive", "sha256-ab", "", Path("/h/x"), 3, 1, 5.0)
    shown = {"kind": "archive", "name": "sha256-ab", "version": "", "path": "/h/x", "size": 3, "files": 1}
    found = printed(document.cache(CacheReport("verify", Path("/h"), (entry,), ((entry, "bad"),))))
    assert found == {
        "action": "verify",
        "dir": "/h",
        "dry_run": False,
        "entries": [shown],
        "damage": [{**shown, "why": "bad"}],
    }
    assert printed(document.module(ModuleReport(((NAME, "module {}"),)))) == {"modules": {"aws-s3": "module {}"}}
    assert printed(document.registry(RegistryReport(Path("/p"), (), added="corp"))) == {
        "dry_run": False,
        "registries": [],
        "added": "corp",
        "removed": None,
        "used_by": [],
        "known_as": None,
    }
    finding = Observation("git", "ok", "is there", "")
    assert printed(document.doctor(DoctorReport((finding,)))) == {
        "findings": [{"subject": "git", "state": "ok", "message": "is there", "hint": finding.hint}]
    }
    report = InitReport(Path("/p"), ("terra.toml",), suggested=None)
    assert set(printed(document.init(report))) == {"project", "dry_run", "written", "git_attributes"}

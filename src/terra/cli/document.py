"""Reports as the keys of a JSON document; docs/reference/json.md has every key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.commands.change_words import why, why_stopped
from terra.resolve.provider import Candidate, newest_first

if TYPE_CHECKING:
    from terra.commands.add import AddReport
    from terra.commands.cache import CacheReport
    from terra.commands.doctor import DoctorReport
    from terra.commands.info import InfoReport
    from terra.commands.init import InitReport
    from terra.commands.installed import InstalledReport
    from terra.commands.list import ListReport
    from terra.commands.module import ModuleReport
    from terra.commands.registry import RegistryReport
    from terra.commands.reports import ChangeReport
    from terra.model.interface import Input
    from terra.model.plan import Conflict, PluginChange
    from terra.store.prune import Entry

Document = dict[str, Any]


def changed(report: ChangeReport) -> Document:
    """Return the keys of every command that changes plugins."""
    return {
        "dry_run": report.dry_run,
        "changes": [change(each) for each in report.plan.changes],
        "conflicts": [conflict(each) for each in report.conflicts],
        "notes": list(report.notes),
        "warnings": list(report.warnings),
        **({"diff": report.diff} if report.diff is not None else {}),
    }


def add(report: AddReport) -> Document:
    """Return the document of `terra add`."""
    return {
        **changed(report.changed),
        "modules": {str(each.change.plugin): each.block for each in report.added if each.block},
        "left_out": {
            str(each.change.plugin): [{"path": out.path, "why": out.why} for out in each.left_out]
            for each in report.added
            if each.left_out
        },
    }


def init(report: InitReport) -> Document:
    """Return the document of `terra init`."""
    return {
        "project": str(report.project),
        "dry_run": report.dry_run,
        "written": list(report.written),
        "git_attributes": report.suggested,
    }


def list_plugins(report: ListReport) -> Document:
    """Return the document of `terra list`."""
    return {
        "plugins": [
            {
                "name": str(each.plugin.name),
                "version": str(each.plugin.version),
                "set": each.plugin.set,
                "registry": each.plugin.registry,
                "source": str(each.plugin.source),
                "direct": each.plugin.direct,
                "edited": list(each.edited),
                "missing": list(each.missing),
                "accepted": list(each.accepted),
                "in_gone_set": each.in_gone_set,
            }
            for each in report.plugins
        ],
        "unlocked": [{"name": each.name.text, "set": each.set} for each in report.unlocked],
    }


def list_installed(report: InstalledReport) -> Document:
    """Return the document of `terra list --installed`."""
    from terra.commands.installed import version_of

    return {
        "installed": [
            {
                "name": each.name.text,
                "version": version_of(each),
                "distribution": each.distribution,
                "module": each.module,
                "folder": str(each.metadata.parent),
                "editable": str(each.editable) if each.editable else None,
            }
            for each in report.plugins
        ]
    }


def info(report: InfoReport) -> Document:
    """Return the document of `terra info`."""
    listing, manifest, interface = report.listing, report.shown.manifest, report.interface
    return {
        "name": str(report.shown.name),
        "version": str(report.shown.version),
        "description": (listing.description if listing else "") or (manifest.description if manifest else ""),
        "tags": list((listing.tags if listing else ()) or (manifest.tags if manifest else ())),
        "license": manifest.license if manifest else "",
        "registry": report.registry,
        "source": str(report.shown.release.source),
        "tree": str(report.shown.cached.tree.digest),
        "installed": str(report.installed.version) if report.installed else None,
        "versions": _versions(report),
        "inputs": [_input(each) for each in interface.inputs],
        "outputs": [
            {"name": each.name, "description": each.description, "sensitive": each.sensitive}
            for each in interface.outputs
        ],
        "providers": [
            {"name": each.name, "source": each.source, "version": each.version} for each in interface.providers
        ],
        "terraform": interface.required_version,
        "dependencies": [str(each) for each in report.shown.dependencies],
    }


def module(report: ModuleReport) -> Document:
    """Return the document of `terra module`."""
    return {"modules": {str(name): block for name, block in report.blocks}}


def cache(report: CacheReport) -> Document:
    """Return the document of `terra cache`."""
    damage = [{**_entry(entry), "why": why} for entry, why in report.damage]
    return {
        "action": report.action,
        "dir": str(report.home),
        "dry_run": report.dry_run,
        "entries": [_entry(each) for each in report.entries],
        "damage": damage,
    }


def registry(report: RegistryReport) -> Document:
    """Return the document of `terra registry`."""
    chain = [
        {"name": each.label, "location": each.location, "namespaces": list(each.namespaces), "from": each.origin}
        for each in report.chain
    ]
    return {
        "dry_run": report.dry_run,
        "registries": chain,
        "added": report.added,
        "removed": report.removed,
        "used_by": list(report.used_by),
        "known_as": report.known_as,
    }


def doctor(report: DoctorReport) -> Document:
    """Return the document of `terra doctor`."""
    return {
        "findings": [
            {"subject": each.subject, "state": each.state, "message": each.message, "hint": each.hint}
            for each in report.findings
        ]
    }


def change(change: PluginChange) -> Document:
    """Return what happens to one plugin."""
    return {
        "plugin": str(change.plugin),
        "set": change.set,
        "from": str(change.from_) if change.from_ else None,
        "to": str(change.to) if change.to else None,
        "files": [
            {"path": each.path, "action": each.action.value, "reason": each.reason.value, "why": why(each)}
            for each in change.files
        ],
    }


def conflict(conflict: Conflict) -> Document:
    """Return what stops a command."""
    return {
        "plugin": str(conflict.plugin),
        "path": conflict.path,
        "reason": conflict.reason.value,
        "lines": [{"first": each.first, "last": each.last} for each in conflict.lines],
        "why": why_stopped(conflict),
    }


def _versions(report: InfoReport) -> list[Document]:
    releases = report.listing.releases if report.listing else ()
    ordered = newest_first(Candidate(each, each.version) for each in releases)
    return [
        {"version": str(each.version or report.shown.version), "yanked": each.release.yanked is not None}
        for each in ordered
    ] or [{"version": str(report.shown.version), "yanked": False}]


def _input(each: Input) -> Document:
    return {
        "name": each.name,
        "type": each.type,
        "default": each.default,
        "required": each.required,
        "description": each.description,
        "sensitive": each.sensitive,
        "nullable": each.nullable,
        "validations": [{"condition": one.condition, "error_message": one.error_message} for one in each.validations],
    }


def _entry(entry: Entry) -> Document:
    return {
        "kind": entry.kind,
        "name": entry.name,
        "version": entry.version,
        "path": str(entry.path),
        "size": entry.size,
        "files": entry.files,
    }

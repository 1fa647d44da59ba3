"""Reports as lines for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.cli.terminal import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.cli.terminal import Painter
    from terra.commands.cache import CacheReport
    from terra.commands.chain import Registry
    from terra.commands.doctor import DoctorReport
    from terra.commands.info import InfoReport
    from terra.commands.init import InitReport
    from terra.commands.installed import InstalledReport
    from terra.commands.list import ListReport
    from terra.commands.module import ModuleReport
    from terra.commands.registry import RegistryReport
    from terra.commands.standing import Unlocked
    from terra.model.interface import RequiredProvider

_ORIGINS = {
    "project": "terra.toml",
    "workspace": "found here",
    "installed": "",
    "user": "your config.toml",
    "machine": "the machine's config.toml",
    "embedded": "the terra home",
}
_STATES = {"ok": "green", "warning": "yellow", "problem": "red"}


def init(report: InitReport, paint: Painter) -> str:
    """Return what `terra init` wrote."""
    lines = [f"{paint.paint('green', '+')} {path}" for path in report.written]
    if report.suggested:
        lines += ["", f"git may change line endings; `{report.suggested}` in .gitattributes keeps it from that"]
        lines += ["(`terra init --git-attributes` writes the line)"]
    if report.dry_run:
        return "\n".join([*lines, "", "Nothing was written (--dry-run)."]) + "\n"
    return "\n".join([*lines, "", "Next: `terra add NAME` puts a plugin into the project."]) + "\n"


def list_plugins(report: ListReport, paint: Painter) -> str:
    """Return what the project holds."""
    pending = not_locked(report.unlocked)
    if not report.plugins:
        return pending or "No plugins yet: `terra add NAME` adds one.\n"
    rows = []
    for each in report.plugins:
        plugin = each.plugin
        open_, gone = ([one for one in some if one not in each.accepted] for some in (each.edited, each.missing))
        counts = {"edited": len(open_), "missing": len(gone), "accepted": len(each.accepted)}
        state = [f"{number} {what}" for what, number in counts.items() if number]
        state += ["its set is gone from terra.toml: `terra sync` takes it away"] if each.in_gone_set else []
        version = str(plugin.version) if plugin.is_versioned else "-"
        origin = plugin.registry or str(plugin.source)
        rows.append([plugin.name.text, version, plugin.set, origin, "" if plugin.direct else "needed", *state])
    has_sets = any(row[2] for row in rows)
    rows.insert(0, ["plugin", "version", "set", "from"])
    return table([row if has_sets else [*row[:2], *row[3:]] for row in rows], paint) + pending


def not_locked(missing: Sequence[Unlocked]) -> str:
    """Return what `terra.toml` asks for and is not locked, as a line for each set; nothing where all is locked."""
    lines = []
    for name in dict.fromkeys(each.set for each in missing):
        names = ", ".join(f"`{each.name}`" for each in missing if each.set == name)
        where = f" in the set `{name}`" if name else ""
        lines.append(f"terra.toml asks for {names}{where}, which terra.lock does not have: `terra sync`\n")
    return "".join(lines)


def list_installed(report: InstalledReport, paint: Painter) -> str:
    """Return what is installed beside terra."""
    from terra.commands.installed import version_of

    if not report.plugins:
        return "No plugins are installed beside terra: `pip install terra-NAME` there installs one.\n"
    rows = [
        [
            each.name.text,
            version_of(each),
            each.distribution,
            *([f"editable: {each.editable}"] if each.editable else []),
        ]
        for each in report.plugins
    ]
    return table([["plugin", "version", "distribution"], *rows], paint)


def info(report: InfoReport, paint: Painter) -> str:
    """Return what is known of a plugin."""
    shown, listing, manifest = report.shown, report.listing, report.shown.manifest
    description = (listing.description if listing else "") or (manifest.description if manifest else "")
    deprecated = f"  {paint.paint('yellow', 'deprecated')}" if listing and listing.deprecated is not None else ""
    lines = [f"{paint.paint('bold', shown.name.text)} {shown.version}{deprecated}", line(description), ""]
    facts = [
        ("versions", _versions(report)),
        ("installed", str(report.installed.version) if report.installed else "no"),
        ("from", report.registry or "-"),
        ("source", str(shown.release.source)),
        ("deprecated", (listing.deprecated or "") if listing else ""),
        ("license", manifest.license if manifest else ""),
        ("tags", ", ".join((listing.tags if listing else ()) or (manifest.tags if manifest else ()))),
        ("terraform", report.interface.required_version or ""),
        ("providers", ", ".join(_provider(each) for each in report.interface.providers)),
        ("needs", ", ".join(map(str, shown.dependencies))),
        ("tree", str(shown.cached.tree.digest)),
    ]
    lines += [f"{paint.paint('dim', f'{key:<10}')} {line(value)}" for key, value in facts if value]
    required = [each for each in report.interface.inputs if each.required]
    optional = [each for each in report.interface.inputs if not each.required]
    for title, inputs in (("Required inputs", required), ("Optional inputs", optional)):
        rows = [[f"  {each.name}", _short(each.type or "any"), _short(each.description)] for each in inputs]
        lines += ["", paint.paint("bold", title), table(rows, paint).rstrip("\n")] if rows else []
    rows = [[f"  {each.name}", _short(each.description)] for each in report.interface.outputs]
    lines += ["", paint.paint("bold", "Outputs"), table(rows, paint).rstrip("\n")] if rows else []
    return "\n".join(lines) + "\n"


def module(report: ModuleReport) -> str:
    """Return the blocks."""
    return "\n".join(block for _, block in report.blocks)


def cache(report: CacheReport, paint: Painter) -> str:
    """Return what a cache command saw or did."""
    if report.action == "dir":
        return f"{report.home}\n"
    lines = []
    if report.action == "list" or report.dry_run:
        rows = [[each.kind, each.name, each.version, _size(each.size)] for each in report.entries]
        lines += [table(rows, paint).rstrip("\n")] if rows else []
    for entry, why in report.damage:
        lines.append(f"{paint.paint('red', 'damaged')} {entry.path}: {why}")
    size = _size(sum(each.size for each in report.entries))
    entries = count(len(report.entries), "entry", "entries")
    would = "would be " if report.dry_run else ""
    done = {
        "list": f"{entries}, {size}, in {report.home}",
        "verify": f"{entries} hashed, {len(report.damage)} damaged",
        "prune": f"{entries} {would}removed, {size} {would}freed",
    }
    return "\n".join([*lines, done[report.action]]) + "\n"


def registry(report: RegistryReport, paint: Painter) -> str:
    """Return the registries in order."""
    lines = [f"{paint.paint('green', '+')} {report.added} in {report.document}"] if report.added else []
    lines += [f"{paint.paint('red', '-')} {report.removed} in {report.document}"] if report.removed else []
    lines += [f"  {_left(each)}" for each in report.used_by]
    lines += [f"  in this project it is `{report.known_as}`, which is the same place"] if report.known_as else []
    if report.dry_run:
        return "\n".join([*lines, "", "Nothing was written (--dry-run)."]) + "\n"
    # Where each comes from is what a list is asked for; of a new one the line above says it.
    is_list = not lines
    rows = [[each.label or "-", _place(each), *_facts(each, is_list=is_list)] for each in report.chain]
    if not rows:
        lines.append("No registry to ask: `terra registry add NAME URL-OR-FOLDER` adds one.")
        return "\n".join([*lines, ""])
    return "\n".join([*lines, table(rows, paint)])


def _left(plugin: str) -> str:
    """Say what comes of a plugin whose registry went."""
    if "@" in plugin:
        return f"{plugin} came from it: terra.lock says where that is, and it is still asked there"
    return f"{plugin} is asked of it in terra.toml: take `registry` out of that line"


def _facts(registry: Registry, *, is_list: bool) -> list[str]:
    bound = f"alone for {', '.join(registry.namespaces)}" if registry.namespaces else ""
    return [*([_ORIGINS.get(registry.origin, "")] if is_list else []), bound]


def _place(registry: Registry) -> str:
    """Return where a registry is; one without an address is where its own tool says."""
    if registry.kind == "installed":
        return "what is installed beside terra"
    if registry.kind is None or registry.address is not None:
        return registry.location
    tool = {"pypi": "pip"}.get(registry.kind, registry.kind)
    return f"{registry.location} as {tool} is configured"


def doctor(report: DoctorReport, paint: Painter) -> str:
    """Return everything that was looked at."""
    lines = []
    for each in report.findings:
        lines.append(f"{paint.paint(_STATES[each.state], f'{each.state:<8}')}{each.subject:<10} {each.message}")
        lines += [f"{'':<18} {paint.paint('cyan', 'hint:')} {each.hint}"] if each.hint else []
    return "\n".join(lines) + "\n"


def _versions(report: InfoReport) -> str:
    from terra.resolve.provider import Candidate, newest_first

    releases = report.listing.releases if report.listing else ()
    ordered = newest_first(Candidate(each, each.version) for each in releases)
    texts = [
        f"{each.version or report.shown.version}{' (yanked)' if each.release.yanked is not None else ''}"
        for each in ordered
    ]
    return ", ".join(texts) or str(report.shown.version)


def _short(text: str, width: int = 72) -> str:
    text = line(text)
    return text if len(text) <= width else f"{text[: width - 3]}..."


def table(rows: Sequence[Sequence[str]], paint: Painter) -> str:
    """Return rows as lines with aligned columns; the first is the subject."""
    columns = max(len(row) for row in rows)
    padded = [[*row, *[""] * (columns - len(row))] for row in rows]
    widths = [max(len(row[column]) for row in padded) for column in range(columns)]
    lines = []
    for row in padded:
        cells = [cell.replace("\n", " ").ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([paint.paint("bold", cells[0]), *cells[1:]]).rstrip())
    return "\n".join(lines) + "\n"


def _size(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB" if size >= 1 << 20 else f"{size / 1024:.1f} KiB"


def count(number: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"{number} {one if number == 1 else many}"


def _provider(provider: RequiredProvider) -> str:
    return f"{provider.source or provider.name} {provider.version or ''}".strip()

"""`verify`, `accept`: words, and reports as text and JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from terra.cli.options import command, one_set_option, recursive_option
from terra.cli.verbs import Shown

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from terra.cli.parser import Parser
    from terra.cli.terminal import Painter
    from terra.commands.accept import Accepted, AcceptReport
    from terra.commands.finding import Finding
    from terra.commands.toolbox import Toolbox
    from terra.commands.verify import VerifyReport

_CONTRADICTS = 5  # the exit of what cannot be what was locked, and of what a policy refuses
_OF_FILES = ("changed", "missing", "extra")
_NAMED = ("yanked", "registry")  # kinds of findings of which `expected` is the subject
_SHORT = len("sha256-") + 12  # characters of a hash that a person compares


def _verify_words(commands: Any, after: Parser) -> None:  # noqa: ANN401  # argparse's own
    parser = command(commands, after, "verify", "compare terra.lock with the files, the cache and the registries")
    parser.add_argument("--unmodified", action="store_true", help="exit 7 for accepted edits and added files as well")
    one_set_option(parser)
    recursive_option(parser)


def _verify(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.commands.verify import VerifyRequest, verify

    report = verify(VerifyRequest(options.set, options.unmodified), toolbox)

    def as_text(paint: Painter, *, quiet: bool, verbose: bool) -> str:
        return _verified(report, paint, quiet=quiet, verbose=verbose)

    return Shown("verify", as_text, lambda: _verify_document(report), exit=report.exit)


def _verified(report: VerifyReport, paint: Painter, *, quiet: bool, verbose: bool) -> str:
    from terra.cli.text import count

    lines = [_finding(each, paint, verbose=verbose) for each in report.findings]
    if verbose:
        lines += [
            f"{paint.paint('dim', 'endings')}  {path}: line endings only, which is no edit" for path in report.endings
        ]
    if quiet:
        return "".join(f"{line}\n" for line in lines)
    plugins, files = count(report.plugins, "plugin", "plugins"), count(report.files, "file", "files")
    endings = f", {count(len(report.endings), 'file', 'files')} with other line endings" if report.endings else ""
    lines += [f"{plugins}, {files}{endings}: {_verdict(report.findings)}", *report.notes]
    lines += [line for each in _next(report.findings) for line in ("", f"Next: {each}")]
    return "".join(f"{line}\n" for line in lines)


def _verdict(findings: Sequence[Finding]) -> str:
    """Return how many findings fail, and how many lines were told beside them."""
    from terra.cli.text import count

    wrong = sum(1 for each in findings if each.exit)
    told = Counter("yours" if each.kind == "extra" else "yanked" for each in findings if not each.exit)
    parts = [
        count(wrong, "finding", "findings") if wrong else "as terra.lock says",
        *([count(told["yours"], "file of yours", "files of yours")] if told["yours"] else []),
        *([f"{told['yanked']} yanked"] if told["yanked"] else []),
    ]
    return ", ".join(parts)


def _next(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield what to do about what fails; an accepted edit that fails is meant to be there, but for a policy."""
    refused = [each for each in findings if each.exit == _CONTRADICTS]
    failing = [each for each in findings if each.exit and not each.is_accepted and each not in refused]
    if any(each.kind in _OF_FILES for each in refused):
        yield "keep what you need elsewhere, then `terra diff | git apply -R` takes edits and added files back."
    if any(each.kind == "archive" for each in refused):
        yield "ask who keeps the registry why it says something else now; use nothing of it before you know."
    if any(each.kind == "cache" for each in refused):
        yield "`terra cache prune` empties the cache; what is needed of it is fetched again."
    if any(each.conflict_lines for each in failing):
        yield "choose between both sides at each conflict marker, and take the markers out."
    if any(each.kind == "changed" and not each.conflict_lines for each in failing):
        yield "`terra diff` shows the edits, `terra accept NAME` records those that are meant to be there."
    if any(each.kind == "missing" for each in failing):
        yield "`terra sync` brings back what is missing."
    if any(each.kind == "extra" for each in failing):
        yield "`--unmodified` takes no files of your own either: move them out of the plugins' folders."
    if any(each.kind == "lock" for each in failing):
        yield "`terra sync` makes terra.lock what terra.toml asks for."
    if any(each.kind == "registry" for each in failing):
        yield "`terra doctor` looks at the registries, proxies and certificates."


def _finding(each: Finding, paint: Painter, *, verbose: bool) -> str:
    from terra.cli.terminal import line

    style = {0: "dim", 4: "red", 5: "red"}.get(each.exit, "yellow")
    subject = (each.path or each.plugin).replace("\n", "\\n")  # a file's name may hold anything
    if each.kind in ("lock", "archive", *_NAMED):
        subject = each.expected if each.kind in _NAMED and each.expected else each.plugin or each.path
    where = f" [{each.set}]" if each.set and each.kind in ("yanked", "archive") else ""
    sides = [f"{word} {_hash(text, verbose=verbose)}" for word, text in _sides(each, verbose=verbose) if text]
    said = [line(each.why), ", ".join(sides)]
    rest = "; ".join(text for text in said if text)
    return f"{paint.paint(style, f'{each.kind:<8}')} {paint.paint('bold', subject)}{where}{f': {rest}' if rest else ''}"


def _sides(each: Finding, *, verbose: bool) -> list[tuple[str, str | None]]:
    """Return what was expected and got, where both say something of one thing; of an edit that is hashes, for `-v`."""
    if each.kind in ("lock", "yanked", "missing", "extra") or each.got is None:
        return []
    if each.kind == "changed" and each.got.startswith("sha256-") and not verbose:
        return []
    return [("expected", each.expected), ("got", each.got)]


def _hash(text: str, *, verbose: bool) -> str:
    return f"{text[:_SHORT]}…" if text.startswith("sha256-") and not verbose else text


def _verify_document(report: VerifyReport) -> dict[str, Any]:
    from terra.cli.terminal import redacted

    return {
        "findings": [
            {
                "kind": each.kind,
                "plugin": each.plugin or None,
                "set": each.set,
                "path": each.path or None,
                "expected": each.expected,
                "got": each.got,
                "why": redacted(each.why),
                "exit": each.exit,
                "conflict_lines": list(each.conflict_lines),
            }
            for each in report.findings
        ],
        "plugins": report.plugins,
        "files": report.files,
        "line_endings": list(report.endings),
        "notes": list(report.notes),
    }


def _accept_words(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "accept", "record in terra.lock that your edits are meant to be there")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a plugin of the project")
    parser.add_argument("--all", action="store_true", dest="everything", help="every plugin")
    parser.add_argument("--reason", metavar="TEXT", help="why, for whoever reads terra.lock")
    one_set_option(parser)
    parser.add_argument("--force", action="store_true", help="also with conflict markers in a file")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, write nothing")


def _accept(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.commands.accept import AcceptRequest, accept

    request = AcceptRequest(
        names=tuple(options.names),
        everything=options.everything,
        set=options.set,
        reason=options.reason,
        force=options.force,
        dry_run=options.dry_run,
    )
    report = accept(request, toolbox)
    shown = lambda paint, **_: _accepted(report, paint)  # noqa: E731
    return Shown("accept", shown, lambda: _accept_document(report))


def _accepted(report: AcceptReport, paint: Painter) -> str:
    from terra.cli.text import count

    lines = [line for each in report.changes for line in _accepted_lines(each, paint)]
    if not report.changes:
        lines.append("Nothing to record: terra.lock says it already.")
    if report.added:
        files = count(len(report.added), "added file is", "added files are")
        lines.append(
            f"{files} not recorded: only `terra verify --unmodified` and `[policy] edits` count what is added."
        )
    if report.changes and report.dry_run:
        lines += ["", "Nothing was written (--dry-run)."]
    return "".join(f"{line}\n" for line in lines)


def _accepted_lines(each: Accepted, paint: Painter) -> list[str]:
    from terra.cli.terminal import line as one_line

    plugin = each.plugin
    where = f" [{plugin.set}]" if plugin.set else ""
    reason = f" ({one_line(plugin.edit_reason)})" if plugin.edit_reason else ""
    what = "no edits any more" if not each.edits else f"accepted{reason}"
    head = f"{paint.paint('yellow', '~')} {paint.paint('bold', plugin.name.text)} {plugin.version}{where}  {what}"
    return [head, *(f"    {_word(edit.kind, mode=edit.is_mode_only)} {edit.path}" for edit in each.edits)]


def _word(kind: str, *, mode: bool) -> str:
    return "deleted" if kind == "missing" else "mode" if mode else "changed"


def _accept_document(report: AcceptReport) -> dict[str, Any]:
    return {
        "dry_run": report.dry_run,
        "plugins": [
            {
                "name": each.plugin.name.text,
                "version": str(each.plugin.version),
                "set": each.plugin.set,
                "reason": each.plugin.edit_reason,
                "edits": [{"path": edit.path, "kind": _word(edit.kind, mode=edit.is_mode_only)} for edit in each.edits],
            }
            for each in report.changes
        ],
        "unchanged": report.unchanged,
        "added": list(report.added),
    }


WORDS = {"verify": _verify_words, "accept": _accept_words}
VERBS = {"verify": _verify, "accept": _accept}

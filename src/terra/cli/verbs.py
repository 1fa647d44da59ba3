"""From parsed options to a command's request, and from its report to what can be shown."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from terra.cli.parser import theme_of
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Callable

    from terra.cli.parser import Parser
    from terra.cli.terminal import Painter
    from terra.commands.toolbox import Toolbox


@value
class Shown:
    """A report with its two forms, which cannot differ in facts: both are made from the same values.

    Attributes:
        text: Called with a painter, `quiet` and `verbose`; returns whole lines.
        document: Returns the keys of the JSON document beside `terra` and `command`.
        warnings: For stderr, in either form.
        exact: What goes to a pipe or file unchanged, in place of the text: a diff that `git apply` reads.
    """

    command: str
    text: Callable[..., str]
    document: Callable[[], dict[str, Any]]
    warnings: tuple[str, ...] = ()
    exit: int = 0
    exact: str | None = None


def document_of(command: str, report: object) -> Callable[[], dict[str, Any]]:
    """Return what makes the document, imported only where JSON was asked for."""

    def make() -> dict[str, Any]:
        from terra.cli import document

        made: dict[str, Any] = getattr(document, command)(report)
        return made

    return make


def _init(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.cli import text
    from terra.commands.init import InitRequest, init

    request = InitRequest(options.name, options.plugins_dir, options.git_attributes, options.dry_run)
    report = init(request, toolbox)
    return Shown("init", lambda paint, **_: text.init(report, paint), document_of("init", report))


def _add(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.cli import change_text
    from terra.cli.options import choice_of
    from terra.commands.add import AddRequest, add

    request = AddRequest(
        texts=tuple(options.plugins),
        set=options.set,
        alias=options.alias,
        checksum=options.checksum,
        registry=options.registry,
        choice=choice_of(options),
        dry_run=options.dry_run or options.diff,
        diff=options.diff,
        allow_registry_change=options.allow_registry_change,
    )
    report = add(request, toolbox)
    changed = report.changed

    def as_text(paint: Painter, *, quiet: bool, verbose: bool) -> str:
        return change_text.add(report, paint, quiet=quiet, verbose=verbose)

    return Shown("add", as_text, document_of("add", report), changed.warnings, changed.exit, exact=changed.diff)


def _list(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.cli import text
    from terra.commands.list import list_plugins

    if options.installed:
        return _list_installed(options, toolbox)
    report = list_plugins(options.set, toolbox)
    return Shown("list", lambda paint, **_: text.list_plugins(report, paint), document_of("list_plugins", report))


def _list_installed(options: argparse.Namespace, toolbox: Toolbox) -> Shown:
    from terra.cli import text
    from terra.commands.installed import list_installed
    from terra.errors import UsageError

    if options.set is not None:
        message = "`--set` and `--installed` do not go together: what is installed is in no set"
        raise UsageError(message, hint="leave one of them out")
    report = list_installed(toolbox)
    return Shown("list", lambda paint, **_: text.list_installed(report, paint), document_of("list_installed", report))


def _info(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.cli import text
    from terra.commands.info import info

    report = info(options.plugin, options.registry, toolbox)
    warnings = report.shown.warnings
    return Shown("info", lambda paint, **_: text.info(report, paint), document_of("info", report), warnings)


def _module(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.cli import text
    from terra.commands.module import module

    report = module(tuple(options.names), options.set, toolbox)
    return Shown("module", lambda _paint, **_: text.module(report), document_of("module", report))


def _cache(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.cli import text
    from terra.commands import cache

    actions: dict[str, Callable[[], cache.CacheReport]] = {
        "dir": lambda: cache.cache_dir(toolbox),
        "list": lambda: cache.cache_list(toolbox),
        "verify": lambda: cache.cache_verify(toolbox),
        "prune": lambda: cache.cache_prune(options.older_than, toolbox, dry_run=options.dry_run),
    }
    report = actions[options.action]()
    shown = lambda paint, **_: text.cache(report, paint)  # noqa: E731
    return Shown("cache", shown, document_of("cache", report), exit=5 if report.damage else 0)


def _registry(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.cli import text
    from terra.commands.registry import RegistryRequest, registry_add, registry_list, registry_remove

    if options.action == "list":
        report = registry_list(toolbox)
    elif options.action == "add":
        namespaces = tuple(each.strip() for each in options.namespaces.split(",") if each.strip())
        request = RegistryRequest(
            options.label, options.location, options.kind, namespaces, user=options.user, dry_run=options.dry_run
        )
        report = registry_add(request, toolbox)
    else:
        request = RegistryRequest(options.label, user=options.user, force=options.force, dry_run=options.dry_run)
        report = registry_remove(request, toolbox)
    return Shown("registry", lambda paint, **_: text.registry(report, paint), document_of("registry", report))


def _doctor(_options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.cli import text
    from terra.commands.doctor import doctor

    report = doctor(toolbox)
    shown = lambda paint, **_: text.doctor(report, paint)  # noqa: E731
    return Shown("doctor", shown, document_of("doctor", report), exit=1 if report.has_problems else 0)


def _completion(options: argparse.Namespace, _: Toolbox, parser: Parser) -> Shown:
    import shtab

    script: str = shtab.complete(parser, options.shell)
    return Shown("completion", lambda _paint, **_: script, lambda: {"shell": options.shell, "script": script})


_VERBS: dict[str, Callable[[argparse.Namespace, Toolbox, Parser], Shown]] = {
    "init": _init,
    "add": _add,
    "list": _list,
    "info": _info,
    "module": _module,
    "cache": _cache,
    "registry": _registry,
    "doctor": _doctor,
    "completion": _completion,
}


def run(options: argparse.Namespace, toolbox: Toolbox, parser: Parser) -> Shown:
    """Run the command that the options name.

    Raises:
        TerraError: Whatever stopped it.
    """
    verb: Callable[[argparse.Namespace, Toolbox, Parser], Shown] | None = _VERBS.get(options.command)
    if verb is None:
        verb = theme_of(options.command).VERBS[options.command]
    verb = _with_set(verb)
    if getattr(options, "recursive", False):
        from terra.cli.recursive import run_recursive

        return run_recursive(verb, options, toolbox, parser)
    return verb(options, toolbox, parser)


def _with_set(
    verb: Callable[[argparse.Namespace, Toolbox, Parser], Shown],
) -> Callable[[argparse.Namespace, Toolbox, Parser], Shown]:
    """Return a command to which `--set default` is the default set, unless the project has a set of that name."""

    def run_in(options: argparse.Namespace, toolbox: Toolbox, parser: Parser) -> Shown:
        if not getattr(options, "set", None):
            return verb(options, toolbox, parser)
        from terra.commands.opening import called_set

        own = argparse.Namespace(**vars(options))
        own.set = called_set(options.set, toolbox)
        return verb(own, toolbox, parser)

    return run_in

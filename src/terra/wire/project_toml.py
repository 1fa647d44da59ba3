"""`terra.toml` and `config.toml`: bytes to `Project` and `Settings`.

`terra.toml` belongs to a repository, so whatever looks like a secret in it is an issue, not a value. The
address of a package index is written as its own tool takes it: in `config.toml` with name and password, in
`terra.toml` with a name at most, for which a keyring has the password.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from terra.errors import Issue
from terra.model.digest import Digest
from terra.model.module_address import is_namespace
from terra.model.name import Name
from terra.model.project import (
    DEFAULT_FOLDER,
    DEFAULT_SET,
    SET_NAME,
    Credential,
    PluginSet,
    Policy,
    Project,
    RegistryEntry,
    Settings,
    Wanted,
    is_set_name,
)
from terra.model.requirement import ANY, Specifier
from terra.wire import toml

if TYPE_CHECKING:
    from terra.wire.fields import Fields

_SECRETS = ("token", "password", "credentials", "username")
_REQUIREMENT = 'a version requirement such as `">=0.1,<1"`'
_NO_SECRETS = "no secrets in a file of the repository; they go into `config.toml` in the terra home, or netrc"
_WITH_LOGIN = "an address with a password in it"
_OF_TOOLS = ("pypi", "npm")  # kinds of registries whose own tools take credentials in an address
_NAMED = re.compile(r"https?://(?:[^/?#@:%\s]|%(?!3a))+@[^/?#@\s]+(?:[/?#][^@]*)?", re.IGNORECASE)
_ANY_LOGIN = re.compile(r"https?://[^/?#@\s]*@[^/?#@\s]+(?:[/?#].*)?", re.IGNORECASE)
# A user name is how ssh is addressed, and no secret; a password is one.
_GIT = re.compile(r"git::?", re.IGNORECASE)
_GIT_LOGIN = re.compile(r"(?!ssh://[^/?#@:\s]+@)[a-z][a-z0-9+.-]*://[^/?#]*@|[^/?#@]*:[^/?#@]*@", re.IGNORECASE)
_NETLOC = re.compile(r"[a-z][a-z0-9+.-]*://([^/?#]*)", re.IGNORECASE)
_AT_HOME = re.compile(r"(?:(?:file|workspace|git):(?://)?)?~", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_USERINFO = re.compile(r"^[a-z][a-z0-9+.-]*:/{0,2}[^@\s]*:[^@\s]*@|^[a-z][a-z0-9+.-]*://[^/@]*@", re.IGNORECASE)


def read_project(data: bytes, document: str) -> Project:
    """Return the values of a `terra.toml`.

    Raises:
        InvalidDocumentError: With every issue of the document.
    """
    top = toml.decode(data, document)
    _refuse_secrets(top)
    about = top.table("project")
    name = about.text("name")
    default = PluginSet(DEFAULT_SET, _folder(about, "plugins-dir", DEFAULT_FOLDER), _plugins(top.table("plugins")))
    about.unknown()
    sets = _sets(top.table("sets"))
    _refuse_shared_folders(top, (default, *sets))
    project = Project(name, default, sets, _registries(top, users_own=False), _policy(top.table("policy")))
    top.unknown()
    top.finish(document)
    return project


def read_settings(data: bytes, document: str) -> Settings:
    """Return the values of a user's or machine's `config.toml`.

    Raises:
        InvalidDocumentError: With every issue of the document.
    """
    top = toml.decode(data, document)
    network = top.table("network")
    settings = Settings(
        _registries(top, users_own=True),
        _policy(top.table("policy")),
        _credentials(top.table("credentials")),
        network.texts("allow-http"),
    )
    network.unknown()
    top.unknown()
    top.finish(document)
    return settings


def _plugins(table: Fields) -> tuple[Wanted, ...]:
    found = []
    for key in table.keys():  # noqa: SIM118  # not a mapping
        if not Name.is_name(key):
            table.note(key, "a plugin name", key)
            continue
        value = table.raw(key)
        if isinstance(value, str):
            found.append(Wanted(Name(key), table.parsed(key, Specifier.parse, _REQUIREMENT, ANY) or ANY))
        elif isinstance(value, dict):
            found.append(_wanted(Name(key), table.table(key)))
        else:
            table.note(key, _REQUIREMENT + " or a table", value)
    return tuple(found)


def _wanted(name: Name, table: Fields) -> Wanted:
    _refuse_secrets(table)
    wanted = Wanted(
        name,
        table.parsed("version", Specifier.parse, _REQUIREMENT, ANY) or ANY,
        _location(table, "registry"),
        _source(table),
        table.parsed("checksum", Digest.parse, "a checksum such as `sha256-<hex>`"),
        table.texts("exclude"),
    )
    table.unknown()
    return wanted


def _source(table: Fields) -> str | None:
    """Return a direct source; none in a home, which is another's in every clone, and no repository's to name."""
    text = _location(table, "source")
    if text is not None and _AT_HOME.match(text):
        table.issues.append(Issue(table.where("source"), "a path that is relative to terra.toml", f"`{text}`"))
        return None
    return text


def _sets(table: Fields) -> tuple[PluginSet, ...]:
    found = []
    for key in table.keys():  # noqa: SIM118  # not a mapping
        if not is_set_name(key):
            table.note(key, SET_NAME, key)
            continue
        each = table.table(key)
        found.append(PluginSet(key, _folder(each, "dir", f"{key}/plugins"), _plugins(each.table("plugins"))))
        each.unknown()
    return tuple(found)


def _refuse_shared_folders(top: Fields, sets: tuple[PluginSet, ...]) -> None:
    """Each set owns its folder: in a shared one, a plugin of one set would be a file of another."""
    for position, each in enumerate(sets):
        for other in sets[:position]:
            one, two = f"{each.folder.lower()}/", f"{other.folder.lower()}/"
            if one.startswith(two) or two.startswith(one):
                whose = f"the set `{other.name}`" if other.name else "the default set"
                expected = f"a folder apart from that of {whose}, `{other.folder}`"
                top.issues.append(Issue(f"sets.{each.name}.dir", expected, f"`{each.folder}`"))


def _folder(table: Fields, key: str, default: str) -> str:
    folder = table.text(key, default).replace("\\", "/").rstrip("/")
    parts = folder.split("/")
    if (
        not folder
        or folder.startswith(("/", "~"))
        or ":" in folder
        or any(not part or part.startswith(".") for part in parts)
    ):
        table.note(key, "a folder below the project, such as `plugins`", folder)
        return default
    return folder


def _registries(top: Fields, *, users_own: bool) -> tuple[RegistryEntry, ...]:
    table, found = top.table("registries"), []
    for label in table.keys():  # noqa: SIM118  # not a mapping
        each = table.table(label)
        _refuse_secrets(each)
        kind = _kind(each)
        url = _address(each, users_own=users_own) if kind in _OF_TOOLS else _location(each, "url")
        if each.raw("url") is None and kind in (None, "terraform"):
            each.note("url", "the address of the registry", None)
        own = _module_namespace(each) if kind == "terraform" else ""
        found.append(RegistryEntry(label, url, kind, each.texts("namespaces"), each.optional("root-sha256"), own))
        each.unknown()
    return tuple(found)


def _kind(table: Fields) -> str | None:
    """Return a kind other than terra's own, None for that; whether anything answers for it is asked later."""
    kind = table.text("kind")
    if kind and not re.fullmatch(r"[a-z][a-z0-9-]*", kind):
        table.note("kind", "a kind of registry such as `pypi`", kind)
        return None
    return None if kind in ("", "terra") else kind


def _module_namespace(table: Fields) -> str:
    text = table.text("module-namespace")
    if text and not is_namespace(text):
        table.note("module-namespace", "a namespace of a module registry, such as `acme`", text)
        return ""
    return text


def _policy(table: Fields) -> Policy:
    policy = Policy(
        require_checksum=table.flag("require-checksum"),
        require_signature=table.texts("require-signature"),
        allow_sources=_allowed(table, "allow-sources"),
        remote_modules=table.text("remote-modules", "warn", choices=("warn", "refuse")),
        code_blocks=table.text("code-blocks", "warn", choices=("warn", "refuse")),
        allow_files=_allowed(table, "allow-files"),
        edits=table.text("edits", "allow", choices=("allow", "refuse")),
    )
    table.unknown()
    return policy


def _allowed(table: Fields, key: str) -> tuple[str, ...] | None:
    return None if table.raw(key) is None else table.texts(key)


def _credentials(table: Fields) -> tuple[Credential, ...]:
    found = []
    for origin in table.keys():  # noqa: SIM118  # not a mapping
        if not re.fullmatch(r"https?://[^/@]+/?", origin):
            table.note(origin, "an origin such as `https://host`", origin)
            continue
        each = table.table(origin)
        found.append(
            Credential(origin.rstrip("/"), each.optional("token"), each.optional("username"), each.optional("password"))
        )
        each.unknown()
    return tuple(found)


def _address(table: Fields, *, users_own: bool) -> str | None:
    """Return the `url` of a package index, with the credentials that may stand there."""
    text = table.optional("url")
    if text is not None and _is_misleading(text):
        expected = "an address whose name and host do not begin with `-` and hold no control character"
        table.issues.append(Issue(table.where("url"), expected, "another one"))
        return None
    if text is None or not _USERINFO.match(text) or (_ANY_LOGIN if users_own else _NAMED).fullmatch(text):
        return text
    if users_own:
        table.issues.append(
            Issue(table.where("url"), "`https://NAME:PASSWORD@HOST/…`, percent-encoded", "another address with an `@`")
        )
    else:
        table.issues.append(Issue(table.where("url"), _NO_SECRETS, _WITH_LOGIN))
    return None


def _is_misleading(text: str) -> bool:
    """Tell whether a `keyring` that is given the name or the host would take it for one of its options."""
    match = _NETLOC.match(text)
    userinfo, _, host = unquote(match[1] if match else "").rpartition("@")
    return userinfo.startswith("-") or host.startswith("-") or _CONTROL.search(userinfo + host) is not None


def _location(table: Fields, key: str) -> str | None:
    text = table.optional(key)
    if text is not None and _has_login(text):
        table.issues.append(Issue(table.where(key), _NO_SECRETS, "an address with a user name in it"))
        return None
    return text


def _has_login(text: str) -> bool:
    git = _GIT.match(text)
    return _USERINFO.match(text) is not None if git is None else _GIT_LOGIN.match(text, git.end()) is not None


def _refuse_secrets(table: Fields) -> None:
    for key in _SECRETS:
        table.forbid(key, _NO_SECRETS)

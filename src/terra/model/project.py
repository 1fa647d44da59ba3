"""What the user says of a project: the values of `terra.toml` and of `config.toml`."""

from __future__ import annotations

import re

from terra.model.digest import Digest
from terra.model.name import Name
from terra.model.requirement import ANY, Specifier
from terra.model.values import field, replace, value

DEFAULT_SET = ""
DEFAULT_FOLDER = "plugins"
SET_NAME = "a set name of a-z, 0-9 and single hyphens"
_SET_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def is_set_name(text: str) -> bool:
    """Tell whether a set, which is not the default one, may be called that: a folder often is."""
    return _SET_NAME.fullmatch(text) is not None


@value
class Wanted:
    """One line of `[plugins]`: a name with its versions, or with a source of its own."""

    name: Name
    specifier: Specifier = ANY
    registry: str | None = None
    source: str | None = None
    checksum: Digest | None = None
    exclude: tuple[str, ...] = ()


@value
class PluginSet:
    """A folder of vendored plugins with a resolution of its own; the default set has no name."""

    name: str
    folder: str
    plugins: tuple[Wanted, ...] = ()

    def find(self, name: Name) -> Wanted | None:
        """Return the line of `name`, or None."""
        text = name.text  # comparing values would be most of what a large project costs
        return next((wanted for wanted in self.plugins if wanted.name.text == text), None)

    def folder_of(self, name: Name) -> str:
        """Return the folder of a plugin, relative to the project, with `/`."""
        return f"{self.folder}/{name}"

    def with_(self, wanted: Wanted) -> PluginSet:
        """Return this set with `wanted` added, or put in the place of the line of the same name."""
        kept = tuple(line for line in self.plugins if line.name != wanted.name)
        return replace(self, plugins=(*kept, wanted))


@value
class RegistryEntry:
    """A `[registries.LABEL]` table; `url` is None for the index that pip is configured with.

    Attributes:
        module_namespace: Of the kind `terraform`, the namespace of names that have none; else the empty string.
    """

    label: str
    url: str | None = None
    kind: str | None = None
    namespaces: tuple[str, ...] = ()
    root_sha256: str | None = None
    module_namespace: str = ""


@value
class Policy:
    """What may enter a project; a project can only tighten what the machine and the user say."""

    require_checksum: bool = False
    require_signature: tuple[str, ...] = ()
    allow_sources: tuple[str, ...] | None = None
    remote_modules: str = "warn"
    code_blocks: str = "warn"
    allow_files: tuple[str, ...] | None = None
    edits: str = "allow"

    @property
    def refuses_content(self) -> bool:
        """Whether what a payload holds, or who signed it, can be refused."""
        return "refuse" in (self.remote_modules, self.code_blocks) or bool(self.require_signature)

    def tightened(self, other: Policy) -> Policy:
        """Return the policy that holds where both are said: whichever is stricter, field by field."""
        return Policy(
            require_checksum=self.require_checksum or other.require_checksum,
            require_signature=tuple(sorted({*self.require_signature, *other.require_signature})),
            allow_sources=_narrowed(self.allow_sources, other.allow_sources),
            remote_modules="refuse" if "refuse" in (self.remote_modules, other.remote_modules) else "warn",
            code_blocks="refuse" if "refuse" in (self.code_blocks, other.code_blocks) else "warn",
            allow_files=_narrowed(self.allow_files, other.allow_files),
            edits="refuse" if "refuse" in (self.edits, other.edits) else "allow",
        )


def _narrowed(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return what both allow; None allows whatever the other does."""
    if one is None or other is None:
        return other if one is None else one
    return tuple(sorted({*one} & {*other}))


@value
class Project:
    """The values of one `terra.toml`; an absent file is `Project()`."""

    name: str = ""
    default: PluginSet = field(default_factory=lambda: PluginSet(DEFAULT_SET, DEFAULT_FOLDER))
    sets: tuple[PluginSet, ...] = ()
    registries: tuple[RegistryEntry, ...] = ()
    policy: Policy = field(default_factory=Policy)

    @property
    def every_set(self) -> tuple[PluginSet, ...]:
        """The default set, then the others."""
        return (self.default, *self.sets)

    def find_set(self, name: str) -> PluginSet | None:
        """Return the set of this name, the default set for the empty one, or None."""
        return next((each for each in self.every_set if each.name == name), None)


@value
class Credential:
    """What the user's `config.toml` gives for one origin: a bearer token, or a name and a password."""

    origin: str
    token: str | None = field(default_factory=lambda: None, repr=False)
    username: str | None = None
    password: str | None = field(default_factory=lambda: None, repr=False)


@value
class Settings:
    """The values of the user's `config.toml`, or of the machine's."""

    registries: tuple[RegistryEntry, ...] = ()
    policy: Policy = field(default_factory=Policy)
    credentials: tuple[Credential, ...] = ()
    allow_http: tuple[str, ...] = ()

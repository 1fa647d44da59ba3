"""Addresses of git repositories and the names in them: what may reach a command line of git, and what may not.

An address is https, plain http, ssh (as a URL, or as `user@host:path`), or a folder of this machine. Nothing
else is one: no transport helper (`ext::`), no `git://`, nothing that begins with `-` or holds control
characters, and no password. https://git-scm.com/docs/git-fetch#_git_urls
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from terra.errors import UsageError
from terra.model.source import is_path
from terra.model.values import value
from terra.model.version import Version

if TYPE_CHECKING:
    from terra.model.source import Anchor, Locator

_WRITE = "write `git:https://HOST/PATH`, `git:ssh://HOST/PATH` or `git:../FOLDER`"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]")
_SCHEMES = ("https", "http", "ssh", "file", "git")
_USER = re.compile(r"[A-Za-z0-9_.~+][A-Za-z0-9_.~+-]*")
_SCP = re.compile(rf"(?:(?P<user>{_USER.pattern})@)?(?P<host>{_HOST.pattern}):(?P<path>[^-:\s][^\s]*)")
# https://git-scm.com/docs/git-check-ref-format, and nothing that git reads as an expression or an option
_BAD_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|^[-./]|[./]$|^@$")
_VERSION_AT = re.compile(r"(?:^|[-_@])(?=[vV]?[0-9])")


@value
class Remote:
    """Where a repository is.

    Attributes:
        address: As git takes it; of a folder the path, relative to whatever names it.
        protocol: `https`, `http`, `ssh` or `file`, as git names what it speaks.
        host: With the port where one is given; the empty string for a folder.
    """

    address: str
    protocol: str
    host: str = ""

    @classmethod
    def parse(cls, text: str, *, own: bool = False) -> Remote:
        """Return the remote in an address.

        Args:
            text: The address, without `//subdir` and query.
            own: Whether the user's own configuration of git says so, which may hold the login.

        Raises:
            UsageError: It is none that terra hands to git.
        """
        if not text or text.startswith("-") or "?" in text or _CONTROL.search(text):
            raise _refused(text)
        if is_path(text):
            return cls(text, "file")
        if "::" in text.partition("/")[0]:  # a remote helper, which runs a program; `::` in a path is a name
            raise _refused(text)
        return cls._of_url(text, own=own) if "://" in text else cls._of_scp(text)

    @classmethod
    def _of_url(cls, text: str, *, own: bool) -> Remote:
        try:
            parts = urlsplit(text)
            scheme, host, port = parts.scheme, parts.hostname or "", parts.port
        except ValueError:
            raise _refused(text) from None
        if scheme == "file" and not parts.netloc and parts.path.startswith("/"):
            return cls(unquote(parts.path), "file")
        host = f"[{host}]" if ":" in host else host
        if (
            scheme not in ("https", "http", "ssh")
            or not _HOST.fullmatch(host)
            or " " in text
            or parts.path in ("", "/")
        ):
            raise _refused(text)
        if parts.path.startswith("/-") and scheme == "ssh":
            raise _refused(text)
        login = parts.username is not None or parts.password is not None
        if login and not own and (scheme != "ssh" or parts.password or not _USER.fullmatch(parts.username or "")):
            message = f"an address at `{host}` has a user name or password in it"
            raise UsageError(message, hint="git asks its credential helper for them, or ssh its agent")
        return cls(text, scheme, f"{host}:{port}" if port else host)

    @classmethod
    def _of_scp(cls, text: str) -> Remote:
        match = _SCP.fullmatch(text)
        if match is None or text.partition(":")[0].lower() in _SCHEMES:  # half a URL rather than a host
            raise _refused(text)
        return cls(text, "ssh", match["host"])

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return self.protocol == "file"

    @property
    def web_address(self) -> str:
        """The http(s) address whose admission decides whether git may go there; of ssh that of its host."""
        if self.protocol == "ssh":
            return f"https://{self.host.rpartition(':')[0] if re.search(r':[0-9]+$', self.host) else self.host}/"
        return f"{self.protocol}://{self.host}{urlsplit(self.address).path}"

    def beside(self, anchor: Anchor) -> Remote:
        """Return the remote with an absolute path, where it is a folder relative to a document."""
        if not self.is_local or anchor.is_remote:
            return self
        path = os.path.join(anchor.location, os.path.expanduser(self.address))
        return Remote(os.path.normpath(path), "file")

    def __str__(self) -> str:
        return self.address


@value
class Revision:
    """What a `git:` address names: a repository, and a ref or commit in it.

    Attributes:
        ref: A tag, branch or whole commit hash; None for what the repository's HEAD is.
    """

    remote: Remote
    ref: str | None = None

    @classmethod
    def of(cls, locator: Locator) -> Revision:
        """Return the revision that a locator of the scheme `git` names.

        `ref` is read as in Terraform's sources, and `depth` has no meaning here.

        Raises:
            UsageError: It names none.
        """
        address, _, query = locator.location.partition("?")
        pairs = [each.partition("=")[::2] for each in query.split("&") if each]
        unknown = [name for name, _ in pairs if name not in ("ref", "depth")]
        if unknown or len(pairs) != len({name for name, _ in pairs}):
            message = f"`{locator}` has another query than one `?ref=`"
            raise UsageError(message, hint="write `?ref=TAG`, or a branch or a whole commit", subjects=(str(locator),))
        asked = dict(pairs).get("ref")
        ref = None if asked is None else unquote(asked)  # `+` stays: no ref has a space, and versions may have it
        if ref is not None and not is_ref(ref):
            message = f"`{locator}` names no ref: a tag, a branch or a whole commit was expected, got `{ref}`"
            raise UsageError(message, hint="a ref is spelt as `git tag` and `git branch` list it", subjects=(ref,))
        return cls(Remote.parse(address), ref)

    @property
    def commit(self) -> str | None:
        """The ref, where it is a whole commit hash."""
        return self.ref if self.ref is not None and is_commit(self.ref) else None


def is_ref(text: str) -> bool:
    """Tell whether a text can be a tag, a branch or a commit, and nothing else on a command line of git."""
    return bool(text) and _BAD_REF.search(text) is None


def is_commit(text: str) -> bool:
    """Tell whether a text is a whole commit hash: SHA-1 or SHA-256, in lower case."""
    return _HASH.fullmatch(text) is not None


def version_in_tag(tag: str) -> Version | None:
    """Return the version that a tag names, as `v1.2.0`, `vpc/v1.2.0`, `vpc-1.2.0` and `vpc@1.2.0` do; or None."""
    last = tag.rpartition("/")[2]
    match = _VERSION_AT.search(last)
    return Version.read(last[match.end() :]) if match else None


def _refused(text: str) -> UsageError:
    shown = _CONTROL.sub("\ufffd", text)
    is_bare = re.match(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+/", text)
    hint = f"write `git:https://{shown}`" if is_bare else _WRITE
    return UsageError(f"`{shown}` is not an address of a git repository", hint=hint, subjects=(shown,))

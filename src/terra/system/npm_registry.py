"""Registries of npm packages: where one is, and what to show at each address that it names.

terra has no built-in address of one. Where neither a registry of `terra.toml` nor npm's configuration names any,
an installed npm program is asked, in a folder and in a way in which it reads no project's file.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from terra.errors import AuthenticationError, PolicyError, SystemFailureError, UsageError
from terra.model.values import field, value
from terra.ports import Command
from terra.system.credentials import basic
from terra.system.npmrc import NpmSettings, Setting, load_settings
from terra.system.origins import HttpUrl, redacted, split_login

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terra.ports import Reporter, Response, Runner, Transport

_HINT = "write `registry=URL` into `~/.npmrc`, or set `npm_config_registry`"
_NPM_TIMEOUT = 20.0  # seconds
_LIMIT = 64 << 20  # bytes of a document
# What was read in a run, which has one transport: by address, and what was shown there.
_READ: WeakKeyDictionary[Transport, dict[tuple[str, str | None], bytes]] = WeakKeyDictionary()


@value
class NpmRegistry:
    """A registry of npm packages.

    Attributes:
        url: Where it is, without credentials, ending in `/`.
        settings: What may be shown there.
        basic: The Authorization that the address itself carried, for its whole origin.
    """

    url: str
    settings: NpmSettings
    basic: str | None = field(default_factory=lambda: None, repr=False)

    def document_of(self, package: str) -> str:
        """Return the address of a package's document; the `/` of a scoped name is escaped."""
        return self.url + package.replace("/", "%2f")

    def authorization(self, url: str) -> str | None:
        """Return what to show at a URL that the registry, or a document of it, names; None for nothing.

        Nothing goes over plain http, except within this machine or to a registry that is plain http itself.

        Raises:
            UsageError: It is no http(s) URL, or what is there cannot stand in a header.
        """
        target, own = HttpUrl.parse(url), HttpUrl.parse(self.url).origin
        if target.origin.scheme == "http" and not target.origin.is_loopback and target.origin != own:
            return None
        if self.basic is not None and target.origin == own:
            return self.basic
        return self.settings.authorization(target)

    def read(self, package: str, transport: Transport, accept: str, etag: str | None = None) -> Response:
        """Ask for a package's document, in one of the forms that `accept` has.

        Raises:
            FetchError: It could not be had; `AuthenticationError` with where a token can be put.
            PolicyError: Another host answers for it.
        """
        url = self.document_of(package)
        shown = self.authorization(url)
        try:
            response = transport.read(url, limit=_LIMIT, etag=etag, accept=accept, authorization=shown)
        except AuthenticationError as error:
            raise self.not_let_in(error, url) from error
        self.require_own(response.url)
        return response

    def remember(self, package: str, transport: Transport, document: bytes) -> None:
        """Keep a package's document, as the registry has it in this run."""
        url = self.document_of(package)
        _READ.setdefault(transport, {})[url, self.authorization(url)] = document

    def remembered(self, package: str, transport: Transport) -> bytes | None:
        """Return the document that was read in this run and with the same credentials, or None."""
        url = self.document_of(package)
        return _READ.get(transport, {}).get((url, self.authorization(url)))

    def not_let_in(self, error: AuthenticationError, url: str) -> AuthenticationError:
        """Return what to say where a URL that the registry names did not let us in."""
        hint = "look at the token that `.npmrc` has for it: it may have expired, or may not read this package"
        if self.authorization(url) is None:
            hint = how_to_log_in(self.url if url.startswith(self.url) else url)
        return AuthenticationError(error.message, hint=hint, subjects=error.subjects)

    def require_own(self, answered: str) -> None:
        """Refuse a document that another host answered for.

        A registry that sends on whoever asks for what it does not have would make another one the registry.

        Args:
            answered: The address that answered, after redirects.

        Raises:
            PolicyError: It is of another host or port; http that leads to https is the same.
        """
        if HttpUrl.parse(self.url).origin.authority == HttpUrl.parse(answered).origin.authority:
            return
        message = f"`{self.url}` leads to another registry, `{redacted(answered)}`"
        hint = "if that one is meant, name it as the registry; else let this one answer 404 for what it has not"
        raise PolicyError(message, hint=hint, subjects=(self.url,))


class NpmRegistries:
    """The registries of one run, each looked up once; threads share one.

    Args:
        environment: Of the process.
        project: The absolute folder whose `.npmrc` is the project's; None where no project has a say.
        runner: Asks the npm program where nothing else says.
        reporter: Told what of npm's configuration is not honoured.
    """

    def __init__(
        self, environment: Mapping[str, str], project: Path | None, runner: Runner, reporter: Reporter
    ) -> None:
        self._environment = environment
        self._project = project
        self._runner = runner
        self._reporter = reporter
        self._lock = threading.Lock()
        self._settings: NpmSettings | None = None
        self._answer: str | None = None

    def find(self, package: str, address: str | None = None) -> NpmRegistry:
        """Return the registry that has a package.

        Args:
            package: Its name, with its scope.
            address: Of the registry, which may carry credentials; None for the one that npm is configured with.

        Raises:
            UsageError: Nothing says where the registry is, or what says so is no http(s) URL.
            InvalidDocumentError: A file of npm's configuration cannot be read.
        """
        with self._lock:
            if self._settings is None:
                self._settings = load_settings(self._environment, self._project, self._reporter)
            address = address or self._configured(package, self._settings)
            return _registry_at(address, self._settings)

    def _configured(self, package: str, settings: NpmSettings) -> str:
        written = settings.registry_of(package)
        if written is not None:
            return _whole(written)
        self._answer = self._answer or _asked_of_npm(self._runner, self._environment)
        if self._answer is None:
            message = f"`{package}` is an npm package, and nothing says which registry has it"
            raise UsageError(message, hint=_HINT, subjects=(package,))
        return self._answer


def how_to_log_in(url: str) -> str:
    """Return a line that tells where a token for what is below `url` can be put."""
    parsed = HttpUrl.parse(url)
    path = parsed.target.partition("?")[0].rpartition("/")[0]
    return f"put `//{parsed.origin.authority}{path}/:_authToken=TOKEN` into `~/.npmrc`, as `npm login` does"


def _registry_at(address: str, settings: NpmSettings) -> NpmRegistry:
    bare, name, password = split_login(address)
    try:
        url = HttpUrl.parse(bare.rstrip("/") + "/").text
    except UsageError as error:
        raise UsageError(error.message, hint=_HINT, subjects=error.subjects) from None
    return NpmRegistry(url, settings, None if name is None else basic(name, password or ""))


def _whole(written: Setting) -> str:
    if not written.is_whole:
        message = f"the registry `{written.text}` in `{written.place}` names a variable that is not there"
        hint = "write the address itself, or set the variable, which only your own `.npmrc` can name there"
        raise UsageError(message, hint=hint)
    return written.text


def _asked_of_npm(runner: Runner, environment: Mapping[str, str]) -> str | None:
    """Return the registry that the npm program knows; it reads no project's file there."""
    from tempfile import TemporaryDirectory

    from terra.system.programs import find_program

    program = find_program("npm", environment)
    if program is None:
        return None
    with TemporaryDirectory() as empty, suppress(SystemFailureError):
        words = (program, "config", "get", "registry", "--location=global")
        outcome = runner.run(Command(words, Path(empty), environment, _NPM_TIMEOUT))
        answer = outcome.out.strip()
        if outcome.exit == 0 and answer.startswith(("https://", "http://")):
            return answer
    return None

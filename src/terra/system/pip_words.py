"""What pip's words mean: nearly everything that goes wrong ends in "No matching distribution", and its log says why.

pip's text quotes the index, so it is taken apart by patterns and only numbers, versions and addresses of it are
shown; of an address neither the userinfo nor the values of a query.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from terra.errors import (
    AuthenticationError,
    FetchError,
    IntegrityError,
    ResolveError,
    SystemFailureError,
    UnknownPluginError,
    UsageError,
)
from terra.model.values import value
from terra.system.origins import redacted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.errors import TerraError
    from terra.ports import Outcome

_ACCESS = (
    "pip takes them from the URL of the index in your own `config.toml` or `pip.conf`, netrc, or a `keyring` on PATH"
)
_ISSUER = "name the file of its issuer as `cert` in pip's configuration, or in `PIP_CERT`"
_CLIENT = "name the file of your key and certificate as `client-cert` in pip's configuration, or in `PIP_CLIENT_CERT`"
_PROXY = "put name and password into the proxy's URL: `HTTPS_PROXY`, or `proxy` in pip's configuration"
_CONFIGURATION = "`pip config debug` shows pip's settings and where they come from"
_MISSING = "install pip 23.1 or newer beside terra"
_VISIBLE = "some indexes say so of what you may not see; else check the name"
_SHOWN = 20  # versions in a message

# An index has its say in these lines: each pattern looks at the start of a line alone, and never twice.
_PAGE = re.compile(r"^.{0,80}?Could not fetch URL (\S+): (.*) - skipping", re.MULTILINE)
_FILE = re.compile(r"HTTP error (\d{3}) while getting (\S+)")
_OS_ERROR = re.compile(r"due to an (?:OSError|EnvironmentError): (.*)")
_STATUS = re.compile(r"\b(\d{3}) (?:Client|Server) Error\b|too many (\d{3}) error responses")
_HASHES = re.compile(
    r"^[ \t]*+(\S++)[^\n]*+\n[ \t]*+Expected sha256 ([0-9a-f]{64})[\s\S]{0,9999}?\n[ \t]*+Got\s+([0-9a-f]{64})",
    re.MULTILINE,
)
_WANTED = re.compile(
    r"^.{0,120}?satisfies the requirement ([^\s=]+)==(\S++)[^\n]*\(from versions: ([^()\n]*+)\)", re.MULTILINE
)
_SKIPPED = re.compile(r"^.{0,80}?Skipping link: (.{0,1000}?): (https?://\S+)", re.MULTILINE)
_TOO_LARGE = re.compile(r"\[Errno 27\] File too large")
_NO_MEMORY = re.compile(r"^.{0,80}?MemoryError\b|\[Errno 12\] Cannot allocate memory", re.MULTILINE)
_CREDENTIALS = re.compile(r"Found credentials in (netrc|index url|url|keyring)")
_PYTHON = re.compile(r"\S+ Requires-Python ([<>=!~0-9.*, ]{1,60})")
_TAGS = re.compile(r"none of the wheel's tags \(([\w., -]{1,200})\)")
_USERINFO = re.compile(r"(://)[^/\s@]*@")
_BAD_SETTING = 3  # pip's exit code
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _PROXY_LOGIN = "401", "403", "404", "407"


@value
class _Case:
    """One run of pip that failed, with all that it said."""

    text: str
    index: str
    asked: tuple[tuple[str, str], ...]

    @property
    def shown(self) -> str:
        return redacted(self.index)

    @property
    def subject(self) -> tuple[str, str]:
        """The name, and the version or nothing, that pip did not find; else the first."""
        match = _WANTED.search(self.text)
        wanted = (match[1].lower(), match[2]) if match else None
        return next((each for each in self.asked if (each[0].lower(), each[1]) == wanted), self.asked[0])


def explain(ended: Outcome, log: str, asked: Sequence[tuple[str, str]], index: str) -> TerraError:
    """Return the error that a failed run of pip stands for.

    Args:
        ended: How it ended, and what it printed.
        log: What it wrote to its log.
        asked: Names and versions, an empty version meaning any.
        index: The URL of the index, credentials and all.
    """
    case = _Case(f"{ended.out}\n{ended.err}\n{log}", index, tuple(asked))
    error = _not_run(case) or _too_much(ended, case) or _hash_mismatch(case) or _not_reached(case) or _not_there(case)
    return error or _otherwise(ended, case)


def no_wheel(subject: str, index: str) -> TerraError:
    """Return the error for what an index, shown without credentials, has as a source distribution alone."""
    message = f"`{index}` has no wheel of `{subject}`, only a source, which terra does not build"
    return ResolveError(message, hint="its publisher can upload a wheel", subjects=(subject,))


def _not_run(case: _Case) -> TerraError | None:
    if "No module named pip" in case.text:
        return SystemFailureError("pip is not installed", hint=_MISSING)
    if "[Errno 28]" in case.text:
        return SystemFailureError("pip found no space left on the disk", hint="make room in the temporary folder")
    return None


def _too_much(ended: Outcome, case: _Case) -> TerraError | None:
    """Return what to say of a pip that a limit of terra's ended."""
    if _TOO_LARGE.search(case.text):
        return IntegrityError(f"`{case.shown}` sent pip a file that is too large", subjects=(case.shown,))
    if _NO_MEMORY.search(ended.err):
        return IntegrityError(f"`{case.shown}` sent pip more than it may hold in memory", subjects=(case.shown,))
    if ended.exit >= 0:
        return None
    return FetchError(f"pip was ended by signal {-ended.exit} at `{case.shown}`", subjects=(case.shown,))


def _hash_mismatch(case: _Case) -> TerraError | None:
    match = _HASHES.search(case.text)
    if match is None:
        return None
    message = f"`{match[1]}` has another checksum: expected sha256-{match[2]}, got sha256-{match[3]}"
    return IntegrityError(message, subjects=(match[1],))


def _not_reached(case: _Case) -> TerraError | None:
    """Return why a page or a file could not be had, if that is what happened; a missing page is another matter."""
    pages = [(url, reason) for url, reason in _PAGE.findall(case.text) if _status(reason) != _NOT_FOUND]
    files = [(url, f"{status} Client Error") for status, url in _FILE.findall(case.text)]
    broken = [(case.index, reason) for reason in _OS_ERROR.findall(case.text)]
    for url, reason in (*pages, *files, *broken):
        return _reached(case, redacted(url), reason)
    if "not a trusted or secure host" in case.text:
        message = f"pip does not go to `{case.shown}`, which is plain http"
        return FetchError(message, hint="use https, or `trusted-host` of pip's configuration", subjects=(case.shown,))
    if "Skipping page" in case.text and "Content-Type" in case.text:
        message = f"`{case.shown}` is no package index: it answers with something that is no page of one"
        return FetchError(message, hint="check its address; many end in `/simple/`", subjects=(case.shown,))
    return None


def _reached(case: _Case, url: str, reason: str) -> TerraError:
    status = _status(reason)
    lowered = reason.lower()
    if status == _PROXY_LOGIN or "tunnel connection failed: 40" in lowered:
        message = f"the proxy before `{_origin(url)}` asks pip for credentials, or refuses those it was given"
        return AuthenticationError(message, hint=_PROXY, subjects=(url,))
    if "certificate required" in lowered or "certificate_required" in lowered or "handshake failure" in lowered:
        message = f"`{_origin(url)}` asks pip for a client certificate"
        return AuthenticationError(message, hint=_CLIENT, subjects=(url,))
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        return _unauthorized(case, url, status)
    if status is not None:
        return FetchError(f"`{url}` answered pip with status {status}", subjects=(url,))
    if "certificate verify failed" in lowered or "certificate_verify_failed" in lowered:
        match = re.search(r"certificate verify failed: ([\w' -]+)", reason)
        why = f": {match[1].strip()}" if match else ""
        message = f"pip does not accept the certificate of `{_origin(url)}`{why}"
        return FetchError(message, hint=_ISSUER, subjects=(url,))
    hint = f"it may want a client certificate: {_CLIENT}" if "eof occurred" in lowered else None
    return FetchError(f"pip does not reach `{_origin(url)}`: {_cause(lowered)}", hint=hint, subjects=(url,))


def _unauthorized(case: _Case, url: str, status: str) -> TerraError:
    match = _CREDENTIALS.search(case.text)
    if match is None:
        message = f"`{_origin(url)}` asks for credentials, and pip found none (status {status}, `{url}`)"
        return AuthenticationError(message, hint=_ACCESS, subjects=(url,))
    place = "the URL of the index" if "url" in match[1] else match[1]
    message = f"`{_origin(url)}` refuses the credentials that pip found in {place} (status {status}, `{url}`)"
    return AuthenticationError(message, hint="check that they are current and may read this", subjects=(url,))


def _not_there(case: _Case) -> TerraError | None:
    """Return why the index has no such wheel, if that is what happened."""
    if "No matching distribution found" not in case.text:
        return None
    name, version = case.subject
    subject = f"`{name}=={version}`" if version else f"`{name}`"
    skipped = _skipped(case, version)
    for reason in skipped:
        error = _unfit(reason, name, subject)
        if error is not None:
            return error
    if any(reason.startswith("No sources permitted") for reason in skipped):
        return no_wheel(f"{name}=={version}" if version else name, case.shown)
    if any(reason.startswith("yanked") for reason in skipped):
        message = f"every version of `{name}` in `{case.shown}` is yanked"
        return ResolveError(message, hint=f"`{name}==VERSION` takes a yanked one nevertheless", subjects=(name,))
    return _no_version(case, name, version)


def _unfit(reason: str, name: str, subject: str) -> TerraError | None:
    """Return why a wheel that is there cannot be taken here, if that is what the reason is."""
    if match := _PYTHON.match(reason):
        message = f"{subject} needs Python {match[1].strip()}, which this is not"
        return ResolveError(message, hint="run terra with that Python, or ask for another version", subjects=(name,))
    if match := _TAGS.match(reason):
        message = f"the wheel of {subject} is for another platform or Python: {match[1]}"
        return ResolveError(message, hint="a plugin's wheel ends in `-py3-none-any.whl`", subjects=(name,))
    if "upload time" in reason.lower() or "upload-time" in reason:
        message = f"{subject} is too new for `uploaded-prior-to` of pip's configuration"
        return ResolveError(message, hint=_CONFIGURATION, subjects=(name,))
    return None


def _no_version(case: _Case, name: str, version: str) -> TerraError:
    match = _WANTED.search(case.text)
    others = re.findall(r"[\w.!+]+", match[3]) if match and match[3] != "none" else []
    yanked = re.search(r"Ignored the following yanked versions: ([\w.!+, ]+)", case.text)
    others += [f"{each.strip()} (yanked)" for each in yanked[1].split(",")] if yanked else []
    if others or _skipped(case, ""):
        left = len(others) - _SHOWN
        listed = ", ".join(others[-_SHOWN:]) + (f" and {left} more" if left > 0 else "") or "no wheels"
        message = f"`{case.shown}` has no `{name}=={version}`, it has {listed}"
        return ResolveError(message, hint="ask for one of those", subjects=(name,))
    message = f"`{case.shown}` has no distribution `{name}`"
    return UnknownPluginError(message, hint=_VISIBLE, subjects=(name,))


def _skipped(case: _Case, version: str) -> list[str]:
    """Return why files of the distribution, and where one is asked of the version, were passed over."""
    of_version = re.compile(rf"-{re.escape(version)}(?:-|\.(?:tar|zip|whl|tgz))" if version else "")
    found = []
    for reason, url in _SKIPPED.findall(case.text):
        file_name = unquote(urlsplit(url).path).rpartition("/")[2]
        of_name = re.sub(r"[-_.]+", "-", file_name).lower().startswith(re.sub(r"[-_.]+", "-", case.subject[0]).lower())
        if of_name and of_version.search(file_name):
            found.append(reason)
    return found


def _otherwise(ended: Outcome, case: _Case) -> TerraError:
    lines = [line.strip() for line in ended.err.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")] or lines[-1:]
    if errors == ["Exception:"]:
        errors = lines[-1:]
    told = _USERINFO.sub(r"\1", errors[-1])[:300].rstrip(".") if errors else ""
    if ended.exit == _BAD_SETTING or "error: " in told:
        message = f"pip cannot use its configuration{': ' * bool(told)}{told}"
        return UsageError(message, hint=_CONFIGURATION)
    return FetchError(f"pip failed at `{case.shown}`: {told or f'exit {ended.exit}'}", subjects=(case.shown,))


def _cause(reason: str) -> str:
    for sign, said in (
        ("connection refused", "connection refused"),
        ("timed out", "no answer in time"),
        ("timeout", "no answer in time"),
        ("name or service not known", "its name cannot be resolved"),
        ("name resolution", "its name cannot be resolved"),
        ("getaddrinfo", "its name cannot be resolved"),
        ("nodename", "its name cannot be resolved"),
        ("proxy", "the proxy does not let it through"),
        ("eof occurred", "it broke TLS off"),
        ("ssl", "TLS failed"),
        ("reset", "the connection broke"),
        ("aborted", "the connection broke"),
    ):
        if sign in reason:
            return said
    return "the connection failed"


def _status(reason: str) -> str | None:
    match = _STATUS.search(reason)
    return (match[1] or match[2]) if match else None


def _origin(url: str) -> str:
    place = urlsplit(url)
    return f"{place.scheme}://{place.netloc}"

"""What git prints where it fails, as terra's errors; it is told to speak English (`LC_ALL=C`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.errors import AuthenticationError, FetchError, IntegrityError, TerraError

if TYPE_CHECKING:
    from terra.model.git import Remote
    from terra.ports import Outcome

_SHOWN = 300
_SPEAKERS = re.compile(r"^(fatal|error|ssh|remote|curl): *", re.IGNORECASE)
_LOGIN = re.compile(
    r"could not read (Username|Password)|terminal prompts disabled|Authentication failed|Access denied"
    r"|Permission denied|returned error: 40[13]|returned error: 407|unable to get password"
)
_HOST_KEY = re.compile(r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED")
_TOO_LARGE = re.compile(r"File too large|[Oo]ut of memory|Cannot allocate memory")
_GENERAL = "fatal: Could not read from remote repository"  # after ssh said why
_TRANSIENT = re.compile(
    r"early EOF|RPC failed|Connection (reset|timed out)|Operation timed out|unexpected disconnect"
    r"|returned error: (429|5\d\d)|Empty reply from server"
)
_NOT_THERE = re.compile(r"not our ref|couldn't find remote ref|bad object")
_NOT_GIVEN = re.compile(r"unadvertised object|not valid|does not support shallow|dumb http transport")
_HINTS = (
    (
        re.compile(r"transport '[a-z+-]+' not allowed"),
        "an address, a redirect or your `url.*.insteadOf` leads to another protocol than the address says",
    ),
    (re.compile(r"dubious ownership"), "the folder is another user's: make it yours, or fetch it by ssh or https"),
    (re.compile(r"Could not resolve host"), "look at the host's name and at the network"),
    (re.compile(r"not found|does not exist|does not appear to be"), "look at the address; a private one needs a login"),
    (
        re.compile(r"certificate|SSL|TLS", re.IGNORECASE),
        "`http.sslCAInfo` of git's own configuration names an authority",
    ),
)


def failure(remote: Remote, outcome: Outcome) -> TerraError:
    """Return the error for a call towards a remote that did not succeed."""
    said, subjects = _said(outcome), (str(remote),)
    if _HOST_KEY.search(outcome.err):
        hint = f"`ssh {remote.host}` shows its key; git asks nothing here"
        return FetchError(f"the host key of `{remote.host}` is not known to ssh: {said}", hint=hint, subjects=subjects)
    if _LOGIN.search(outcome.err):
        return AuthenticationError(f"`{remote}` does not let git in: {said}", hint=_way_in(remote), subjects=subjects)
    if is_too_large(outcome):
        return sends_too_much(remote)
    advice = next((hint for pattern, hint in _HINTS if pattern.search(outcome.err)), None)
    return FetchError(f"git cannot fetch from `{remote}`: {said}", hint=advice, subjects=subjects)


def sends_too_much(remote: Remote) -> IntegrityError:
    """Return the error for a remote whose objects or refs are more than terra takes."""
    message = f"`{remote}` sends more than git may bring for terra"
    hint = "name a smaller repository, or publish the plugin as an archive"
    return IntegrityError(message, hint=hint, subjects=(str(remote),))


def is_too_large(outcome: Outcome) -> bool:
    """Tell whether a file or the memory of git's would have grown beyond its limit."""
    return _TOO_LARGE.search(outcome.err) is not None


def is_transient(outcome: Outcome) -> bool:
    """Tell whether the same call may succeed when it is made again."""
    return _TRANSIENT.search(outcome.err) is not None


def is_not_there(outcome: Outcome) -> bool:
    """Tell whether the remote was asked for an object or a ref that it does not have."""
    return _NOT_THERE.search(outcome.err) is not None


def is_not_given(outcome: Outcome) -> bool:
    """Tell whether the remote does not give out a commit by its hash, or without its history."""
    return _NOT_GIVEN.search(outcome.err) is not None


def _said(outcome: Outcome) -> str:
    """Return the first line that says what is wrong: what follows it is advice."""
    lines = [line.strip() for line in outcome.err.splitlines() if line.strip()]
    telling = [line for line in lines if not line.lower().startswith(("hint:", "warning:", _GENERAL.lower()))]
    spoken = [line for line in telling if _SPEAKERS.match(line) or _LOGIN.search(line)]
    first = next(iter((*spoken, *telling, *lines)), f"it ended with exit code {outcome.exit}")
    return _SPEAKERS.sub("", first)[:_SHOWN].rstrip(".")


def _way_in(remote: Remote) -> str:
    if remote.protocol == "ssh":
        return f"`ssh-add` gives your key to the agent; `ssh -T -o BatchMode=yes {remote.host}` tries it"
    return "`git config --global credential.helper` names what keeps logins for git; nothing asks for one here"

"""Hold a release against the project's policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import PolicyError

if TYPE_CHECKING:
    from terra.model.interface import Interface
    from terra.model.project import Policy
    from terra.model.release import Release
    from terra.model.stages import Fetched

_REFUSED = "`[policy]` of the project, the user or the machine says so"


def check_source(release: Release, policy: Policy) -> None:
    """Refuse a scheme that is not allowed, before anything is fetched.

    Raises:
        PolicyError: The scheme is not among `allow-sources`.
    """
    # What is installed is a wheel that pip brought.
    scheme = "pypi" if release.source.scheme == "installed" else release.source.scheme
    if policy.allow_sources is not None and scheme not in policy.allow_sources:
        allowed = ", ".join(f"`{each}`" for each in policy.allow_sources) or "none"
        message = f"`{release.source}` comes by `{scheme}`, allowed: {allowed}"
        raise PolicyError(message, hint=f"{_REFUSED}: `allow-sources`", subjects=(release.id,))


def check(release: Release, fetched: Fetched, policy: Policy, interface: Interface) -> list[str]:
    """Refuse what the policy forbids; return what the user should know.

    Raises:
        PolicyError: `require-checksum`, `remote-modules`, `code-blocks` or `require-signature` is not met.
    """
    return [*_check_checksum(release, fetched, policy), *check_content(release, policy, interface)]


def check_content(release: Release, policy: Policy, interface: Interface) -> list[str]:
    """Refuse what the policy forbids of a payload's content and signature; return what the user should know.

    Raises:
        PolicyError: `remote-modules`, `code-blocks` or `require-signature` is not met.
    """
    _check_signature(release, policy)
    _check_unparsed(release, policy, interface)
    return [
        *_check_remote_modules(release, policy, interface),
        *_check_code_blocks(release, policy, interface),
    ]


def _check_signature(release: Release, policy: Policy) -> None:
    namespace, slash, _ = release.name.text.partition("/")
    if "*" in policy.require_signature or (slash and namespace in policy.require_signature):
        message = f"`{release.id}` is not signed"
        raise PolicyError(message, hint=f"{_REFUSED}: `require-signature`", subjects=(release.id,))


def _check_unparsed(release: Release, policy: Policy, interface: Interface) -> None:
    """Refuse what cannot be read where its content matters: it may hold what the policy refuses."""
    keys = [key for key in ("remote_modules", "code_blocks") if getattr(policy, key) == "refuse"]
    if interface.unparsed and keys:
        places = ", ".join(f"`{place}`" for place in interface.unparsed)
        message = f"`{release.id}` has files that do not parse, so what they do is not known: {places}"
        raise PolicyError(message, hint=f"{_REFUSED}: `{keys[0].replace('_', '-')}`", subjects=(release.id,))


def _check_checksum(release: Release, fetched: Fetched, policy: Policy) -> list[str]:
    if release.checksum or release.tree or fetched.is_folder or fetched.promised or release.source.is_local:
        return []
    if policy.require_checksum:
        message = f"`{release.source}` comes without a checksum"
        say = f"`--checksum {fetched.digest}`" if fetched.digest else f"the commit `?ref={fetched.commit}`"
        raise PolicyError(
            message, hint=f"{_REFUSED}: `require-checksum`; these bytes have {say}", subjects=(release.id,)
        )
    if fetched.commit is not None:  # it is a hash of the files, and the lock keeps it
        return []
    return [f"`{release.source}` comes without a checksum: only the lock holds it to these bytes, once it is added"]


def _check_remote_modules(release: Release, policy: Policy, interface: Interface) -> list[str]:
    remote = [call for call in interface.module_calls if call.source is not None and not call.is_local]
    if remote and policy.remote_modules == "refuse":
        places = ", ".join(f"`{call.source}` at {call.place}" for call in remote)
        message = f"`{release.id}` calls modules that are not locked: {places}"
        raise PolicyError(message, hint=f"{_REFUSED}: `remote-modules`", subjects=(release.id,))
    return [
        f"`{release.id}` calls `{call.source}` at {call.place}: terra neither locks nor checks that module"
        for call in remote
    ]


def _check_code_blocks(release: Release, policy: Policy, interface: Interface) -> list[str]:
    blocks = interface.code_blocks
    if blocks and policy.code_blocks == "refuse":
        places = ", ".join(f"`{block.kind}` at {block.place}" for block in blocks)
        message = f"`{release.id}` runs programs: {places}"
        raise PolicyError(message, hint=f"{_REFUSED}: `code-blocks`", subjects=(release.id,))
    return [f"`{release.id}` runs a program on apply or plan: `{block.kind}` at {block.place}" for block in blocks]

"""Addresses in the spelling of go-getter, in which a Terraform module registry says where a module is.

`https://…/x.tar.gz?archive=tar.gz&checksum=sha256:…`, `git::https://…//sub?ref=v1`, `git@host:org/repo.git`,
`github.com/org/repo//sub?ref=v1`, or a path relative to the address that was asked. What terra has no source
for is refused by name: `s3::`, `gcs::`, `hg::`, a path of the server's own machine.
https://developer.hashicorp.com/terraform/language/modules/sources
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urljoin, urlsplit

from terra.errors import UsageError
from terra.model.digest import Digest
from terra.model.form import file_name_of, form_of_source
from terra.model.git import Revision
from terra.model.source import Locator
from terra.model.values import value

_FORCED = re.compile(r"([A-Za-z0-9]+)::(.+)", re.DOTALL)
_RELATIVE = re.compile(r"\.{0,2}/")
_SCP = re.compile(r"git@[^/:]+:[^/].*")  # the one login that go-getter takes for ssh's
_HOSTED = re.compile(r"(?:github\.com|gitlab\.com|bitbucket\.org)/[^/?]+/[^/?]+")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_AFTER_QUERY = re.compile(r"(?<=[?&])((?:archive|checksum)=(?!file:)[^&/]*)//([^?&]*)$")  # as go-getter 1.4 had it
_HEX = re.compile(r"[0-9a-fA-F]+")
_DIGESTS = ("sha256", "sha384", "sha512")
_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_GIT = "git"
_GIT_QUERY = ("ref", "depth")
_WHATEVER = "*"  # `//*`: whichever one folder there is, which terra finds by itself
# What clouds and forges call a right to download that ends: SigV4 and V2 of S3, Google, Azure, CloudFront, tokens.
_SIGNATURE = re.compile(
    r"(?:x-(?:amz|goog)-.*|.*signature|sig|.*[-_]?token|awsaccesskeyid|googleaccessid|policy|key-pair-id|.*secret.*)",
    re.IGNORECASE,
)


@value
class GoGetterAddress:
    """Where a module is.

    Attributes:
        source: As terra's own sources spell it.
        checksum: What the archive must hash to, where the address says so.
        unread: How the address states a checksum that proves nothing or is elsewhere, such as `md5`; else None.
    """

    source: Locator
    checksum: Digest | None = None
    unread: str | None = None

    @classmethod
    def parse(cls, text: str, asked: str) -> GoGetterAddress:
        """Return the address in `text`.

        Args:
            text: As the registry says it.
            asked: The URL that was asked, to which a relative address is relative.

        Raises:
            UsageError: It is none, or terra has no source for it.
        """
        if not text or _CONTROL.search(text):
            message = "the registry names an address that is none"
            raise UsageError(message, hint="its keeper can mend that")
        package, subdir = _split_subdir(text)
        if _RELATIVE.match(package):
            package = urljoin(asked, package)
        forced = _FORCED.fullmatch(package)
        getter, rest = (forced[1].lower(), forced[2]) if forced else ("", package)
        if _HOSTED.match(rest) and getter in ("", _GIT):
            return cls(_hosted(rest, subdir))
        if getter == _GIT or (not getter and _SCP.match(rest)):
            return cls(_git(rest, subdir))
        if getter in ("", "http", "https") and rest.startswith(("https://", "http://")):
            return _archive(rest, subdir)
        raise _refused(rest, getter)


def lasting(source: Locator) -> Locator:
    """Return an address without the signature that lets whoever has it in for a while.

    What is left says where the bytes are; the registry signs it anew for who may have them.
    """
    location, mark, query = source.location.partition("?")
    pairs = query.split("&") if mark else []
    is_signed = any(_SIGNATURE.fullmatch(each.partition("=")[0]) for each in pairs)
    if source.scheme not in ("http", "https") or not is_signed:
        return source
    kept = "&".join(each for each in pairs if each.startswith("archive="))
    return Locator(source.scheme, f"{location}?{kept}" if kept else location, source.subdir)


def _split_subdir(text: str) -> tuple[str, str]:
    """Return an address without its `//subdir`, and that, as go-getter's `SourceDirSubdir` does."""
    late = _AFTER_QUERY.search(text)
    if late is not None:
        text, subdir = text[: late.start()] + late[1], late[2]
        return text, _folder(subdir)
    address, mark, query = text.partition("?")
    scheme = address.find("://")
    at = address.find("//", 0 if scheme < 0 else scheme + len("://"))
    if at <= 0:
        return text, ""
    return f"{address[:at]}{mark}{query}", _folder(address[at + 2 :])


def _folder(text: str) -> str:
    folder = text.strip("/")
    if "\\" in folder or ".." in folder.split("/"):
        message = f"`//{folder}` is no folder of an archive"
        raise UsageError(message, hint="the registry's keeper can mend that", subjects=(folder,))
    return "" if folder == _WHATEVER else folder


def _archive(url: str, subdir: str) -> GoGetterAddress:
    if "@" in urlsplit(url).netloc:
        message = f"an address at `{urlsplit(url).hostname}` has a user name or password in it"
        raise UsageError(message, hint="let the registry sign its addresses, or put the login into your netrc")
    location, _, query = url.partition("#")[0].partition("?")
    pairs = [each for each in query.split("&") if each]
    stated = [unquote(each.partition("=")[2]) for each in pairs if each.startswith("checksum=")]
    kept = [each for each in pairs if not each.startswith("checksum=")]
    if location.lower().endswith(".txz") and not any(each.startswith("archive=") for each in kept):
        kept.append("archive=tar.xz")
    source = Locator(url.partition(":")[0], "?".join([location, *(["&".join(kept)] if kept else [])]), subdir)
    if form_of_source(source) is None:
        message = f"`{file_name_of(source) or location}` is not an archive that terra opens"
        raise UsageError(message, hint="it opens zip, tar, tar.gz and tar.xz", subjects=(location,))
    digest, unread = _checksum(stated[-1]) if stated else (None, None)
    return GoGetterAddress(source, digest, unread)


def _checksum(text: str) -> tuple[Digest | None, str | None]:
    """Return the digest that `checksum=` states, or how it states one that is of no use here.

    https://pkg.go.dev/github.com/hashicorp/go-getter#readme-checksumming
    """
    kind, colon, stated = text.partition(":")
    if not colon:
        kind, stated = _BY_LENGTH.get(len(text), "") if _HEX.fullmatch(text) else "", text
    if kind in _DIGESTS:
        return Digest.parse(f"{kind}-{stated}"), None
    if kind in ("md5", "sha1", "file"):
        return None, kind
    message = f"`checksum={text[:80]}` is not a checksum"
    raise UsageError(message, hint="a registry writes `checksum=sha256:HEX`", subjects=(text,))


def _hosted(address: str, subdir: str) -> Locator:
    """Return `HOST/ORG/REPOSITORY`, which go-getter knows of some hosts to be a repository."""
    path, mark, query = address.partition("?")
    if len(path.rstrip("/").split("/")) > 3:  # noqa: PLR2004  # host, owner, repository
        raise _refused(address)
    repository = path.rstrip("/").removesuffix(".git")
    return _git(f"https://{repository}.git{mark}{query}", subdir)


def _git(address: str, subdir: str) -> Locator:
    location, _, query = address.partition("?")
    pairs = [each for each in query.split("&") if each]
    unknown = sorted({name for each in pairs if (name := each.partition("=")[0]) not in _GIT_QUERY})
    if unknown:  # `sshkey` holds a private key: it is not shown
        message = f"an address of git's has a `{unknown[0]}`, which terra does not hand to git"
        raise UsageError(message, hint="git itself knows how to log in: by its credential helper, or ssh's agent")
    kept = "&".join(each for each in pairs if each.startswith("ref="))
    source = Locator(_GIT, f"{location}?{kept}" if kept else location, subdir)
    if Revision.of(source).remote.is_local:
        raise _refused(location, _GIT)
    return source


def _refused(rest: str, getter: str = "") -> UsageError:
    shown = rest.partition("?")[0].rpartition("@")[2]
    if getter and getter not in (_GIT, "http", "https", "file"):
        message = f"it comes by `{getter}::`, which terra has no source for"
        return UsageError(message, hint="terra takes archives over https, and git", subjects=(getter,))
    if getter in (_GIT, "file") or rest.startswith("file:"):
        message = f"`{shown}` is a path of the registry's own machine"
        return UsageError(message, hint="a registry names archives over https, or git repositories", subjects=(shown,))
    message = f"`{shown}` is not an address of an archive or a git repository"
    return UsageError(message, hint="terra takes archives over https, and git", subjects=(shown,))

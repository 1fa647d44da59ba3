"""The document that an npm registry has of a package: its versions, where their tarballs are, its dist-tags.

https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md. The full document and the
abbreviated one are read alike. A version that is wrong, or that terra cannot order, never hides another.
A document of another package than the one that was asked for is refused. A checksum is a Subresource Integrity
text of sha512, sha384 or sha256; sha1 is none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from terra.errors import IntegrityError, InvalidDocumentError, Issue, UsageError
from terra.model.digest import Digest
from terra.model.values import value
from terra.model.version import Version
from terra.wire.fields import Fields, show
from terra.wire.json_document import decode_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ABBREVIATED = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"
_URL = re.compile(r"https?://[^\s/?#@\\]+(/[^\s\\]*)?")
_ALGORITHMS = ("sha512", "sha384", "sha256")  # strongest first


@value
class PackageVersion:
    """One version of a package.

    Attributes:
        tarball: An http(s) URL, without credentials; perhaps of another origin than the document's.
        integrity: Digests by the strongest algorithm that is there, of which one must fit; none where the
            registry states none.
        deprecated: Why it should no longer be used.
        package: The name that the version itself has; None where the registry leaves it out.
    """

    version: Version
    tarball: str
    integrity: tuple[Digest, ...] = ()
    deprecated: str | None = None
    package: str | None = None


@value
class Packument:
    """What a registry says of a package.

    Attributes:
        versions: Those that can be taken, newest first.
        tags: Versions, as they are written, by dist-tag.
        skipped: Versions, as they are written, that terra cannot order.
        issues: What is wrong with the rest.
    """

    package: str
    versions: tuple[PackageVersion, ...]
    tags: Mapping[str, str]
    skipped: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    description: str = ""
    keywords: tuple[str, ...] = ()

    def find(self, written: str) -> PackageVersion | None:
        """Return the version that is written so, or None."""
        return next((each for each in self.versions if str(each.version) == written), None)

    @property
    def latest(self) -> PackageVersion | None:
        """The version of the dist-tag `latest`, where it is one that can be taken."""
        return self.find(self.tags.get("latest", ""))


def read_packument(data: bytes, document: str, package: str) -> Packument:
    """Return the decoded document.

    Args:
        data: The whole document.
        document: Its URL, for messages.
        package: The name that was asked for.

    Raises:
        InvalidDocumentError: It is no document of a package.
        IntegrityError: It is one of another package.
    """
    decoded = decode_json(data, document)
    if not isinstance(decoded, dict):
        raise InvalidDocumentError(document, [Issue("document", "a table", show(decoded))])
    fields = Fields(decoded)
    name = fields.text("name", package)
    if name != package:
        message = f"`{document}` is of another package: expected `{package}`, got {show(name)}"
        raise IntegrityError(message, subjects=(package,))
    raw = fields.raw("versions")
    versions = fields.table("versions")
    skipped = tuple(text for text in versions.keys() if _ordered(text) is None)  # noqa: SIM118  # no mapping
    found = sorted(_versions(versions, raw if isinstance(raw, dict) else {}), key=lambda each: each.version)
    return Packument(
        package,
        tuple(reversed(found)),
        _tags(fields.raw("dist-tags")),
        skipped,
        tuple(fields.issues),
        _text(fields.raw("description")),
        _texts(fields.raw("keywords")),
    )


def _ordered(text: str) -> Version | None:
    """Return the version in npm's spelling, which is SemVer's, or None where terra cannot order it."""
    version = Version.read(text)
    return version if str(version) == text else None


def _versions(versions: Fields, raw: dict[str, Any]) -> Iterator[PackageVersion]:
    for text, entry in raw.items():
        version = _ordered(text)
        if version is None:
            continue
        if not isinstance(entry, dict):
            versions.note(text, "a table", entry)
            continue
        before = len(versions.issues)
        table = versions.table(text)
        package, dist = table.optional("name"), table.table("dist", required=True)
        tarball = dist.text("tarball", required=len(versions.issues) == before)
        if len(versions.issues) == before and _URL.fullmatch(tarball) is None:
            dist.note("tarball", "an http or https address", tarball)
        if len(versions.issues) > before:
            continue
        deprecated = _deprecation(entry.get("deprecated"))
        yield PackageVersion(version, tarball, _integrity(dist.raw("integrity")), deprecated, package)


def _integrity(text: object) -> tuple[Digest, ...]:
    """Return the digests by the strongest algorithm (https://www.w3.org/TR/SRI/#parse-metadata)."""
    found: list[Digest] = []
    for each in text.split() if isinstance(text, str) else ():
        try:
            found.append(Digest.parse(each.partition("?")[0]))
        except UsageError:  # sha1, md5, or no digest at all
            continue
    for algorithm in _ALGORITHMS:
        strongest = tuple(each for each in found if each.algorithm == algorithm)
        if strongest:
            return strongest
    return ()


def _deprecation(said: object) -> str | None:
    if said is True:
        return "its publisher deprecated it"
    text = _text(said)
    return text or None


def _tags(raw: object) -> dict[str, str]:
    tags = raw if isinstance(raw, dict) else {}
    return {tag: version for tag, version in tags.items() if isinstance(version, str)}


def _text(raw: object) -> str:
    return " ".join(raw.split()) if isinstance(raw, str) else ""


def _texts(raw: object) -> tuple[str, ...]:
    return tuple(each for each in raw if isinstance(each, str)) if isinstance(raw, list) else ()

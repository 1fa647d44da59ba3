"""`pypi:terra-aws-s3==0.1.0`: a wheel from a package index, through pip, one process for all of an index.

The address is the name of a distribution with an exact version or a PEP 440 specifier: no extra, marker, path or
URL. What leaves a choice is the newest version that the index has a wheel of, no pre-release unless the address
names one, and nothing yanked. The index's own page says which versions there are and what the wheels hash to;
where terra may not read it as pip may (a keyring, a client certificate), pip is asked.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from terra.errors import FetchError, IntegrityError, InvalidDocumentError, ResolveError, UsageError
from terra.model.digest import Digest
from terra.model.source import Locator
from terra.model.stages import Fetched
from terra.model.values import replace, value
from terra.model.version import Version
from terra.sources.pypi_versions import admits, newest, offered, read, yanked
from terra.spec import hookimpl
from terra.system import fs
from terra.system.index_credentials import IndexCredentials
from terra.system.origins import redacted
from terra.system.package_index import PackageIndex, require_same_host
from terra.system.parallel import in_parallel
from terra.system.pip import Pinned, Pip
from terra.wire.simple_api import read_simple_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.spec import FetchOrder, FetchTools
    from terra.spec.watched import Offer
    from terra.wire.simple_api import SimplePage

LIMIT = 512 << 20  # bytes of a wheel


@value
class _Choice:
    """The wheel to download for an order, and what the index's page says of its distribution."""

    order: FetchOrder
    pinned: Pinned
    page: SimplePage | None


class PypiSource:
    """Downloads wheels through pip, which has the user's ways to get to an index."""

    schemes = ("pypi",)

    def check(self, order: FetchOrder) -> None:
        """Refuse an address that is not a name with a version or a specifier.

        Raises:
            UsageError: What is wrong with it.
        """
        read(order.locator)

    def fetch(self, order: FetchOrder, tools: FetchTools) -> Fetched:
        """Download one wheel.

        Raises:
            ResolveError: The index has no such distribution, version or wheel.
            FetchError: It could not be had.
            IntegrityError: It is not what was promised, or too large.
        """
        return self.fetch_together([order], tools)[0]

    def fetch_together(self, orders: Sequence[FetchOrder], tools: FetchTools) -> Sequence[Fetched]:
        """Download wheels, by one pip for each index.

        A distribution that is asked for in two versions takes another pip, since one refuses to get both.

        Raises:
            ResolveError: An index has no such distribution, version or wheel.
            FetchError: One could not be had.
            IntegrityError: One is not what was promised, or too large.
        """
        fetched: dict[int, Fetched] = {}
        for number, index in enumerate(dict.fromkeys(order.index for order in orders)):
            places = [place for place, order in enumerate(orders) if order.index == index]
            wheels = _from_index(index, [orders[place] for place in places], tools, tools.quarantine / f"pip-{number}")
            fetched.update(zip(places, wheels, strict=True))
        size = sum(each.size for each in fetched.values())
        tools.progress(size, size)
        return [fetched[place] for place in range(len(orders))]

    def offer(self, order: FetchOrder, tools: FetchTools) -> Offer:
        """Return what the index has now for an address.

        Raises:
            ResolveError: The index has no such distribution.
            FetchError: It could not be reached.
        """
        from terra.spec.watched import Offer

        asked = read(order.locator)
        pip, reader = _index(order.index, tools)
        page = _page(replace(order, checksum=None), reader, tools)
        offers = pip.versions(asked.name) if page is None else offered(page, asked.name)
        try:
            meant = Version.read(newest(offers, asked, order.locator))
        except ResolveError:
            meant = None
        finals = [each for each in map(Version.read, offers) if each is not None and not each.is_prerelease]
        return Offer(meant, max(finals, default=None), yanked=yanked(page, asked.name) if page else ())

    def admits(self, asked: Locator, held: Locator) -> bool:
        """Tell whether the exact version `held` is one of those that `asked` means; names as PEP 503 compares them."""
        wanted, exact = read(asked), read(held)
        if wanted.name != exact.name or asked.subdir != held.subdir or exact.version is None:
            return False
        return admits(wanted, exact.version)


def _from_index(index: str | None, orders: Sequence[FetchOrder], tools: FetchTools, folder: Path) -> list[Fetched]:
    pip, reader = _index(index, tools)
    url = pip.index_url()
    pages = in_parallel([partial(_page, order, reader, tools) for order in orders])
    choices = [_choose(order, page, pip) for order, page in zip(orders, pages, strict=True)]
    tools.reporter.detail(f"pip gets {', '.join(str(each.pinned) for each in choices)} from `{redacted(url)}`")
    wheels: dict[Pinned, Path] = {}
    while left := [each.pinned for each in choices if each.pinned not in wheels]:
        together = list({pinned.distribution: pinned for pinned in reversed(left)}.values())
        wheels.update(zip(together, pip.download(together, folder / str(len(wheels))), strict=True))
    return [_fetched(choice, wheels[choice.pinned]) for choice in choices]


def _index(index: str | None, tools: FetchTools) -> tuple[Pip, PackageIndex]:
    """Return the ways to an index, where terra may go."""
    if index is not None:
        index = IndexCredentials(index, tools.runner, tools.environment).completed()
    pip = Pip(tools.runner, tools.environment, index)
    url = pip.index_url()
    _admit(pip, url, tools)
    return pip, PackageIndex(url, tools.transport, tools.runner, tools.environment)


def _admit(pip: Pip, url: str, tools: FetchTools) -> None:
    """Ask whether pip may be sent there; plain http to where the user's pip goes by itself is the user's own choice."""
    try:
        tools.transport.admit(redacted(url))
    except UsageError:
        if not pip.is_trusted:
            raise


def _page(order: FetchOrder, reader: PackageIndex, tools: FetchTools) -> SimplePage | None:
    """Return the index's page of a distribution, where it is of use and terra can read it.

    Raises:
        IntegrityError: It is too large, for pip too.
        PolicyError: Another host answers for it.
    """
    asked = read(order.locator)
    if asked.version is not None and order.checksum is not None:
        return None
    try:
        page = reader.page_of(asked.name)
        response = reader.read(page)
        require_same_host(page, response.url)
        return read_simple_page(response.body, response.content_type, redacted(response.url))
    except (FetchError, InvalidDocumentError, UsageError) as error:
        tools.reporter.detail(f"left to pip: {error.message}")
        return None


def _choose(order: FetchOrder, page: SimplePage | None, pip: Pip) -> _Choice:
    asked = read(order.locator)
    version = asked.version
    if version is None:
        offers = pip.versions(asked.name) if page is None else offered(page, asked.name)
        version = newest(offers, asked, order.locator)
    wanted = order.checksum.hex if order.checksum is not None and order.checksum.algorithm == "sha256" else None
    return _Choice(order, Pinned(asked.name, version, wanted), page)


def _fetched(choice: _Choice, wheel: Path) -> Fetched:
    from packaging.utils import parse_wheel_filename

    order = choice.order
    announced = wheel.stat().st_size
    if announced > LIMIT:
        message = f"`{wheel.name}` has {announced} bytes, expected at most {LIMIT}"
        raise IntegrityError(message, subjects=(wheel.name,))
    sha256, size = fs.sha256_of(wheel)
    if order.size is not None and order.size != size:
        message = f"`{wheel.name}` has another size: expected {order.size} bytes, got {size}"
        raise IntegrityError(message, subjects=(wheel.name,))
    promised = _check_hash(choice, wheel, Digest.sha256(sha256))
    _, version, *_ = parse_wheel_filename(wheel.name)
    return Fetched(
        wheel,
        "whl",
        order.locator.subdir,
        wheel.name,
        Digest.sha256(sha256),
        size,
        source=Locator("pypi", f"{choice.pinned.distribution}=={version}", order.locator.subdir),
        version=Version.read(str(version)),
        promised=promised,
    )


def _check_hash(choice: _Choice, wheel: Path, digest: Digest) -> bool:
    """Compare a wheel with what the order and the index's page say, and tell whether one of them did."""
    wanted = choice.order.checksum
    files = choice.page.files if choice.page else ()
    listed = next((file.sha256 for file in files if file.filename == wheel.name), None)
    for expected in (wanted, listed):
        got = digest if expected is None or expected.algorithm == "sha256" else fs.digest_of(wheel, expected.algorithm)
        if expected is not None and got != expected:
            message = f"`{wheel.name}` has another checksum: expected {expected}, got {got}"
            raise IntegrityError(message, subjects=(wheel.name,))
    return wanted is not None or listed is not None


@hookimpl
def terra_register_source() -> PypiSource:
    """Hand the source to the host."""
    return PypiSource()

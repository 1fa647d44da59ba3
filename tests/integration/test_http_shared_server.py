"""The client against a hostile server that others wrote, where it stands beside the repository."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from terra.errors import FetchError, IntegrityError, PolicyError
from terra.model.project import Credential
from terra.system.pace import PaceLimits

SCRIPT = Path(__file__).parents[3] / "shared" / "security" / "evil_server.py"
EXPECTED = {
    "/redir-file": PolicyError,
    "/redir-ftp": PolicyError,
    "/redir-loop": FetchError,
    "/bomb-gzip": FetchError,
    "/bomb-gzip2": FetchError,
    "/bomb-chain": FetchError,
    "/short": FetchError,
    "/long": IntegrityError,
    "/both": FetchError,
    "/infinite": IntegrityError,
    "/slow": FetchError,
    "/bighdr": FetchError,
    "/nothing": FetchError,
}
pytestmark = pytest.mark.skipif(
    not SCRIPT.exists(), reason="the hostile server is not beside this checkout, and a clone alone is enough"
)


@pytest.fixture(scope="module")
def ports():
    argv = [sys.executable, "-I", str(SCRIPT)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        yield tuple(int(port) for port in process.stdout.readline().split())
        process.kill()


@pytest.mark.parametrize("path", EXPECTED)
def test_hostile_answer(ports, transport, tmp_path, path):
    reader = transport(pace=PaceLimits(silence=5, rate=100, window=0.6), retries=0)
    with pytest.raises(EXPECTED[path]) as caught:
        reader.download(f"http://127.0.0.1:{ports[0]}{path}", tmp_path / "x", limit=1 << 20, size=1000)
    assert type(caught.value).__mro__[0] is EXPECTED[path] or path == "/nothing"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/redir-cross", "/redir-port"])
def test_token_stays_with_its_origin(ports, transport, path):
    first, second = (f"http://127.0.0.1:{port}" for port in ports)
    reader = transport(configured=(Credential(first, token="s3cr3t"),))
    assert reader.read(first + path, limit=100).body == b"ok"
    log = reader.read(second + "/log", limit=1 << 20).body.decode()
    assert "/hdrs" in log
    assert log.count("s3cr3t") == 1  # at the first hop

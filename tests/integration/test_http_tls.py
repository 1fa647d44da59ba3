"""TLS: who is trusted, who is not and what that is called, from a server of our own and from nginx."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import ssl

import pytest
import trustme

from support.components import nginx
from support.hostile_server import DOCUMENT, hostile_server
from terra.errors import FetchError, UsageError

LIMIT = 1 << 24


@pytest.mark.usefixtures("trusted")
def test_private_authority_is_trusted_when_named(tls_origin, transport):
    assert transport().read(tls_origin.url("/document"), limit=LIMIT).body == DOCUMENT


def test_private_authority_is_not_trusted_else(tls_origin, transport, waits, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(FetchError, match=r"the certificate of `https://localhost:.*` is not accepted") as caught:
        transport().read(tls_origin.url("/document"), limit=LIMIT)
    assert "SSL_CERT_FILE" in caught.value.hint
    assert (tls_origin.seen, waits.slept) == ([], [])


def test_folder_of_certificates(tls_origin, transport, authority_file, tmp_path, monkeypatch):
    from subprocess import run

    from support.components import require

    digest = run(
        [require("openssl"), "x509", "-hash", "-noout", "-in", authority_file], capture_output=True, check=True
    )
    (tmp_path / f"{digest.stdout.decode().strip()}.0").write_bytes(authority_file.read_bytes())
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert transport().read(tls_origin.url("/document"), limit=LIMIT).body == DOCUMENT


def test_certificate_file_that_is_not_there_is_named(tls_origin, transport, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    with pytest.raises(UsageError, match=r"`SSL_CERT_FILE` names .*gone\.pem"):
        transport().read(tls_origin.url("/document"), limit=LIMIT)


@pytest.mark.usefixtures("trusted")
def test_certificate_of_another_host(authority, transport):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("terra.example").configure_cert(context)
    with hostile_server(context, host="localhost") as server, pytest.raises(FetchError, match=r"[Hh]ostname mismatch"):
        transport().read(server.url("/document"), limit=LIMIT)


@pytest.mark.usefixtures("trusted")
def test_certificate_of_the_past(authority, transport):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    authority.issue_cert("localhost", not_before=past, not_after=past).configure_cert(context)
    with hostile_server(context, host="localhost") as server, pytest.raises(FetchError, match="expired"):
        transport().read(server.url("/document"), limit=LIMIT)


@pytest.mark.usefixtures("trusted")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_old_tls_is_refused(authority, transport):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    authority.issue_cert("localhost").configure_cert(context)
    with hostile_server(context, host="localhost") as server, pytest.raises(FetchError, match=r"TLS with .* failed"):
        transport().read(server.url("/document"), limit=LIMIT)


def test_https_spoken_to_a_server_of_plain_http(origin, transport):
    with pytest.raises(FetchError, match=r"TLS with `https://127.0.0.1:.*` failed"):
        transport().read(origin.url("/document").replace("http:", "https:"), limit=LIMIT)


@pytest.mark.component
@pytest.mark.usefixtures("trusted")
def test_nginx_as_a_static_host(transport, tmp_path, server_certificate):
    root = tmp_path / "root"
    root.mkdir()
    archive = os.urandom(5_000_000)
    (root / "aws-s3.tgz").write_bytes(archive)
    (root / "registry.json").write_bytes(DOCUMENT * 1000)
    with nginx(tmp_path / "nginx", root, server_certificate, extra="gzip on; gzip_types application/json;") as url:
        reader = transport()
        first = reader.read(url + "registry.json", limit=LIMIT)
        assert first.body == DOCUMENT * 1000
        assert first.etag
        again = reader.read(url + "registry.json", limit=LIMIT, etag=first.etag)
        assert (again.status, again.body) == (304, b"")
        response = reader.download(url + "aws-s3.tgz", tmp_path / "x", limit=LIMIT, size=len(archive))
        assert response.sha256 == hashlib.sha256(archive).hexdigest()
        held = reader.download(url + "aws-s3.tgz", tmp_path / "y", limit=LIMIT, etag=response.etag)
        assert held.status == 304
    log = (tmp_path / "nginx" / "access.log").read_text()
    assert [line.split('"')[2].split()[0] for line in log.splitlines()] == ["200", "304", "200", "304"]


def test_two_authorities_do_not_mix(transport, tls_origin, tmp_path, monkeypatch):
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with pytest.raises(FetchError, match="not accepted"):
        transport().read(tls_origin.url("/document"), limit=LIMIT)

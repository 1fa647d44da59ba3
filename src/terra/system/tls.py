"""Whom TLS connections trust: the certificates of the system, or those that SSL_CERT_FILE and SSL_CERT_DIR name."""

from __future__ import annotations

import os
import ssl
import sys
from pathlib import Path

from terra.errors import UsageError

_NATIVE = ("darwin", "win32")  # the system's own verifier decides; elsewhere OpenSSL does


def client_context() -> ssl.SSLContext:
    """Return a context that verifies certificate and host name, for TLS 1.2 and newer.

    truststore reads the certificates again for every connection (30 ms with a bundle file) and holds a lock
    during each handshake, so it is asked only where OpenSSL's own default places cannot answer.

    Raises:
        UsageError: SSL_CERT_FILE or SSL_CERT_DIR names nothing that can be read.
    """
    named = {name: os.environ.get(name) or None for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
    for variable, path in named.items():
        _require(variable, path)
    if sys.platform not in _NATIVE and _openssl_finds_certificates():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_default_verify_paths()
    else:
        context = _system_context(named["SSL_CERT_FILE"], named["SSL_CERT_DIR"])
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _system_context(file: str | None, folder: str | None) -> ssl.SSLContext:
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if file or folder:
        context.load_verify_locations(cafile=file, capath=folder)
    return context


def _openssl_finds_certificates() -> bool:
    places = ssl.get_default_verify_paths()
    if places.cafile:
        return True
    return bool(places.capath) and any(entry.suffix == ".0" for entry in Path(places.capath).iterdir())


def _require(variable: str, path: str | None) -> None:
    if path is None or all(os.access(each, os.R_OK) for each in path.split(os.pathsep)):
        return
    message = f"`{variable}` names `{path}`, which cannot be read"
    raise UsageError(message, hint=f"correct `{variable}` in the environment, or unset it", subjects=(path,))

"""A module registry as Terraform knows it, on loopback, which Terraform and terra both read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from support.hostile_server import Handler, HostileServer

SERVICE = "/v1/modules/"


@dataclass
class ModuleRegistry:
    """Answers for modules at a server.

    Attributes:
        server: Where it is; its host's port is in every address.
        token: A bearer token that is asked for, but not for what is below `/archives/`.
        service: What the discovery document names.
    """

    server: HostileServer
    token: str | None = None
    service: str = SERVICE
    _versions: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Serve the discovery document."""
        self.document("/.well-known/terraform.json", lambda: {"modules.v1": self.service})

    @property
    def host(self) -> str:
        """Host and port, as a module's address has them."""
        return f"{self.server.host}:{self.server.port}"

    def document(self, path: str, content: Callable[[], object]) -> None:
        """Serve JSON at a path, to who has the token where one is asked for."""
        self.guarded(
            path, lambda handler: handler.answer(200, json.dumps(content()).encode(), Content_Type="application/json")
        )

    def guarded(self, path: str, route: Callable[[Handler], None]) -> None:
        """Serve a path to who has the token, where one is asked for."""

        def checked(handler: Handler) -> None:
            if self.token is not None and handler.headers["Authorization"] != f"Bearer {self.token}":
                handler.answer(401, b'{"errors":["Unauthorized"]}')
            else:
                route(handler)

        self.server.routes[path] = checked

    def lists(self, module: str, versions: Iterable[str]) -> None:
        """Let a module, `NAMESPACE/NAME/SYSTEM`, have versions that nothing more is said of."""
        known = self._versions.setdefault(module, [])
        known += versions
        listed = {"modules": [{"versions": [{"version": each} for each in known]}]}
        self.document(f"{SERVICE}{module}/versions", lambda: listed)

    def publish(self, module: str, version: str, location: str, *, in_body: bool = False) -> None:
        """Let a version be at a location, said in the header of a 204, or in the body as OpenTofu has it."""
        self.lists(module, [version])
        path = f"{SERVICE}{module}/{version.removeprefix('v')}/download"
        if in_body:
            self.document(path, lambda: {"location": location})
        else:
            self.guarded(path, lambda handler: handler.answer(204, X_Terraform_Get=location))

    def archive(self, path: str, data: bytes) -> str:
        """Serve bytes to whoever asks, and return their path."""
        self.server.routes[path] = lambda handler: handler.answer(200, data)
        return path

    def asked(self, ending: str) -> list[str]:
        """Return the paths of the requests so far that end so, their queries left out."""
        paths = (seen.path.partition("?")[0] for seen in self.server.seen)
        return [path for path in paths if path.endswith(ending)]

"""A plugin of devpi-server that asks everybody for a name and password; devpi by itself lets everybody read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pluggy import HookimplMarker
from pyramid.httpexceptions import HTTPUnauthorized

if TYPE_CHECKING:
    from collections.abc import Callable

hookimpl = HookimplMarker("devpiserver")
_OPEN = ("/+login", "/+api")


def tween_factory(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    """Return a tween (pyramid's word for a layer around every request)."""

    def tween(request: Any) -> Any:
        if request.path_info in _OPEN or request.authenticated_userid:
            return handler(request)
        return HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="devpi"'})

    return tween


@hookimpl
def devpiserver_pyramid_configure(config: Any, pyramid_config: Any) -> None:
    """Put the tween around every request."""
    pyramid_config.add_tween(f"{__name__}.tween_factory")

"""Who may use the new API: carried over from the 1.9 API's ``web.xml`` (host 2.8, 4.2).

5.x takes anybody for an administrator when nothing is set, so there is no default here: what is not known is
an obstacle.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from midonet_migrate.plan.mn_conf.texts import Scalar

PROVIDER_KEY = "cluster.auth.provider_class"
VERSION_KEY = "cluster.auth.keystone.version"
KEYSTONE_CLASS = "org.midonet.cluster.auth.keystone.KeystoneService"
MOCK_CLASS = "org.midonet.cluster.auth.MockAuthService"
KEYSTONE_VERSION = 2
"""1.9 speaks v2.0 only, so that is what the site has; 5.x's own default is 3 (host 2.8)."""

_PROVIDER_PARAMETER = "auth-auth_provider"
_ROLES = {
    "auth-admin_role": "cluster.auth.admin_role",
    "auth-tenant_admin_role": "cluster.auth.tenant_admin_role",
    "auth-tenant_user_role": "cluster.auth.tenant_user_role",
}
_KEYSTONE = {
    "keystone-service_protocol": "cluster.auth.keystone.protocol",
    "keystone-service_host": "cluster.auth.keystone.host",
    "keystone-tenant_name": "cluster.auth.keystone.tenant_name",
    "keystone-admin_token": "cluster.auth.keystone.admin_token",
    "keystone-user_name": "cluster.auth.keystone.user_name",
    "keystone-user_password": "cluster.auth.keystone.user_password",
}
_PORT_PARAMETER, _PORT_KEY = "keystone-service_port", "cluster.auth.keystone.port"


class Authentication(msgspec.Struct, kw_only=True, frozen=True):
    """``settings`` for mn-conf. ``open``: everybody is an administrator, as in 1.9. With an ``obstacle`` the
    settings are not to be used."""

    settings: dict[str, Scalar] = {}
    open: bool = False
    obstacle: str = ""
    remedy: str = ""
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Authentication({sorted(self.settings)}, open={self.open}, obstacle={self.obstacle!r})"


_BY_HAND = "Set cluster.auth.* for MidoNet 5 yourself (mn-conf set -t default), and run this again."


def carried_authentication(parameters: Mapping[str, str]) -> Authentication:
    """The settings of 5.x that correspond to these parameters of ``web.xml`` (by name, values stripped)."""
    provider = parameters.get(_PROVIDER_PARAMETER, "").strip()
    name = provider.rpartition(".")[2]
    if not provider:
        return Authentication(
            obstacle="How the 1.9 API authenticates is not known: its web.xml with auth-auth_provider was not"
            " found.",
            remedy=f"Let this tool read web.xml (run it on the API's host), or: {_BY_HAND}",
        )
    if name == "MockAuthService":
        return Authentication(
            settings={PROVIDER_KEY: MOCK_CLASS},
            open=True,
            warnings=("the 5.x API is open to everybody, as the 1.9 API is (MockAuthService)",),
        )
    if name != "KeystoneService":
        gone = " MidoNet 5 has no vSphere login any more." if "vsphere" in provider.lower() else ""
        return Authentication(
            obstacle=f"The 1.9 API's provider {provider} has no counterpart in MidoNet 5.{gone}",
            remedy=_BY_HAND,
        )
    return _keystone(parameters)


def _keystone(parameters: Mapping[str, str]) -> Authentication:
    settings: dict[str, Scalar] = {PROVIDER_KEY: KEYSTONE_CLASS, VERSION_KEY: KEYSTONE_VERSION}
    for parameter, key in {**_ROLES, **_KEYSTONE}.items():
        value = parameters.get(parameter, "").strip()
        if value:
            settings[key] = value
    port = parameters.get(_PORT_PARAMETER, "").strip()
    if port:
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            return Authentication(
                obstacle=f"{_PORT_PARAMETER} of the 1.9 API's web.xml is '{port}', which is no port.",
                remedy=_BY_HAND,
            )
        settings[_PORT_KEY] = int(port)
    if "cluster.auth.keystone.admin_token" not in settings and not {
        "cluster.auth.keystone.user_name",
        "cluster.auth.keystone.user_password",
    } <= set(settings):
        return Authentication(
            obstacle="The 1.9 API's web.xml holds neither Keystone's admin token nor a user: MidoNet 5 could"
            " not ask Keystone about anybody's token.",
            remedy=_BY_HAND,
        )
    warnings = []
    if "cluster.auth.admin_role" not in settings:
        warnings.append("auth-admin_role is not set in web.xml: no role is an administrator's in 5.x")
    return Authentication(settings=settings, warnings=tuple(warnings))

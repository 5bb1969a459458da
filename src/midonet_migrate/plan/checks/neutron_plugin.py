"""Whether neutron-server may be started against MidoNet 5 (host 2.2)."""

from __future__ import annotations

import re

import msgspec

V2_CLASS = "midonet.neutron.plugin_v2.MidonetPluginV2"
_V2_MODULE = "midonet.neutron.plugin_v2."
_V1_MODULES = ("neutron.plugins.midonet.", "midonet.neutron.plugin_v1.", "midonet.neutron.plugin.")
_ALIAS = "midonet"
_KILO = re.compile(r"(?:\d+:)?(\d+)\.(\d+)")
_FIRST_WITH_V2 = (2015, 1)


class PluginFit(msgspec.Struct, frozen=True):
    """``fits``: neutron-server may be started. ``why`` and ``remedy`` when it may not."""

    fits: bool
    why: str = ""
    remedy: str = ""


def is_v1(core_plugin: str) -> bool:
    """Whether ``core_plugin`` is the plug-in of 1.9. Both classes have one name; the module tells."""
    return core_plugin == _ALIAS or core_plugin.startswith(_V1_MODULES)


def is_v2(core_plugin: str) -> bool:
    """Whether ``core_plugin`` is the plug-in of 5.x. Kilo has no alias for it."""
    return core_plugin.startswith(_V2_MODULE)


def plugin_fits(core_plugin: str, version: str, *, has_module: bool | None = None) -> PluginFit:
    """Whether neutron-server with this ``core_plugin`` works against the API of 5.x.

    ``version``: of the installed ``python-neutron-plugin-midonet``; empty: it is not installed as a package.
    ``has_module``: whether ``midonet.neutron.plugin_v2`` was found on the host; it outweighs the version,
    None: nobody could look.
    """
    if not core_plugin:
        return PluginFit(False, "No file sets core_plugin.", f"Set core_plugin = {V2_CLASS} in [DEFAULT].")
    if is_v1(core_plugin):
        return PluginFit(
            False,
            f"core_plugin is {core_plugin}, the plug-in of MidoNet 1.9: it does not speak with 5.x.",
            f"Set core_plugin = {V2_CLASS} in [DEFAULT].",
        )
    if not is_v2(core_plugin):
        return PluginFit(
            False,
            f"core_plugin is {core_plugin}, which is none of MidoNet's for Kilo.",
            f"If this server is to use MidoNet, set core_plugin = {V2_CLASS} in [DEFAULT].",
        )
    if has_module is False:
        return PluginFit(
            False,
            "The module midonet.neutron.plugin_v2 is not installed.",
            "Install python-neutron-plugin-midonet 2015.1.x of the repository openstack-kilo.",
        )
    if has_module is None and not _ships_v2(version):
        return PluginFit(
            False,
            f"python-neutron-plugin-midonet is {version or 'not installed'}; plugin_v2 comes with 2015.1.0.",
            "Install python-neutron-plugin-midonet 2015.1.x of the repository openstack-kilo.",
        )
    return PluginFit(True)


def _ships_v2(version: str) -> bool:
    """From 2015.1.0 the package has both plug-ins (host 1.1)."""
    found = _KILO.match(version)
    return found is not None and (int(found[1]), int(found[2])) >= _FIRST_WITH_V2

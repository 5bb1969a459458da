"""The REST API inside the cluster process, with the authentication that mn-conf names."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from midonet_lab.midonet5.api.options import Faults
from midonet_lab.midonet5.api.server import Midonet5Api
from midonet_lab.midonet5.cluster.installation import Installation, Keystone
from midonet_lab.midonet5.cluster.log import CLUSTER_LOGGER
from midonet_lab.midonet5.cluster.settings import KEYSTONE, MOCK, ClusterSettings, UnusableSettings
from midonet_lab.midonet5.store import Zoom


@contextmanager
def api_service(
    zoom: Zoom, settings: ClusterSettings, installation: Installation, port: int
) -> Iterator[Midonet5Api]:
    """Serve on ``port``. Raises ``UnusableSettings`` for a provider that is no class of the packages,
    ``OSError`` when the port is taken."""
    logger = logging.getLogger(f"{CLUSTER_LOGGER}.rest-api")
    if settings.provider_class not in KEYSTONE | {MOCK}:
        raise UnusableSettings(f"java.lang.ClassNotFoundException: {settings.provider_class}")
    mock = settings.provider_class == MOCK
    options = msgspec.structs.replace(
        installation.api, path=settings.api_path, auth="mock" if mock else "keystone"
    )
    if mock:
        logger.warning("Authentication is mocked: every request is an administrator's")
    unreachable = not mock and not _reaches(settings, installation.keystone)
    if unreachable:
        logger.error("Keystone does not answer as cluster.auth.keystone has it")
    api = Midonet5Api(zoom, options, Faults(keystone_down=unreachable)).start(installation.api_address, port)
    logger.info("REST API listens on port %d", api.port)
    try:
        yield api
    finally:
        api.stop()


def _reaches(settings: ClusterSettings, keystone: Keystone) -> bool:
    """Whether the settings lead to the site's Keystone, in a version it speaks and with its token."""
    return (
        settings.keystone_version == keystone.version
        and settings.keystone_protocol == keystone.protocol
        and settings.keystone_host in {keystone.host, "localhost"}
        and settings.keystone_port == keystone.port
        and settings.keystone_admin_token == keystone.admin_token
    )

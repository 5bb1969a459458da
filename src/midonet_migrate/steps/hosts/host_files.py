"""Which files of a host are edited on its way to MidoNet 5 (host 1.8, 2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from midonet_migrate.hosts.edited_files import (
    agent_edits,
    cluster_edits,
    endpoint_edits,
    neutron_edits,
    neutron_fits,
    places_of,
)
from midonet_migrate.hosts.file_changes import FileContent
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.repository_files import repository_files
from midonet_migrate.model.hosts import Repositories
from midonet_migrate.plan.edits.model import Finding
from midonet_migrate.plan.edits.url_port import PortRule


class EndpointPlan(msgspec.Struct, kw_only=True, frozen=True):
    """``edits``: of files that name the API. ``findings``: places that are only told."""

    edits: Sequence[FileContent] = ()
    findings: Sequence[Finding] = ()


class NeutronPlan(msgspec.Struct, kw_only=True, frozen=True):
    """What becomes of Neutron's own files. ``fits``: neutron-server would start on 5.x as they are now.

    ``edits`` are made if the operator allows it; otherwise their differences are shown.
    """

    edits: Sequence[FileContent]
    fits: Callable[[], bool]


class HostFiles(msgspec.Struct, kw_only=True, frozen=True):
    """The edits of every host of a site. ``servers``: ZooKeeper's; ``root``: 5.x's."""

    repositories_of_site: Repositories
    servers: str
    root: str
    ports: PortRule = PortRule()

    def repositories(self, parts: HostParts) -> list[FileContent]:
        """Where packages of 5.x come from."""
        family = parts.facts.family
        if family is None:
            return []
        return [
            FileContent.of(
                parts, file.path, file.edit, f"{file.path} is for the packages of MidoNet 5", mode=file.mode
            )
            for file in repository_files(family, self.repositories_of_site)
        ]

    def cluster(self, parts: HostParts) -> list[FileContent]:
        """How cluster and mn-conf find ZooKeeper; made before the package, whose own names 127.0.0.1."""
        return cluster_edits(parts, self.servers, self.root)

    def agent(self, parts: HostParts) -> list[FileContent]:
        """How the agent finds ZooKeeper; its heap settings are in a file of their own, which stays."""
        return agent_edits(parts, self.servers, self.root)

    def endpoints(self, parts: HostParts) -> EndpointPlan:
        """Every file that names the API, with the new port."""
        places = places_of(parts, self.ports)
        return EndpointPlan(edits=endpoint_edits(parts, places, self.ports), findings=places.findings)

    def neutron(self, parts: HostParts) -> NeutronPlan:
        """The plug-in of 5.x in Neutron's own files."""
        places = places_of(parts, self.ports)
        return NeutronPlan(
            edits=neutron_edits(parts, places, self.ports),
            fits=lambda: neutron_fits(parts, places, self.ports),
        )

"""Which hosts a site has, what each is for, and what is installed there."""

from __future__ import annotations

from typing import Literal

import msgspec

from midonet_lab.recipe import Recipe
from midonet_lab.sites.site import Site
from midonet_migrate.model.hosts import Family, Role

FamilyChoice = Literal["debian", "redhat", "mixed"]
OLD_VERSION = "1.9.8"
"""Installed everywhere; the repositories also have a later one."""
CONTROLLER = "controller"
_GATEWAY_PREFIX, _COMPUTE_PREFIX = "gateway-", "compute-"


def default_recipe(choice: FamilyChoice | None) -> Recipe:
    """What a site is made from when nothing is said: with hosts it has one gateway and four compute hosts."""
    return Recipe() if choice is None else Recipe(computes=4, gateways=1)


class SiteHost(msgspec.Struct, kw_only=True, frozen=True):
    """One host, as it is planned."""

    name: str
    role: Role
    family: Family
    midonet_host_id: str = ""

    @property
    def template(self) -> str:
        """Hosts with the same one have the same packages."""
        return f"{self.family.value}-{self.role.value}"


def plan_hosts(site: Site, choice: FamilyChoice) -> list[SiteHost]:
    """A controller, and a host for each live MidoNet host of the site that is a gateway or compute host.

    ``mixed``: every other compute host is of the Red Hat family.
    """
    common = Family.REDHAT if choice == "redhat" else Family.DEBIAN
    hosts = [SiteHost(name=CONTROLLER, role=Role.CONTROLLER, family=common)]
    ordered = sorted(site.midonet.get("host", []), key=lambda host: str(host["name"]))
    for role, prefix in ((Role.GATEWAY, _GATEWAY_PREFIX), (Role.COMPUTE, _COMPUTE_PREFIX)):
        chosen = [
            host for host in ordered if str(host["name"]).startswith(prefix) and host.get("alive", True)
        ]
        for number, host in enumerate(chosen):
            other = choice == "mixed" and role is Role.COMPUTE and number % 2 == 1
            family = Family.REDHAT if other else common
            hosts.append(SiteHost(name=host["name"], role=role, family=family, midonet_host_id=host["id"]))
    return hosts


PACKAGES: dict[Family, dict[Role, tuple[str, ...]]] = {
    Family.DEBIAN: {
        Role.CONTROLLER: (
            *(f"midonet-api={OLD_VERSION}", f"python-midonetclient={OLD_VERSION}", "zkdump", "tomcat7"),
            *("python-neutron-plugin-midonet", "neutron-server", "neutron-dhcp-agent"),
            *("neutron-metadata-agent", "zookeeperd"),
        ),
        Role.GATEWAY: (f"midolman={OLD_VERSION}-1",),
        Role.COMPUTE: (f"midolman={OLD_VERSION}-1", "nova-compute"),
    },
    Family.REDHAT: {
        Role.CONTROLLER: (
            *(f"midonet-api-{OLD_VERSION}", f"python-midonetclient-{OLD_VERSION}", "zkdump", "tomcat"),
            *("python-neutron-plugin-midonet", "openstack-neutron", "openstack-neutron-dhcp"),
        ),
        Role.GATEWAY: (f"midolman-{OLD_VERSION}",),
        Role.COMPUTE: (f"midolman-{OLD_VERSION}", "openstack-nova-compute"),
    },
}
"""What is installed, as the package manager of the family wants it named; dependencies come by themselves."""
SERVICES: dict[Family, dict[Role, tuple[str, ...]]] = {
    Family.DEBIAN: {
        Role.CONTROLLER: (
            *("tomcat7", "neutron-server", "neutron-dhcp-agent", "neutron-metadata-agent", "zookeeper"),
        ),
        Role.GATEWAY: ("midolman",),
        Role.COMPUTE: ("midolman", "nova-compute"),
    },
    Family.REDHAT: {
        Role.CONTROLLER: ("tomcat", "neutron-server", "neutron-dhcp-agent", "neutron-metadata-agent"),
        Role.GATEWAY: ("midolman",),
        Role.COMPUTE: ("midolman", "openstack-nova-compute"),
    },
}
"""What starts with the host."""

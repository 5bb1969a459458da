"""The hosts of a site: who they are, how they are reached, and what is known of each (host 1, 5.1, 6.1)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

INVENTORY_VERSION = 1


class Role(StrEnum):
    """What a host is for (host 3.1). A host may have several roles."""

    CONTROLLER = "controller"
    GATEWAY = "gateway"
    COMPUTE = "compute"
    NSDB = "nsdb"


class Family(StrEnum):
    """Which package manager's world a host belongs to."""

    DEBIAN = "debian"
    """Ubuntu 14.04: apt, upstart and SysV."""
    REDHAT = "redhat"
    """CentOS and RHEL 7: yum, systemd."""


class InitSystem(StrEnum):
    """What starts the services of a host (host 1.3)."""

    UPSTART = "upstart"
    SYSV = "sysv"
    SYSTEMD = "systemd"


class Connection(StrEnum):
    """How commands reach a host."""

    LOCAL = "local"
    SSH = "ssh"


class HostEntry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A host as hosts.yaml describes it. ``name`` is what the operator calls it; it is unique."""

    name: str
    roles: tuple[Role, ...]
    connection: Connection = Connection.SSH
    address: str = ""
    """What ``ssh`` is called with: a name, an address or an alias of ssh_config. Empty: ``name``."""
    user: str = ""
    """Empty: whom ssh_config says."""
    port: int | None = None
    sudo: bool = False
    """Commands are run by ``sudo -n``."""
    midonet_host_id: str = ""
    """The id under which MidoNet knows the host (host 2.7). Empty: it runs no agent."""
    midonet_name: str = ""
    rc_users: tuple[str, ...] = ("root",)
    """Whose ~/.midonetrc names the API."""
    probe: str = ""
    """A command of the site run on this host by the health gate: it must end with 0."""
    bgp_command: str = ""
    """The same for a gateway's BGP, instead of what MidoNet tells of it; before the one of all gateways."""

    @property
    def destination(self) -> str:
        """What ``ssh`` is called with."""
        return self.address or self.name

    @property
    def has_agent(self) -> bool:
        """Whether MidoNet's agent runs there."""
        return bool(self.midonet_host_id)


class RepositoryKey(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A signing key. ``file``: where midonet-migrate runs; ``name``: of the file that the host gets."""

    name: str
    file: str


class RepositoryDefinition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a family's 5.x packages come from (host 1.8): the whole text of a file of our own.

    ``text`` may hold credentials. ``disables``: files whose active entries are switched off meanwhile.
    """

    text: str
    keys: tuple[RepositoryKey, ...] = ()
    disables: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"RepositoryDefinition({len(self.text)} characters, disables={self.disables!r})"


class Substitution(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The classic text substitution in repository files (``mem-1.9`` -> ``midonet-5``), whole words only."""

    old: str
    new: str
    files: tuple[str, ...]


class Repositories(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is installed from where. A family without definition uses the repositories that its hosts have."""

    debian: RepositoryDefinition | None = None
    redhat: RepositoryDefinition | None = None
    substitution: Substitution | None = None

    def of(self, family: Family) -> RepositoryDefinition | None:
        """The definition for a family."""
        return self.debian if family is Family.DEBIAN else self.redhat


class Inventory(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """hosts.yaml."""

    version: int = INVENTORY_VERSION
    hosts: tuple[HostEntry, ...] = ()
    repositories: Repositories = msgspec.field(default_factory=Repositories)

    def with_role(self, *roles: Role) -> list[HostEntry]:
        """The hosts that have any of these roles, in the file's order."""
        return [host for host in self.hosts if set(host.roles) & set(roles)]

    def host(self, name: str) -> HostEntry:
        """A host by its name. Raises ``KeyError``."""
        for entry in self.hosts:
            if entry.name == name:
                return entry
        raise KeyError(name)


class ServiceFacts(msgspec.Struct, kw_only=True, frozen=True):
    """A service as its init system shows it."""

    name: str
    init: InitSystem
    running: bool
    """It has a process, or its init system will give it one again after a crash."""
    enabled: bool
    """It starts with the host."""
    pid: int | None = None
    """Of its main process; None between a crash and the next start, too."""
    state: str = ""
    """In the init system's words: ``start/running``, ``active (running)``, ``failed (start-limit)``."""


class HostFacts(msgspec.Struct, kw_only=True, frozen=True):
    """What a look at a host found. Texts are as the host says them; nothing is guessed."""

    hostname: str
    distribution: str
    """``ID`` of os-release, lower case: ubuntu, centos, rhel."""
    release: str
    family: Family | None
    """None: a distribution that MidoNet 5 has no packages for (host 5.1 ``os``)."""
    architecture: str = ""
    init: InitSystem | None = None
    root: bool = True
    """Whether commands run with root's rights."""
    packages: dict[str, str] = {}
    """Of MidoNet and what it rests on: name -> exact version, as the package manager wants it named."""
    held: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    """Half-installed or half-configured packages."""
    java: dict[str, str] = {}
    """Major version ("7", "8") -> path of its ``java``."""
    java_default: str = ""
    """Path of what ``java`` is now."""
    services: dict[str, ServiceFacts] = {}
    """By role of the service: midolman, midonet-cluster, tomcat, neutron-server, neutron-dhcp-agent,
    neutron-metadata-agent, nova-compute, zookeeper; only those that exist."""
    files: dict[str, str] = {}
    """Config files that exist: path -> sha256; of a symlink: of what it points to."""
    midonet_host_id: str = ""
    disk_free: dict[str, int] = {}
    """Mount point or directory -> free bytes."""
    clock: float = 0.0
    """Its clock minus ours, seconds."""
    config_management: tuple[str, ...] = ()
    """Running agents of puppet, chef, salt: they would revert every edit."""
    clock_error: float = 0.0
    """``clock`` may be wrong by this many seconds: the look took its time."""
    family_reason: str = ""
    """Why ``family`` is None."""
    kernel: str = ""
    java_automatic: bool = True
    """Whether the newest ``java`` is taken by itself, as opposed to one that was chosen."""
    java_broken: dict[str, str] = {}
    """Path of a ``java`` that does not start -> what it says."""
    macs: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    """With prefix length, of all interfaces."""
    listening: tuple[str, ...] = ()
    """``tcp/8181``, ``udp/8899``."""
    memory_total: int = 0
    memory_available: int = 0
    """Bytes."""
    datapath_ports: tuple[str, ...] | None = None
    """Interfaces of the datapath ``midonet``; None: there is none, or it could not be asked."""
    root_keys: dict[str, str] = {}
    """Where a root key of MidoNet is set, file or file and variable -> the root."""
    overrides: tuple[str, ...] = ()
    """Settings of midolman.conf that outrank the central configuration, as ``section.key`` (host 2.6); not
    Cassandra's servers, which every host's file names, and which count in 5.x as they did."""
    core_plugin: str = ""
    """Of neutron.conf; empty: none is set, or there is no neutron.conf."""
    plugin_client: str = ""
    """``[MIDONET] client`` of the plug-in file; empty: the default, which is the API (host 2.3)."""
    plugin_v2: bool | None = None
    """Whether ``midonet.neutron.plugin_v2`` is installed; None: no Python 2, so nobody could use it."""
    api_provider: str = ""
    """``auth-auth_provider`` of the 1.9 API's web.xml (host 2.8)."""
    problems: tuple[str, ...] = ()
    """What could not be found out, and why."""
    details: dict[str, Any] = {}

"""Calling apt and dpkg on a host, which ask nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from midonet_migrate.errors import MigrateError
from midonet_migrate.hosts.packages.apt_errors import busy, explain, is_busy
from midonet_migrate.hosts.packages.calls import PackageCalls
from midonet_migrate.hosts.runner import Completed


class AptCalls(PackageCalls):
    """See :class:`PackageCalls`. apt gives up at once when the lock is held."""

    environment: ClassVar[Mapping[str, str]] = {
        # Their words are translated, and we read them.
        "LC_ALL": "C",
        "LANG": "C",
        "LANGUAGE": "C",
        # Neither debconf nor what hangs on apt asks anything.
        "DEBIAN_FRONTEND": "noninteractive",
        "DEBIAN_PRIORITY": "critical",
        "APT_LISTCHANGES_FRONTEND": "none",
        "APT_LISTBUGS_FRONTEND": "none",
        "UCF_FORCE_CONFFOLD": "1",
        # Services are restarted by us.
        "NEEDRESTART_MODE": "l",
        # Width and colours of a terminal that is not there.
        "TERM": "dumb",
    }

    def _is_busy(self, done: Completed) -> bool:
        return is_busy(done)

    def _busy(self, done: Completed, seconds: float) -> MigrateError:
        return busy(done, seconds)

    def _explain(self, command: str, done: Completed) -> MigrateError:
        return explain(command, done)

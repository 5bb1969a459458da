"""Is midonet-cluster up, and does its importer take part? (imp 4.7)"""

from __future__ import annotations

import msgspec

from midonet_migrate.errors import ApiUnreachable
from midonet_migrate.plan.diagnosis.pulse import Sample
from midonet_migrate.source.midonet.transport import Timeouts, Transient, Transport

_SERVING = frozenset({200, 401})
_TIMEOUTS = Timeouts(connect=2.0, read=3.0, attempts=1)


class Readiness(msgspec.Struct, kw_only=True, frozen=True):
    """What is missing, a sentence each; nothing when the import can begin."""

    missing: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether API, election and marker are all there."""
        return not self.missing


def api_problem(url: str) -> str:
    """Why the 5.x API at ``url`` does not serve; empty if it does.

    200 and 401 both mean that it does. The service object claims to have started even when its port could
    not be bound, so only an answer counts.
    """
    try:
        transport = Transport(url, _TIMEOUTS, server="midonet-cluster")
    except ApiUnreachable as error:
        return error.what
    try:
        status = transport.send("/", {"Accept": "*/*"}).status_code
    except Transient as error:
        return error.final.why or error.final.what
    finally:
        transport.close()
    return "" if status in _SERVING else f"GET / was answered with status {status}"


def readiness(sample: Sample, api: str) -> Readiness:
    """What a look at the importer and :func:`api_problem` come to."""
    missing = []
    if api:
        missing.append(f"the MidoNet 5 API does not answer: {api}")
    if sample.zookeeper:
        missing.append(f"ZooKeeper does not answer: {sample.zookeeper}")
    else:
        if not sample.participants:
            missing.append("no importer takes part in the election")
        if sample.marker is None:
            missing.append("the importer's marker C3POState is not there")
    return Readiness(missing=tuple(missing))

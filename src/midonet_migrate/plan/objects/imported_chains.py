"""What the importer puts into the chains of Neutron, in its order: where rules of users go (imp 3.5-3.9)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import OwnerRecord, Role
from midonet_migrate.model.plan import TaskPlan
from midonet_migrate.plan.derived_ids import (
    Derived,
    derived_id,
    in_chain_id,
    interface_peer_id,
    non_header_rule_id,
    out_chain_id,
    same_subnet_snat_rule_id,
)
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.imported import Imported

Anchor = tuple[str, str]
"""Names a rule that 1.9 and 5.x both make, or a group of them: what it is for, and for which resource."""

ANTI_SPOOF: Anchor = ("anti-spoof", "")
RETURN_FLOW: Anchor = ("return-flow", "")
REST: Anchor = ("rest", "")
GATEWAY_SNAT: Anchor = ("gateway", "snat")
GATEWAY_DROP: Anchor = ("gateway", "drop")
_PORT_ROLES = frozenset({Role.PORT_INBOUND_CHAIN, Role.PORT_OUTBOUND_CHAIN})
_GROUP_ROLES = frozenset({Role.SECURITY_GROUP_INGRESS_CHAIN, Role.SECURITY_GROUP_EGRESS_CHAIN})
_ARP = 2054


class ImportedChains:
    """The rules of imported chains, as anchors in order."""

    def __init__(self, tasks: TaskPlan, imported: Imported) -> None:
        self._imported = imported
        self._data: dict[Anchor, JsonObject] = {}
        self._router_tasks: defaultdict[str, list[tuple[str, JsonObject]]] = defaultdict(list)
        for task in tasks.tasks:
            if task.data_type in {"PORT", "SECURITYGROUP"} and task.type == "CREATE":
                self._data[task.data_type, task.resource_id] = task.data
            elif task.data_type in {"ROUTER", "ROUTERINTERFACE"}:
                self._router_tasks[str(task.data["id"])].append((task.data_type, task.data))
            elif task.data_type == "FLOATINGIP" and task.data.get("router_id"):
                self._router_tasks[str(task.data["router_id"])].append((task.data_type, task.data))

    def anchors(self, role: Role, resource: str) -> list[Anchor] | None:
        """The rules of the chain that has ``role`` for a Neutron resource; ``None`` if they are not known:
        5.4 builds the chains of routers in another way (imp 3.15)."""
        if role in _PORT_ROLES:
            return self._port(role, self._data.get(("PORT", resource), {}))
        if role in _GROUP_ROLES:
            return self._group(role, self._data.get(("SECURITYGROUP", resource), {}))
        return None if self._imported.behaviour.ipv6 else self._router(role, resource)

    @staticmethod
    def _port(role: Role, data: JsonObject) -> list[Anchor]:
        if data.get("port_security_enabled", True) is False:
            return []
        jumps: list[Anchor] = [("group", str(group)) for group in data.get("security_groups") or []]
        guard = [ANTI_SPOOF] if role is Role.PORT_INBOUND_CHAIN else []
        return [*guard, RETURN_FLOW, *jumps, REST]

    @staticmethod
    def _group(role: Role, data: JsonObject) -> list[Anchor]:
        direction = "ingress" if role is Role.SECURITY_GROUP_INGRESS_CHAIN else "egress"
        anchors: list[Anchor] = []
        for rule in data.get("security_group_rules") or []:
            if str(rule.get("direction") or "egress").lower() != direction:
                continue
            anchors.append(("rule", str(rule["id"])))
            if rule.get("port_range_min") is not None or rule.get("port_range_max") is not None:
                anchors.append(("rule", non_header_rule_id(str(rule["id"]))))
        return anchors

    def _router(self, role: Role, router: str) -> list[Anchor]:
        """Floating IPs are put in front, the rest is appended (imp 3.6-3.8)."""
        is_post = role is Role.ROUTER_POST_CHAIN
        chain = out_chain_id(router) if is_post else in_chain_id(router)
        has_snat = self._imported.has("rule", derived_id(Derived.OUT_SNAT_RULE, router))
        front: list[Anchor] = []
        back: list[Anchor] = []
        for data_type, data in self._router_tasks[router]:
            if data_type == "ROUTER":
                if has_snat and data.get("gw_port_id") and GATEWAY_SNAT not in back:
                    back += [GATEWAY_SNAT, GATEWAY_DROP]
            elif data_type == "ROUTERINTERFACE":
                port = str(data["port_id"])
                rule = same_subnet_snat_rule_id(chain, interface_peer_id(port))
                if self._imported.has("rule", rule):
                    back.append(("interface", port))
            elif self._imported.is_associated(str(data["id"])):
                front.insert(0, ("floating", str(data["id"])))
                if is_post and self._imported.behaviour.reverse_dnat_rule:
                    front.insert(0, ("floating-reverse", str(data["id"])))
        return front + back


def anchor_of(draft: ObjectDraft, role: Role, rule: JsonObject, record: OwnerRecord) -> Anchor | None:
    """The anchor that a rule of the 1.9 server stands for."""
    if role in _GROUP_ROLES:
        return ("rule", str(rule["id"]))
    if role in _PORT_ROLES:
        return _port_anchor(draft, rule)
    if record.neutron is not None and record.neutron.kind == "floating_ips":
        return ("floating", record.neutron.id)
    ports: list[Any] = [*(rule.get("inPorts") or []), *(rule.get("outPorts") or [])]
    for key in ports:
        port = draft.owner("port", key)
        if port is not None and port.neutron is not None and port.role is Role.INTERFACE_PEER:
            return ("interface", port.neutron.id)
    if ports and all(draft.owner("port", key) is None for key in ports):
        return None  # left behind by what is gone: the importer makes nothing like it
    return GATEWAY_DROP if rule["type"] == "drop" else GATEWAY_SNAT


def _port_anchor(draft: ObjectDraft, rule: JsonObject) -> Anchor | None:
    if rule["type"] == "jump":
        target = draft.owner("chain", str(rule.get("jumpChainId")))
        return ("group", target.neutron.id) if target is not None and target.neutron is not None else None
    if rule["type"] == "accept":
        return RETURN_FLOW
    return REST if rule.get("dlType") == _ARP and rule.get("invDlType") else ANTI_SPOOF

"""Chains made by hand, and jumps between them and those of the server (old 3.7, 4.4)."""

from __future__ import annotations

from midonet_lab.sites.generator.by_hand import ByHand
from midonet_lab.sites.generator.population import Tenant
from midonet_lab.sites.generator.server_model import Server
from midonet_lab.sites.generator.server_model.ports import ARP, IPV4, IPV6
from midonet_lab.sites.generator.server_model.routing import nat_target
from midonet_migrate.model.keys import JsonObject


class HandMadeChains:
    """Adds chains, and rules to those of a tenant's last VM, its groups and its router."""

    def __init__(self, server: Server, hand: ByHand, tenant: Tenant) -> None:
        self.server = server
        self.hand = hand
        self.tenant = tenant

    def _chain(self, name: str) -> JsonObject:
        return self.hand.make("chain", "user chain", name=name)

    def _vm(self) -> JsonObject:
        return self.server.topology.by_id["port"][self.tenant.vms[-1]["id"]]

    def make(self) -> None:
        """Empty, long, nested and circular chains, jumps into the server's, conditions of every form."""
        hand = self.hand
        self._chain("empty")
        long = self._chain("long")
        for number in range(120):
            ports = {"start": number, "end": number + self.hand.identities.random.randrange(3)}
            hand.rule(long["id"], "one of many", type="drop", dlType=IPV4, nwProto=17, tpSrc=ports)
        nested = [self._chain(f"level-{number}") for number in range(6)]
        for number, chain in enumerate(nested):
            into = nested[(number + 1) % len(nested)]
            target = {
                "jumpChainId": into["id"],
                "jumpChainName": self.hand.identities.random.choice((into["name"], None, "x")),
            }
            hand.rule(chain["id"], "jump", type="jump", **target)
            hand.rule(chain["id"], "jump", at=0, type="jump", nwProto=number, **target)
        vm = self._vm()
        for chain_id in (vm["inboundFilterId"], vm["outboundFilterId"]):
            target = {"jumpChainId": chain_id, "jumpChainName": None}
            hand.rule(nested[0]["id"], "jump into a server-made chain", type="jump", **target)
        chains = (*self.server.router_chains[self.tenant.router["id"]], *self._group_chains())
        for number, chain in enumerate(chains):
            target = {"jumpChainId": nested[1]["id"], "jumpChainName": nested[1]["name"]}
            hand.rule(chain["id"], "jump out of a server-made chain", at=number % 2, type="jump", **target)
        self._conditions(self._chain("conditions"))
        self._translations(self._chain("translations"))

    def _group_chains(self) -> tuple[JsonObject, JsonObject]:
        return self.server.group_chains[self.tenant.vms[-1]["security_groups"][0]]

    def _conditions(self, chain: JsonObject) -> None:
        port, bridge = self._vm(), self.tenant.networks[-1]["id"]
        router = self.tenant.router["id"]
        group = self.tenant.vms[-1]["security_groups"][0]
        inverted = "InPorts OutPorts DlType DlSrc DlDst NwTos NwProto NwSrc NwDst TpSrc TpDst"
        everything: JsonObject = {f"inv{name}": True for name in inverted.split()} | {
            "dlSrc": "02:00:00:00:00:01",
            "dlSrcMask": "ffff.0000.0000",
            "dlDst": "ff:ff:ff:ff:ff:ff",
            "dlDstMask": "0100.0000.0000",
            "dlType": IPV4,
            "nwProto": 6,
            "nwTos": 255,
            "nwSrcAddress": "10.0.0.0",
            "nwSrcLength": 1,
            "nwDstAddress": "10.1.2.3",
            "nwDstLength": 31,
            "tpSrc": {"start": 0, "end": 0},
            "tpDst": {"start": 0, "end": 65535},
            "inPorts": [port["id"]],
            "outPorts": [port["id"]],
            "condInvert": True,
            "matchForwardFlow": True,
        }
        more: tuple[JsonObject, ...] = (
            everything,
            {"tpSrc": {"start": None, "end": 80}, "nwProto": 6, "dlType": IPV4},
            {"tpDst": {"start": 1024, "end": None}, "nwProto": 17, "dlType": IPV4},
            {"traversedDevice": bridge, "invTraversedDevice": True},
            {"traversedDevice": router},
            {"ipAddrGroupSrc": group, "invIpAddrGroupSrc": True, "ipAddrGroupDst": group},
            {"dlType": ARP, "invDlType": True},
            {"dlType": IPV6, "nwProto": 58},
            {"dlType": 0x88CC},
            {"nwProto": 255, "nwTos": 1},
            {"matchReturnFlow": True, "matchForwardFlow": True},
            {"meterName": "\u30e1\u30fc\u30bf", "properties": {"": "", "\u00fc": 'it\'s "so"', "n": "1"}},
            {"nwSrcAddress": "10.1.2.3", "nwSrcLength": 8},
            {"nwDstAddress": "0.0.0.0", "nwDstLength": 0},
            {"condInvert": True},
            *({"fragmentPolicy": policy, "dlType": IPV4} for policy in ("any", "nonheader", "unfragmented")),
            {"fragmentPolicy": "header", "dlType": IPV4, "nwProto": 1, "tpSrc": {"start": 8, "end": 8}},
        )
        for members in more:
            for kind in ("accept", "return"):
                self.hand.rule(chain["id"], "condition", type=kind, **members)

    def _translations(self, chain: JsonObject) -> None:
        several = [
            {"addressFrom": f"10.1.{number}.1", "addressTo": f"10.1.{number}.{9 * number + 1}"}
            | {"portFrom": number * 1000, "portTo": number * 1000 + 999}
            for number in range(4)
        ]
        port = self.tenant.interfaces[-1]["id"]
        peer = self.server.interface_peers[port]["id"]
        for kind in ("snat", "dnat"):
            for action in ("accept", "continue", "return"):
                where: JsonObject = {"outPorts": [peer]} if kind == "snat" else {"inPorts": [peer]}
                more: JsonObject = {"type": kind, "flowAction": action, "natTargets": several}
                self.hand.rule(chain["id"], "several targets", **more, **where)
                more["natTargets"] = nat_target("192.0.2.1", 0, 0)
                self.hand.rule(chain["id"], "one target", dlType=IPV4, nwProto=6, **more)
        for kind in ("rev_snat", "rev_dnat"):
            self.hand.rule(chain["id"], "back", type=kind, flowAction="continue", fragmentPolicy="header")

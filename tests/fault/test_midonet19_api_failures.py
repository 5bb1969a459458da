"""The 1.9 reader against a server that fails in every way a real one does."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from midonet19_sample import (
    BGP,
    BRIDGE,
    CHAIN,
    EMPTY_CHAIN,
    GROUP,
    OTHER_BRIDGE,
    PORT_GROUP,
    ROUTER,
    RULES,
    SUBNET,
    SUBNET_V6,
    UPLINK,
    ZONE,
    sample_site,
)
from midonet_lab.midonet19.options import Fault, Faults, Options
from midonet_lab.midonet19.process import Midonet19Api
from midonet_migrate.errors import ApiUnreachable, AuthenticationFailed
from midonet_migrate.model.snapshot import Vanished
from midonet_migrate.source.midonet.reader import MidonetRead, read_midonet
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.source.midonet.transport import Timeouts

ADMIN = Credentials("admin", "lab", "service")
BELOW_BRIDGE = "dhcp_subnet dhcp_host dhcp_v6_subnet dhcp_v6_host mac_port ip4_mac_pair port"
BOUND = "host_interface_port port_link"
QUICK = Timeouts(attempts=4, backoff=0.01, backoff_limit=0.05)
BRIEF = Timeouts(attempts=2, read=0.3, read_long=0.3, backoff=0.01, backoff_limit=0.02)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Midonet19Api]:
    with Midonet19Api(sample_site(), tmp_path_factory.mktemp("api"), options=Options()) as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(server: Midonet19Api) -> MidonetRead:
    """What a reading without faults gives."""
    return read_midonet(server.url, ADMIN)


@pytest.fixture
def api(server: Midonet19Api, undisturbed: MidonetRead) -> Iterator[Midonet19Api]:
    """The stand-in, counters at zero; faults of the last test are gone, and so are this one's afterwards."""
    server.set_faults(Faults())
    server.statistics(reset=True)
    yield server
    server.set_faults(Faults())
    names = [thread.name for thread in threading.enumerate()]
    assert not any(name.startswith("midonet-api") for name in names), "no thread is left behind"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path="/(bridges|ports|chains/.*/rules)", status=500, times=3),
        Fault(status=503, times=6),
        Fault(status=502, times=6),
        Fault(status=429, times=6),
        Fault(path=".*/(dhcp|arp_table)", kind="reset", times=4),
        Fault(kind="reset", times=8),
        Fault(path="/(ports|hosts)", kind="truncate", times=3),
        Fault(path="/(ports|chains.*)", kind="cut", times=3),
        Fault(path="/routers.*", kind="html", times=3),
        Fault(path="/login", status=503, times=2),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.path}",
)
def test_a_passing_trouble_does_not_change_what_is_read(
    api: Midonet19Api, undisturbed: MidonetRead, fault: Fault
) -> None:
    api.set_faults(Faults(faults=[fault]))
    result = read_midonet(api.url, ADMIN, timeouts=Timeouts(attempts=9, backoff=0.01, backoff_limit=0.05))
    assert result.objects == undisturbed.objects
    assert result.vanished == []
    assert result.findings == []
    assert result.requests > undisturbed.requests


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(path="/routers/.*", status=500, times=-1), "500"),
        (Fault(path="/ports", status=503, times=-1), "503"),
        (Fault(path="/bridges/.*/dhcp", kind="cut", times=-1), "damaged JSON"),
        (Fault(path="/hosts", kind="truncate", times=-1), "no connection"),
        (Fault(path="/vteps", kind="html", times=-1), "not JSON"),
        (Fault(path="/", kind="reset", times=-1), "no connection"),
        (Fault(path="/login", status=503, times=-1), "login"),
    ],
    ids=lambda value: value.kind + value.path if isinstance(value, Fault) else None,
)
def test_a_lasting_trouble_ends_as_unreachable_after_few_attempts(
    api: Midonet19Api, fault: Fault, told: str
) -> None:
    api.set_faults(Faults(faults=[fault]))
    with pytest.raises(ApiUnreachable) as caught:
        read_midonet(api.url, ADMIN, timeouts=QUICK)
    assert told in caught.value.what
    assert caught.value.hint
    assert api.url.split("/")[2] in caught.value.what
    most = max(count for path, count in api.statistics().requests.items() if "GET" in path)
    assert most <= QUICK.attempts * QUICK.attempts


def test_a_server_that_does_not_answer_is_not_waited_for_forever(api: Midonet19Api) -> None:
    api.set_faults(Faults(faults=[Fault(path="/ports", kind="hang", seconds=5, times=-1)]))
    with pytest.raises(ApiUnreachable) as caught:
        read_midonet(api.url, ADMIN, timeouts=BRIEF)
    assert "in time" in caught.value.what


def test_a_server_that_is_not_there_is_unreachable(server: Midonet19Api) -> None:
    with pytest.raises(ApiUnreachable) as caught:
        read_midonet("http://127.0.0.1:1/midonet-api", ADMIN, timeouts=BRIEF)
    assert "127.0.0.1:1" in caught.value.what


def test_zookeeper_away_is_told_as_such(api: Midonet19Api) -> None:
    api.set_faults(Faults(zookeeper_down=True))
    with pytest.raises(ApiUnreachable) as caught:
        read_midonet(api.url, ADMIN, timeouts=QUICK)
    assert "ZooKeeper" in caught.value.hint
    assert caught.value.why == "Can not access topology information"


@pytest.mark.parametrize("announced", [True, False])
def test_connections_that_the_server_closes_do_no_harm(
    api: Midonet19Api, undisturbed: MidonetRead, announced: bool
) -> None:
    api.set_faults(Faults(requests_per_connection=3, announce_close=announced))
    result = read_midonet(api.url, ADMIN, timeouts=Timeouts(attempts=9, backoff=0.01, backoff_limit=0.02))
    assert result.objects == undisturbed.objects


@pytest.mark.parametrize(
    ("key", "record", "kinds"),
    [
        (BRIDGE, Vanished("bridge", f"/bridges/{BRIDGE}", 500), f"bridge {BELOW_BRIDGE} {BOUND}"),
        (OTHER_BRIDGE, Vanished("bridge", f"/bridges/{OTHER_BRIDGE}", 500), "bridge"),
        (
            ROUTER,
            Vanished("router", f"/routers/{ROUTER}", 500),
            "router route port bgp ad_route port_group_port port_link",
        ),
        (
            GROUP,
            Vanished("ip_addr_group", f"/ip_addr_groups/{GROUP}", 404),
            "ip_addr_group ip_addr_group_addr",
        ),
        (ZONE, Vanished("tunnel_zone", f"/tunnel_zones/{ZONE}", 404), "tunnel_zone tunnel_zone_host"),
        (PORT_GROUP, Vanished("port_group", f"/port_groups/{PORT_GROUP}", 500), "port_group port_group_port"),
        (UPLINK, Vanished("port", f"/ports/{UPLINK}", 500), "port bgp ad_route port_group_port"),
        (BGP, Vanished("bgp", f"/bgps/{BGP}", 500), "bgp ad_route"),
        (CHAIN, Vanished("chain", f"/chains/{CHAIN}", 200), "chain rule"),
        (EMPTY_CHAIN, Vanished("chain", f"/chains/{EMPTY_CHAIN}", 200), "chain"),
        (
            f"{BRIDGE}/{SUBNET}",
            Vanished("dhcp_subnet", f"/bridges/{BRIDGE}/dhcp/{SUBNET}", 500),
            "dhcp_subnet dhcp_host",
        ),
        (
            f"{BRIDGE}/{SUBNET_V6}",
            Vanished("dhcp_v6_subnet", f"/bridges/{BRIDGE}/dhcpV6/{SUBNET_V6}", 500),
            "dhcp_v6_subnet dhcp_v6_host",
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Vanished) else None,
)
def test_an_object_that_vanishes_while_reading_is_recorded(
    api: Midonet19Api, undisturbed: MidonetRead, key: str, record: Vanished, kinds: str
) -> None:
    """It and what hung below it are left out; everything else is read as always."""
    api.set_faults(Faults(vanish=[key]))
    result = read_midonet(api.url, ADMIN, timeouts=QUICK)
    assert [(found.kind, found.path) for found in result.vanished] == [(record.kind, record.path)]
    if record.kind != "bridge":  # its lists answer with 404 or 500, whichever comes first (old 1.6)
        assert result.vanished == [record]
    changed = {kind for kind, items in undisturbed.objects.items() if result.objects[kind] != items}
    assert changed == set(kinds.split())
    assert all(len(result.objects[kind]) < len(undisturbed.objects[kind]) for kind in changed)


def test_a_list_of_rules_that_cannot_be_served_is_reported_and_the_rest_is_read(
    api: Midonet19Api, undisturbed: MidonetRead
) -> None:
    api.set_faults(Faults(broken_chains=[CHAIN]))
    result = read_midonet(api.url, ADMIN, timeouts=QUICK)
    (finding,) = result.findings
    assert (finding["rule"], finding["level"], finding["id"]) == ("source.rules-unreadable", "error", CHAIN)
    assert result.objects["rule"] == []
    assert len(undisturbed.objects["rule"]) == len(RULES)
    assert result.objects["chain"] == undisturbed.objects["chain"]


def test_expired_tokens_lead_to_one_login_for_all_threads(
    api: Midonet19Api, undisturbed: MidonetRead
) -> None:
    """401 from the middle of the reading on, until somebody has logged in again."""
    expiry = Fault(path="/(?!login).*", status=401, skip=10, times=1)
    api.set_faults(Faults(delay=0.01, faults=[expiry]))
    result = read_midonet(api.url, ADMIN, timeouts=QUICK)
    assert result.objects == undisturbed.objects
    assert api.statistics().logins == 2


def test_short_lived_tokens_are_renewed_as_often_as_needed(tmp_path_factory: pytest.TempPathFactory) -> None:
    options = Options(token_uses=15)
    directory = tmp_path_factory.mktemp("short")
    with Midonet19Api(sample_site(), directory, options=options) as api:
        result = read_midonet(api.url, ADMIN, timeouts=QUICK, threads=2)
        statistics = api.statistics()
    assert len(result.objects["rule"]) == len(RULES)
    served = statistics.total - statistics.logins
    assert served // 17 <= statistics.logins <= served // 15 + 1
    assert statistics.logins > 2


def test_wrong_password_is_an_authentication_error_after_one_login(api: Midonet19Api) -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        read_midonet(api.url, Credentials("admin", "wrong", "service"), timeouts=QUICK)
    assert api.statistics().logins == 1
    assert "wrong" not in caught.value.what + caught.value.why + caught.value.hint


def test_no_credentials_for_a_server_with_keystone_is_an_authentication_error(api: Midonet19Api) -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        read_midonet(api.url, None, timeouts=QUICK)
    assert "login" in caught.value.what


def test_an_unknown_project_is_explained(api: Midonet19Api) -> None:
    with pytest.raises(ApiUnreachable) as caught:
        read_midonet(api.url, Credentials("admin", "lab", "elsewhere"), timeouts=QUICK)
    assert "project" in caught.value.hint


def test_keystone_away_in_the_middle_is_bridged_when_it_comes_back(
    api: Midonet19Api, undisturbed: MidonetRead
) -> None:
    api.set_faults(Faults(keystone_down=True))
    token_server = Timeouts(attempts=30, backoff=0.05, backoff_limit=0.1)
    with pytest.raises(AuthenticationFailed):
        read_midonet(api.url, ADMIN, timeouts=token_server)
    hiccup = Fault(path="/(?!login).*", status=401, skip=5, times=20)
    api.set_faults(Faults(faults=[hiccup]))
    assert read_midonet(api.url, ADMIN, timeouts=token_server).objects == undisturbed.objects

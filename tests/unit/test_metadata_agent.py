"""What Neutron's metadata agent knows of Nova (host 2.1, 4.2)."""

from __future__ import annotations

import pytest

from midonet_migrate.settings.metadata_agent import METADATA_AGENT_INI, MetadataAgent, read_metadata_agent
from midonet_migrate.settings.values import Secret

NEUTRON_CONF = "/etc/neutron/neutron.conf"
KEY = "metadata_proxy_shared_secret"


def read(text: str, neutron: str = "") -> MetadataAgent:
    return read_metadata_agent({NEUTRON_CONF: neutron, METADATA_AGENT_INI: text})


def test_kilos_names_and_defaults() -> None:
    found = read(f"[DEFAULT]\nnova_metadata_ip = controller\n{KEY} = s3cret\n")
    assert found == MetadataAgent(url="http://controller:8775", secret=Secret("s3cret"))
    assert "s3cret" not in repr(found)


def test_every_option_of_the_address_counts() -> None:
    """The newer name wins over the older one; case of the protocol does not matter."""
    found = read(
        "[DEFAULT]\nnova_metadata_ip = old\nnova_metadata_host = nova.example.org\n"
        f"nova_metadata_port: 8776\nnova_metadata_protocol = HTTPS\n{KEY} = x\n"
    )
    assert found.url == "https://nova.example.org:8776"


@pytest.mark.parametrize("host", ["2001:db8::5", "[2001:db8::5]"])
def test_ipv6_addresses_are_bracketed(host: str) -> None:
    assert read(f"[DEFAULT]\nnova_metadata_ip = {host}\n{KEY} = x\n").url == "http://[2001:db8::5]:8775"


def test_values_are_read_as_oslo_reads_them() -> None:
    """Quotes, '$$', references to neutron.conf, the last assignment; what is commented out or elsewhere is
    not there."""
    found = read(
        "[agent]\nnova_metadata_ip = elsewhere\n[DEFAULT]\n# nova_metadata_ip = commented\n"
        f'nova_metadata_ip = $my_nova\n{KEY} = first\n{KEY} = "a$$b#c"\n',
        neutron="[DEFAULT]\nmy_nova = 192.0.2.7\nnova_metadata_port = 9000\n",
    )
    assert found == MetadataAgent(url="http://192.0.2.7:9000", secret=Secret("a$b#c"))


@pytest.mark.parametrize("host", ["", "127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]", "0.0.0.0"])
def test_an_address_of_the_controller_itself_is_none(host: str) -> None:
    """Neutron's default is 127.0.0.1: for an agent on a compute host that is the compute host."""
    line = f"nova_metadata_ip = {host}\n" if host else ""
    found = read(f"[DEFAULT]\n{line}{KEY} = x\n")
    assert found.url is None
    assert found.secret == Secret("x")
    assert len(found.problems) == 1
    assert found.problems[0].startswith("nova_metadata_ip names the host itself")


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "²"])
def test_a_port_that_is_none_is_told(port: str) -> None:
    found = read(f"[DEFAULT]\nnova_metadata_ip = c\nnova_metadata_port = {port}\n{KEY} = x\n")
    assert (found.url, found.problems) == (None, ("nova_metadata_port is no port",))


def test_an_unknown_protocol_is_told() -> None:
    found = read(f"[DEFAULT]\nnova_metadata_ip = c\nnova_metadata_protocol = ftp\n{KEY} = x\n")
    assert (found.url, found.problems) == (None, ("nova_metadata_protocol is neither http nor https",))


@pytest.mark.parametrize("line", ["", f"{KEY} =\n", f"#{KEY} = commented\n"])
def test_no_secret_is_told(line: str) -> None:
    found = read(f"[DEFAULT]\nnova_metadata_ip = c\n{line}")
    assert (found.secret, found.problems) == (None, (f"{KEY} is not set",))


def test_problems_never_show_the_secret() -> None:
    """A '$' in it that was not doubled; a line that is no assignment."""
    for text in (f"{KEY} = s3c$ret\n", f"{KEY} s3cret\n"):
        found = read(f"[DEFAULT]\nnova_metadata_ip = c\n{text}")
        assert found.secret is None
        assert len(found.problems) == 1
        assert "ret" not in found.problems[0].replace("shared_secret", "").replace("interpret", "")

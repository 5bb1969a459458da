"""What the MidoNet 1.9 server makes of Neutron's objects (old 4): Neutron dicts in, 1.9 objects out."""

from midonet_lab.sites.generator.server_model.replay import replay
from midonet_lab.sites.generator.server_model.state import History, Server

__all__ = ["History", "Server", "replay"]

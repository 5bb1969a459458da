"""Move a running MidoNet 1.9 + OpenStack Neutron (Kilo) site to MidoNet 5, and back."""

__version__ = "0.1.0"

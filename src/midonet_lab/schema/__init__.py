"""The tables of a Kilo Neutron database: Neutron's own, those of LBaaS v1, those of MidoNet's plug-in."""

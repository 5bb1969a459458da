"""Who made each object of the old site, and what users changed on Neutron's objects (old 4, design D4).

Nothing in MidoNet 1.9 marks what the server made for Neutron. So it is recomputed from Neutron's resources,
found in the snapshot by id, linkage and content, and subtracted; the rest is the operator's, the hosts' or
runtime state. Names alone decide nothing.
"""

from midonet_migrate.plan.ownership.all_rules import classify

__all__ = ["classify"]

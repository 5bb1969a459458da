"""A deterministic generator of consistent old sites: Neutron rows, the 1.9 topology, and who made what."""

from midonet_lab.sites.generator.assemble import Generated, generate, generate_with_dicts
from midonet_lab.sites.generator.specification import SIZES, Flavour, SiteSpec, Size, scaled

__all__ = ["SIZES", "Flavour", "Generated", "SiteSpec", "Size", "generate", "generate_with_dicts", "scaled"]

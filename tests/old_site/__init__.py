"""A small model of a 1.9 site: each method asks Neutron for something and writes what the server would write.

Independent of the product's rules: written the way the server works, step by step, from (old 4). Objects made
by hand are added with :meth:`OldSite.add` and the helpers of ``objects.py``. Rules leave unset members out.
"""

from __future__ import annotations

from old_site.balancing import OldSite
from old_site.objects import TENANT

__all__ = ["TENANT", "OldSite"]

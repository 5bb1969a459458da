"""The Neutron half of an old site, read from its database (db 1, 2)."""

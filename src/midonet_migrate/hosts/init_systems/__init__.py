"""Upstart, SysV and systemd: what they say of a service, and how they are told (host 1.3)."""

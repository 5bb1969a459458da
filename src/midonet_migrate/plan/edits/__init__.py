"""Exact edits of configuration files (host 2): of one known setting, and of nothing else. Pure: bytes in,
bytes out, with what was changed so that each single edit can be taken back."""

"""Looking at a host: one script, and what its answer means (host 5.1)."""

"""Pure functions from Snapshot to Plan. No I/O."""

"""Reading the old site into a Snapshot."""

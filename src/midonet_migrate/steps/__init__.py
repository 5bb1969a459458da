"""One file per phase of the procedure."""

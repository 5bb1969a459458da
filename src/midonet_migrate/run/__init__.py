"""The run directory: atomic files, journal, locks, confirmation, progress."""

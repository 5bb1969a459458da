"""Practice sites: recorded from real servers or generated."""

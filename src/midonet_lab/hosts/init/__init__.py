"""Process 1 of a host: starts, watches and stops its services, and answers the commands for it."""

"""What stands in for the services of a host, each in a process of its own."""

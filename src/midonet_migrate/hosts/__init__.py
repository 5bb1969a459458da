"""What happens on a host: commands, mn-conf, services."""

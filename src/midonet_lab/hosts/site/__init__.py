"""The hosts of a practice site: a controller, and every gateway and compute host that runs an agent."""

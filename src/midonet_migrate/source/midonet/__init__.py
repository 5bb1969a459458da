"""Reading the MidoNet 1.9 REST API."""

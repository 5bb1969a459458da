"""Writing through the REST API of MidoNet 5."""

"""A stand-in for the REST API of MidoNet 5.2.1 and 5.0.2 on the store of the lab (new 1, 2)."""

"""The settings of MidoNet 5, made from those of 1.9. Pure."""

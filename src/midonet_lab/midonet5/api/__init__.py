"""The REST API of 5.x."""

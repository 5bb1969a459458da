"""Connections to the Neutron database, and what its errors mean to an operator."""

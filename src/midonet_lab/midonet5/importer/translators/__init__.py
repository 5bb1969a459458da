"""Translators from Neutron's objects to MidoNet's topology, one class per data type (imp 3)."""

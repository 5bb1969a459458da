"""The Neutron importer, with C3PO's semantics."""

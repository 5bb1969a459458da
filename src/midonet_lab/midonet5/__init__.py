"""Stand-ins for MidoNet 5: its store, importer, REST API, mn-conf and cluster process."""

"""Stand-in for the process midonet-cluster: mn-conf's settings, the REST API and the importer."""

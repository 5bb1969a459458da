"""The process midonet-cluster."""

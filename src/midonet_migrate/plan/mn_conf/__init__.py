"""The new site's configuration: what goes into mn-conf of MidoNet 5, and where it comes from (host 4)."""

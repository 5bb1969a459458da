"""Stand-in for the MidoNet 1.9 REST API server: serves any :class:`~midonet_lab.sites.site.Site`."""

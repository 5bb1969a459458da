"""Pure rules: whether a host is ready, whether an agent is healthy, whether Neutron's plug-in fits."""

"""A complete practice site on one machine: real MariaDB and ZooKeeper, stand-ins for the rest."""

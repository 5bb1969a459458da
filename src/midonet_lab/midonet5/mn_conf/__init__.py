"""Stand-in for the command ``mn-conf`` of MidoNet 5 (imp 4.3-4.5, host 4.1): HOCON texts in ZooKeeper."""

"""ZooKeeper: sessions, locks, and what backup and rollback need."""

"""ZOOM: objects with bindings in a real ZooKeeper."""

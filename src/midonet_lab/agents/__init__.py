"""What running MidoNet agents keep in ZooKeeper: nodes that last as long as their session."""

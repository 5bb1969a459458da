"""The ZooKeeper side of a MidoNet 1.9 site: its tree as plain data, and writing it to a server."""

from midonet_lab.zookeeper_tree.build import build_tree
from midonet_lab.zookeeper_tree.load import agent_nodes, load_tree
from midonet_lab.zookeeper_tree.recorded import recorded_tree
from midonet_lab.zookeeper_tree.tree import Node, Tree

__all__ = ["Node", "Tree", "agent_nodes", "build_tree", "load_tree", "recorded_tree"]

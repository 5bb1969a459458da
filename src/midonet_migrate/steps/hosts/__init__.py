"""Stages of hosts: staged, installed, switched to 5.x, finalised, and the way back (host 3)."""

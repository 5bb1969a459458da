"""Watching the importer of 5.x, and finding out why it stands still."""

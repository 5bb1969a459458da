"""The 5.x REST API as a target: client, what is there already, and writing it."""

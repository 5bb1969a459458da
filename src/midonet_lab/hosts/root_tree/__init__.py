"""The root directory of a host, as the installer of its distribution would leave it."""

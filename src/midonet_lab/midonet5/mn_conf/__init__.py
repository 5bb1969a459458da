"""The stand-in for mn-conf."""

"""Packages of the practice site: named, filled and dependent as the real ones, as .deb and .rpm files."""

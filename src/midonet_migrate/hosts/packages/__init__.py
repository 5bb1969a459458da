"""Packages on a host: apt and yum behind one protocol; repositories; Java."""

"""Typed objects that flow between the rooms. No I/O."""

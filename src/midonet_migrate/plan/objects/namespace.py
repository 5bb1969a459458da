"""Where ids come from that 1.9 does not have."""

from __future__ import annotations

from uuid import UUID

NAMESPACE = UUID("5f0d3f52-5d3c-5f0e-8d3a-6f3c1b8e7a21")
"""Namespace of the ids of objects that the plan adds: the same site always gives the same ids."""

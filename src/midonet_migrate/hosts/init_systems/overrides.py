"""The override file of an upstart job: ``manual`` in it keeps the job from starting with the host; pure."""

from __future__ import annotations

_MANUAL = "manual"


def with_manual(text: str) -> str:
    """``text`` with ``manual`` as its last line; :func:`without_manual` gives ``text`` back."""
    if not text or text.endswith("\n"):
        return f"{text}{_MANUAL}\n"
    return f"{text}\n{_MANUAL}"


def without_manual(text: str) -> str:
    """``text`` without its lines ``manual``."""
    if text.endswith(f"\n{_MANUAL}"):
        text = text.removesuffix(f"\n{_MANUAL}")
    return "".join(line for line in text.splitlines(keepends=True) if line.split("#")[0].strip() != _MANUAL)

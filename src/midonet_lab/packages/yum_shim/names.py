"""How yum 3.4 lets a package be named, and which of yum's names match one."""

from __future__ import annotations

import fnmatch
from typing import Protocol


class Package(Protocol):
    """What dnf's and hawkey's packages have."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def arch(self) -> str:
        """Its architecture."""

    @property
    def epoch(self) -> int:
        """0 without epoch."""

    @property
    def version(self) -> str:
        """Without epoch and release."""

    @property
    def release(self) -> str:
        """What follows the dash."""


def version_text(package: Package) -> str:
    """``2:5.2.1-1.0.el7``; without epoch ``1.9.8-1.0.el7``."""
    text = f"{package.version}-{package.release}"
    return f"{package.epoch}:{text}" if package.epoch else text


def full_name(package: Package) -> str:
    """``2:midolman-5.2.1-1.0.el7.noarch``, as yum shows packages in sentences."""
    epoch = f"{package.epoch}:" if package.epoch else ""
    return f"{epoch}{package.name}-{package.version}-{package.release}.{package.arch}"


def always_with_epoch(package: Package) -> str:
    """``0:midolman-1.9.8-1.0.el7.noarch``."""
    return f"{package.epoch}:{package.name}-{package.version}-{package.release}.{package.arch}"


def forms(package: Package) -> list[str]:
    """All that may be written for it. An epoch is understood only together with the architecture."""
    name, arch, version, release = package.name, package.arch, package.version, package.release
    return [
        name,
        f"{name}.{arch}",
        f"{name}-{version}",
        f"{name}-{version}-{release}",
        f"{name}-{version}-{release}.{arch}",
        f"{package.epoch}:{name}-{version}-{release}.{arch}",
        f"{name}-{package.epoch}:{version}-{release}.{arch}",
    ]


def matches(package: Package, pattern: str) -> bool:
    """Whether ``pattern``, which may hold wildcards, names it."""
    return any(fnmatch.fnmatchcase(form, pattern) for form in forms(package))

"""``repoquery`` and ``yumdownloader`` of yum-utils."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import dnf.exceptions

from . import commands, repository_errors
from .machine import Settings, load, open_base
from .names import always_with_epoch
from .options import Options, UsageError, parse

_TAGS = {"name", "epoch", "version", "release", "arch", "repoid"}


def repoquery(arguments: list[str]) -> int:
    """``repoquery [--qf FORMAT] [--show-duplicates] NAMES``: what repositories have."""
    template = ""
    rest: list[str] = []
    words = [word if word != "--show-duplicates" else "--showduplicates" for word in arguments]
    while words:
        word = words.pop(0)
        if word in {"--qf", "--queryformat"} and words:
            template = words.pop(0)
        elif word.startswith(("--qf=", "--queryformat=")):
            template = word.partition("=")[2]
        else:
            rest.append(word)
    found = _available(rest, "repoquery")
    if isinstance(found, int):
        return found
    for package in found[1]:
        print(_formatted(template, package) if template else always_with_epoch(package))
    return 0


def yumdownloader(arguments: list[str]) -> int:
    """``yumdownloader [--destdir DIRECTORY] NAMES``: fetch packages into the current directory."""
    found = _available(arguments, "yumdownloader")
    if isinstance(found, int):
        return found
    base, packages, options = found
    if not packages:
        print("No Match for argument " + " ".join(options.words), file=sys.stderr)
        print("Nothing to download", file=sys.stderr)
        return 1
    base.download_packages(packages)
    directory = Path(options.values.get("downloaddir", "."))
    directory.mkdir(parents=True, exist_ok=True)
    for package in packages:
        shutil.copy(package.localPkg(), directory)
    return 0


def _available(arguments: list[str], program: str) -> tuple[Any, list[Any], Options] | int:
    try:
        options = parse(arguments)
    except UsageError as error:
        print(f"{program}: error: {error}", file=sys.stderr)
        return 2
    settings = Settings(options)
    base = open_base(options, settings)
    try:
        load(base, options, settings)
    except dnf.exceptions.RepoError:
        repository_errors.report(base, options.has("cacheonly"))
        return 1
    _installed, packages = commands.listed(base, options, options.words, "available")
    return base, packages, options


def _formatted(template: str, package: Any) -> str:
    def value(match: re.Match[str]) -> str:
        tag = match[1].lower()
        if tag not in _TAGS:
            return match[0]
        return str(package.reponame if tag == "repoid" else getattr(package, tag))

    return re.sub(r"%\{(\w+)\}", value, template).replace(r"\n", "\n").replace(r"\t", "\t")

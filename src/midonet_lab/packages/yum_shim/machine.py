"""dnf's own machinery, set up from yum's settings."""

from __future__ import annotations

import fnmatch
import os
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import dnf
import dnf.exceptions
import dnf.repo
import rpm

from . import versionlock
from .options import Options

_TRUE = ("1", "yes", "true", "on")
_PASSED_ON = (
    "proxy",
    "proxy_username",
    "proxy_password",
    "obsoletes",
    "gpgcheck",
    "sslverify",
    "timeout",
    "retries",
)


class Settings:
    """``[main]`` of yum.conf, with what the command line says on top."""

    def __init__(self, options: Options) -> None:
        self.path = options.values.get("config", "/etc/yum.conf")
        parser = ConfigParser(interpolation=None, strict=False)
        parser.read(self.path, encoding="utf-8")
        self.main = dict(parser["main"]) if parser.has_section("main") else {}
        self.of_repositories: list[tuple[str, str, str]] = []
        for text in options.lists.get("setopt", []):
            name, _, value = text.partition("=")
            repository, dot, key = name.rpartition(".")
            if dot:
                self.of_repositories.append((repository, key, value))
            else:
                self.main[name] = value

    def is_on(self, name: str, default: bool = False) -> bool:
        """A switch."""
        return self.main.get(name, str(default)).strip().lower() in _TRUE

    def text(self, name: str, default: str) -> str:
        """A value with yum's variables put in."""
        text = self.main.get(name, default)
        for variable, value in (("$releasever", "7"), ("$basearch", os.uname().machine)):
            text = text.replace(variable, value)
        return text


def open_base(options: Options, settings: Settings) -> Any:
    """dnf's Base with the repositories read, nothing loaded yet."""
    base = dnf.Base()
    conf = base.conf
    conf.config_file_path = settings.path
    conf.substitutions["releasever"] = "7"
    conf.substitutions["basearch"] = os.uname().machine
    conf.cachedir = settings.text("cachedir", "/var/cache/yum/$basearch/$releasever")
    conf.persistdir = "/var/lib/dnf"
    conf.logdir = "/var/log"
    conf.reposdir = settings.text("reposdir", "/etc/yum.repos.d").replace(",", " ").split()
    conf.pluginpath = []
    conf.plugins = False
    conf.keepcache = settings.is_on("keepcache")
    conf.clean_requirements_on_remove = settings.is_on("clean_requirements_on_remove")
    conf.best = False
    conf.install_weak_deps = False
    conf.zchunk = False
    conf.metadata_expire = -1 if settings.main.get("metadata_expire") == "never" else 6 * 3600
    conf.assumeyes = options.has("assumeyes")
    conf.assumeno = options.has("assumeno")
    conf.cacheonly = options.has("cacheonly")
    conf.multilib_policy = "best"
    for name in _PASSED_ON:
        if name in settings.main:
            setattr(conf, name, _typed(name, settings.main[name]))
    if "proxy" in settings.main and settings.main["proxy"].strip() in {"", "_none_"}:
        conf.proxy = ""
    base.read_all_repos()
    for repository in base.repos.values():
        for pattern, key, value in settings.of_repositories:
            if fnmatch.fnmatch(repository.id, pattern):
                setattr(repository, key, _typed(key, value))
        for pattern in options.all("disablerepo"):
            if fnmatch.fnmatch(repository.id, pattern):
                repository.disable()
        for pattern in options.all("enablerepo"):
            if fnmatch.fnmatch(repository.id, pattern):
                repository.enable()
        if options.has("nogpgcheck"):
            repository.gpgcheck = False
    return base


def load(base: Any, options: Options, settings: Settings) -> int:
    """Read the database and the lists. How many packages the version lock hides.

    Raises dnf's ``RepoError``.
    """
    base.fill_sack(load_system_repo=True, load_available_repos=True)
    patterns = settings.main.get("exclude", "").replace(",", " ").split() + options.all("exclude")
    available = base.sack.query().available().run()
    hidden = [package for package in available if versionlock.hides(package)]
    excluded = [
        package
        for package in available
        if any(fnmatch.fnmatch(package.name, pattern) for pattern in patterns)
    ]
    gone = base.sack.query().filterm(pkg=[*hidden, *excluded]) if hidden or excluded else None
    if gone is not None:
        base.sack.add_excludes(gone)
    return len({package.name for package in hidden})


def require_database() -> None:
    """End as yum does when rpm's database cannot be opened."""
    try:
        rpm.TransactionSet().openDB()
    except rpm.error as error:
        print(f"error: {error}", file=sys.stderr)
        print("CRITICAL:yum.main:\n\nError: rpmdb open failed", file=sys.stderr)
        raise SystemExit(1) from error


def is_unfinished() -> bool:
    """Whether notes of a transaction that was cut off are there."""
    return any(not path.name.endswith(".disabled") for path in Path("/var/lib/yum").glob("transaction-all.*"))


def _typed(name: str, value: str) -> Any:
    if name in {"gpgcheck", "obsoletes", "sslverify", "enabled"}:
        return value.strip().lower() in _TRUE
    return int(value) if value.strip().isdecimal() else value

"""Finding and reading the files that describe services: upstart's, SysV's and systemd's."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

from midonet_lab.hosts.init.unit import Unit
from midonet_migrate.model.hosts import InitSystem

SYSTEMD_DIRECTORIES = ("etc/systemd/system", "run/systemd/system", "usr/lib/systemd/system")
WANTS = "etc/systemd/system/multi-user.target.wants"
_NAME = re.compile(r"[A-Za-z0-9@._:+-]+")
_SECONDS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "min": 60.0, "": 1.0}
_SIGNALS = {"SIGTERM": 143, "SIGKILL": 137, "SIGINT": 130, "SIGHUP": 129}


def upstart_job(root: Path, name: str) -> Unit | None:
    """The job ``/etc/init/NAME.conf``; None when there is none."""
    path = root / "etc/init" / f"{name}.conf"
    text = _text(path) if _NAME.fullmatch(name) else None
    if text is None:
        return None
    override = _text(path.with_suffix(".override")) or ""
    both = f"{text}\n{override}"
    limit = re.findall(r"^\s*respawn\s+limit\s+(\d+)\s+(\d+)", both, re.MULTILINE)
    timeout = re.findall(r"^\s*kill\s+timeout\s+(\d+)", both, re.MULTILINE)
    command = re.search(r"^\s*exec\s+(.+)$", text, re.MULTILINE)
    description = re.search(r'^\s*description\s+"?([^"\n]*)', text, re.MULTILINE)
    starts = [m.end() for m in re.finditer(r"^\s*start\s+on\b", both, re.MULTILINE)]
    manual = [m.end() for m in re.finditer(r"^\s*manual\s*$", both, re.MULTILINE)]
    return Unit(
        name=name,
        init=InitSystem.UPSTART,
        command=command[1].strip() if command is not None else "",
        at_boot=bool(starts) and (not manual or max(manual) < max(starts)),
        respawn="always" if re.search(r"^\s*respawn\s*$", both, re.MULTILINE) else "no",
        limit=int(limit[-1][0]) if limit else 10,
        interval=float(limit[-1][1]) if limit else 5.0,
        pause=0.0,
        kill_timeout=float(timeout[-1]) if timeout else 5.0,
        description=description[1] if description is not None else "",
        path=f"/etc/init/{name}.conf",
    )


def sysv_script(root: Path, name: str) -> Unit | None:
    """The service of ``/etc/init.d/NAME``, unless that is upstart's; None when there is none."""
    path = root / "etc/init.d" / name
    if not _NAME.fullmatch(name) or not path.is_file() or path.is_symlink():
        return None
    return Unit(
        name=name,
        init=InitSystem.SYSV,
        at_boot=any(sysv_links(root, name, "S")),
        kill_timeout=10.0,
        path=f"/etc/init.d/{name}",
    )


def sysv_links(root: Path, name: str, kind: str = "[SK]") -> list[Path]:
    """The links in ``/etc/rcN.d`` to a script; ``kind`` S: those that start it."""
    return sorted(root.glob(f"etc/rc[0-6S].d/{kind}[0-9][0-9]{name}"))


def systemd_unit(root: Path, name: str) -> Unit | None:
    """The unit NAME.service; None when there is none, or it is masked."""
    name = name.removesuffix(".service")
    if not _NAME.fullmatch(name):
        return None
    for directory in SYSTEMD_DIRECTORIES:
        path = root / directory / f"{name}.service"
        if path.is_symlink() and str(path.readlink()) == "/dev/null":
            return None
        text = _text(path)
        if text is None:
            if path.is_symlink():
                return None
            continue
        return _systemd_unit(root, name, path, text)
    return None


def _systemd_unit(root: Path, name: str, path: Path, text: str) -> Unit:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, comment_prefixes=("#", ";"))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)

    def get(key: str, default: str = "", sections: tuple[str, ...] = ("Service", "Unit")) -> str:
        for section in sections:
            value = parser.get(section, key, fallback=None) if parser.has_section(section) else None
            if value is not None:
                return value
        return default

    restart = get("Restart", "no")
    successes = {0}
    for word in get("SuccessExitStatus").split():
        successes.add(int(word) if word.isdigit() else _SIGNALS.get(word, 0))
    return Unit(
        name=name,
        init=InitSystem.SYSTEMD,
        command=get("ExecStart").lstrip("-@+!"),
        at_boot=(root / WANTS / f"{name}.service").is_symlink(),
        respawn="always" if restart == "always" else "no" if restart == "no" else "on-failure",
        limit=int(get("StartLimitBurst", "5")),
        interval=_seconds(get("StartLimitInterval") or get("StartLimitIntervalSec", "10s")),
        count_manual_starts=True,
        pause=_seconds(get("RestartSec", "100ms")),
        kill_timeout=_seconds(get("TimeoutStopSec", "90s")),
        success_statuses=frozenset(successes),
        description=get("Description", f"{name}.service"),
        path=f"/{path.relative_to(root)}",
    )


def systemd_names(root: Path) -> list[str]:
    """Every unit that has a file."""
    found = {path.stem for place in SYSTEMD_DIRECTORIES for path in (root / place).glob("*.service")}
    return sorted(found)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _seconds(text: str) -> float:
    found = re.findall(r"([0-9.]+)\s*(ms|sec|s|min|)", text)
    return sum(float(number) * _SECONDS[unit] for number, unit in found)

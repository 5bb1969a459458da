"""yum's commands for a host of CentOS 7 (:mod:`midonet_lab.packages.yum_shim`), as files."""

from __future__ import annotations

from pathlib import Path

_MODULES = "usr/share/yum-cli"
"""Below the root of a host."""
_COMMAND = """\
#!/usr/bin/python3 -I
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "/{modules}")
from yum_shim.{module} import {function}

sys.exit({function}(sys.argv[1:]))
"""
_COMMANDS = {
    "yum": ("main", "main"),
    "repoquery": ("utilities", "repoquery"),
    "yumdownloader": ("utilities", "yumdownloader"),
}
_LOCK_SETTINGS = """\
[main]
enabled = 1
locklist = /etc/yum/pluginconf.d/versionlock.list
"""
_SHIM = Path(__file__).with_name("yum_shim")


def yum_files() -> dict[str, str]:
    """Path below the root -> text. The commands below ``usr/bin`` must be executable."""
    files = {
        f"usr/bin/{name}": _COMMAND.format(modules=_MODULES, module=module, function=function)
        for name, (module, function) in _COMMANDS.items()
    }
    for path in sorted(_SHIM.glob("*.py")):
        files[f"{_MODULES}/yum_shim/{path.name}"] = path.read_text(encoding="utf-8")
    files["etc/yum/pluginconf.d/versionlock.conf"] = _LOCK_SETTINGS
    return files

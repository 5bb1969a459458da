"""A corner of a host where yum works for us alone: own settings, own lists, own copies of packages.

So packages of MidoNet 5 can be looked up, fetched and checked days ahead, while the host's own yum still
knows nothing of their repository, and can be installed later without network.
"""

from __future__ import annotations

import hashlib

import msgspec

from midonet_migrate.hosts.packages.calls import CHANGE_SECONDS, WRITE_FILES, lines_of
from midonet_migrate.hosts.packages.keyrings import armoured, read_key
from midonet_migrate.hosts.packages.yum_calls import YumCalls
from midonet_migrate.hosts.packages.yum_settings import MAIN, own_settings, parse_sections, with_key_directory
from midonet_migrate.model.hosts import RepositoryDefinition

DIRECTORY = "/var/cache/midonet-migrate/yum"
HOST_REPOSITORIES = "/etc/yum.repos.d"
NOTE = "unfinished"
OWN_REPOSITORY_FILE = "midonet-migration.repo"
_SETTINGS = "/etc/yum.conf"
_FIXED_OPTIONS = {
    "keepcache": "1",
    # yum would wait for its lock without end.
    "exit_on_lock": "1",
    # What is refreshed when is said by us alone.
    "metadata_expire": "never",
    # Nothing is left out, and nothing else taken along, without a word.
    "skip_broken": "0",
    "clean_requirements_on_remove": "0",
    "upgrade_requirements_on_install": "0",
    # Whole packages: they are looked at, and used by rpm too.
    "deltarpm": "0",
    "debuglevel": "2",
    "errorlevel": "2",
    "color": "never",
}
_PREPARE = (
    """\
set -e
umask 077
directory=$1
repositories=$2
fingerprint=$3
note=$4
shift 4
# Packages of the same names from other repositories must not be taken for those of these. Those of a
# transaction that was cut off are needed to finish it.
if [ "$(cat "$directory/fetched-from" 2>/dev/null)" != "$fingerprint" ]; then
    rm -rf "$directory/keyring"
    [ -f "$note" ] || rm -rf "$directory/cache"
fi
mkdir -p "$directory/cache" "$directory/repos.d" "$directory/keys"
chmod 0700 "$directory"
rm -f "$directory"/repos.d/*.repo "$directory/refreshed"
printf '%s\n' "$fingerprint" >"$directory/fetched-from"
for file in "$repositories"/*.repo; do
    [ -f "$file" ] || continue
    for off in "$@"; do
        if [ "$file" = "$off" ]; then continue 2; fi
    done
    cp "$file" "$directory/repos.d/"
done
"""
    + WRITE_FILES
)
_WRITE = 'set -e; umask 077; cat >"$1.new"; mv -f "$1.new" "$1"'
_SUM = 'cat "$1" "$2"/*.repo 2>/dev/null | cksum'
_ALL_REPOSITORIES = 'for file in "$1"/*.repo; do [ -f "$file" ] || continue; cat "$file"; echo; done'


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository of the corner says of itself, and of all the ``[main]`` of the settings."""

    options: dict[str, str]
    main: dict[str, str]

    def __repr__(self) -> str:
        # Addresses hold passwords.
        return f"Repository({sorted(self.options)})"


class PrivateYum:
    """The corner of one host. With a ``definition`` the repositories are the host's (but for those that it
    disables) and the defined one; without, they are the host's own."""

    def __init__(
        self,
        calls: YumCalls,
        definition: RepositoryDefinition | None = None,
        *,
        directory: str = DIRECTORY,
    ) -> None:
        self._calls = calls
        self._definition = definition
        self.directory = f"{directory}/{'migration' if definition is not None else 'host'}"
        self.settings = f"{self.directory}/yum.conf"
        self.cache = f"{self.directory}/cache"
        self.keyring = f"{self.directory}/keyring"
        self.log = f"{self.directory}/log"
        self.note = f"{directory}/{NOTE}"
        """Of the transaction that is under way; the same one whatever the repositories."""
        self._ready = False
        self._known: tuple[dict[str, dict[str, str]], dict[str, str]] | None = None

    @property
    def repositories(self) -> str:
        """The directory of the repositories' files."""
        return f"{self.directory}/repos.d" if self._definition is not None else HOST_REPOSITORIES

    def command(self, *words: str, cached: bool = True) -> list[str]:
        """yum with these settings. ``cached``: from what is there, without network."""
        return ["yum", "-c", self.settings, *(["-C"] if cached else []), *words]

    def prepare(self) -> None:
        """Make sure that lists are there, of just these repositories; fetch them if not.

        Raises as :meth:`refresh`.
        """
        if self._ready:
            return
        known = self._calls.run(["cat", f"{self.directory}/refreshed"]).stdout.strip()
        if known and known == self._fingerprint():
            self._ready = True
        else:
            self.refresh()

    def refresh(self) -> None:
        """Write settings and repositories anew, and fetch their lists.

        Raises ``NoRepository``, ``NoPermission``, ``ConfigError`` for a key that cannot be read here.
        """
        self._ready, self._known = False, None
        self._write_all()
        self._calls.demand(self.command("clean", "expire-cache", cached=False))
        self._calls.demand(self.command("makecache", cached=False), timeout=CHANGE_SECONDS)
        self._write("refreshed", f"{self._fingerprint()}\n")
        self._ready = True

    def write_script(self, text: str) -> str:
        """Put a script for ``yum shell`` there; its path."""
        return self._write("script", text)

    def repository(self, name: str) -> Repository:
        """What the repository ``name`` says (the part of the id before a slash). Empty for an unknown one."""
        if self._known is None:
            main = parse_sections(self._calls.demand(["cat", self.settings])).get(MAIN, {})
            self._known = parse_sections(self._calls.script(_ALL_REPOSITORIES, self.repositories)), main
        sections, main = self._known
        return Repository(options=sections.get(name.partition("/")[0], {}), main=main)

    def _write_all(self) -> None:
        definition = self._definition
        host = self._calls.run(["cat", _SETTINGS]).stdout
        options = {"cachedir": self.cache, "reposdir": self.repositories, **_FIXED_OPTIONS}
        files = {"yum.conf": own_settings(host, options).encode()}
        if definition is not None:
            names = [key.name for key in definition.keys]
            text = with_key_directory(definition.text, names, f"{self.directory}/keys")
            files[f"repos.d/{OWN_REPOSITORY_FILE}"] = text.encode()
            files |= {f"keys/{key.name}": armoured(read_key(key), key.name) for key in definition.keys}
        disabled = definition.disables if definition is not None else ()
        known = (self._fingerprint(), self.note)
        self._calls.script(
            _PREPARE, self.directory, HOST_REPOSITORIES, *known, *disabled, stdin=lines_of(files)
        )

    def _write(self, name: str, text: str) -> str:
        path = f"{self.directory}/{name}"
        self._calls.script(_WRITE, path, stdin=text)
        return path

    def _fingerprint(self) -> str:
        """Of what the lists are of. The host's own repositories may be switched between two looks; those of
        a definition are copies of ours."""
        definition = self._definition
        if definition is None:
            return self._calls.script(_SUM, _SETTINGS, HOST_REPOSITORIES).strip()
        parts = [definition.text, *definition.disables]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

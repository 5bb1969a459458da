"""A MariaDB server of one's own."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pymysql
from pymysql.connections import Connection
from sqlalchemy import URL

from midonet_lab.processes.account_file import read_account, write_account, write_secret
from midonet_lab.processes.ports import LOOPBACK, free_port
from midonet_lab.processes.server_process import ServerFailed, ServerProcess, program

PACKAGE = "mariadb-server"
FAST_AND_UNSAFE = {
    "innodb-flush-log-at-trx-commit": "0",
    "innodb-doublewrite": "OFF",
    "innodb-flush-method": "nosync",
    "innodb-stats-persistent": "OFF",
}
"""Options for tests: a crash of the machine may lose data, a crash of the server does not matter."""

_SMALL = {
    "innodb-buffer-pool-size": "32M",
    "innodb-log-file-size": "16M",
    "innodb-data-file-path": "ibdata1:4M:autoextend",
    "innodb-autoextend-increment": "4",
    "innodb-temp-data-file-path": "ibtmp1:4M:autoextend",
    "aria-pagecache-buffer-size": "1M",
    "key-buffer-size": "1M",
    "performance-schema": "OFF",
    "max-connections": "100",
}
_CREATION = ("innodb-data-file-path", "innodb-log-file-size", "innodb-autoextend-increment")
_START_ATTEMPTS = 3


def _as_user() -> list[str]:
    """The server refuses to run as root unless told to."""
    return [f"--user={pwd.getpwuid(os.getuid()).pw_name}"] if os.getuid() == 0 else []


def create_data_directory(data: Path) -> None:
    """Make an empty data directory with the system tables. Raises ``ServerFailed``."""
    command = [
        program("mariadb-install-db", "mysql_install_db", package=PACKAGE),
        "--no-defaults",
        f"--datadir={data}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--skip-name-resolve",
        *(f"--{name}={_SMALL[name]}" for name in _CREATION),
        *_as_user(),
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd="/",
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": str(data.parent)},
    )
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise ServerFailed(f"MariaDB's data directory {data} cannot be made", why=tail)


def make_template(template: Path) -> Path:
    """A data directory to copy instead of making one each time; made once, whoever comes first."""
    if not template.exists():
        unfinished = template.with_name(f"{template.name}.{os.getpid()}.{secrets.token_hex(4)}")
        create_data_directory(unfinished)
        try:
            unfinished.rename(template)
        except OSError:  # another process was faster
            shutil.rmtree(unfinished)
    return template


class MariaDB(ServerProcess):
    """A MariaDB server on 127.0.0.1: own data, socket, temporary files and log, all in ``directory``.

    ``options``: server options by name, or as ``name=value``; they win over the small defaults.
    ``template``: a data directory made by :func:`make_template`, copied at the first start.
    Port and password are kept in ``directory``, so that an object made later for the same directory
    speaks to the same server. The only account is ``root``, with a generated password.
    """

    title = "MariaDB"

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        options: Mapping[str, str] | Sequence[str] = (),
        template: Path | None = None,
        guarded: bool = True,
        disposable: bool = False,
    ) -> None:
        super().__init__(directory, guarded=guarded, disposable=disposable)
        self.data = self.directory / "data"
        self._fixed_port = port
        self._template = template
        if isinstance(options, Mapping):
            self.options = {name.replace("_", "-"): value for name, value in options.items()}
        else:
            pairs = (option.partition("=") for option in options)
            self.options = {name.removeprefix("--").replace("_", "-"): value for name, _, value in pairs}
        kept = read_account(self.directory)
        self.port = port or kept[0]
        self.password = kept[1] or secrets.token_urlsafe(18)

    def start(self) -> Self:
        """Start and wait for the first answer. Raises ``ServerFailed`` with the tail of the log."""
        if self.running:
            return self
        server = program("mariadbd", "mysqld", package=PACKAGE)
        (self.directory / "tmp").mkdir(parents=True, exist_ok=True)
        if not self.data.exists():
            if self._template is None:
                create_data_directory(self.data)
            else:
                shutil.copytree(make_template(self._template), self.data)
        for attempt in range(1, _START_ATTEMPTS + 1):
            self.port = self.port or free_port()
            self._write_account()
            self._spawn([server, *self._arguments()])
            try:
                self._wait_until(self._answers)
            except ServerFailed:
                taken = "Address already in use" in self.log_tail()
                if self._fixed_port is not None or not taken or attempt == _START_ATTEMPTS:
                    raise
                self.port = 0
            else:
                break
        return self

    def url(self, database: str | None, user: str = "root", password: str | None = None) -> URL:
        """The URL of a database on this server; ``str()`` of it hides the password."""
        return URL.create(
            "mysql+pymysql",
            username=user,
            password=self.password if password is None else password,
            host=LOOPBACK,
            port=self.port,
            database=database,
        )

    @contextmanager
    def connection(self, database: str | None = None) -> Iterator[Connection[Any]]:
        """A connection as root, in autocommit."""
        opened = pymysql.connect(
            host=LOOPBACK,
            port=self.port,
            user="root",
            password=self.password,
            database=database,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=10,
        )
        try:
            yield opened
        finally:
            opened.close()

    def execute(self, *statements: str, database: str | None = None) -> list[tuple[Any, ...]]:
        """Run statements as root, one after the other; the rows of the last."""
        with self.connection(database) as opened, opened.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def _arguments(self) -> list[str]:
        fixed = {
            "datadir": str(self.data),
            "tmpdir": str(self.directory / "tmp"),
            # Relative to the data directory: a long path would not fit into a socket's address.
            "socket": "mariadb.sock",
            "pid-file": str(self.directory / "mariadb.pid"),
            "bind-address": LOOPBACK,
            "port": str(self.port),
            "init-file": str(self.directory / "account.sql"),
        }
        options = {**_SMALL, **self.options, **fixed}
        return [
            "--no-defaults",
            *_as_user(),
            "--skip-name-resolve",
            *(
                f"--{name}={value}" if value or name in self.options else f"--{name}"
                for name, value in options.items()
            ),
        ]

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except pymysql.Error:
            return False
        return True

    def _write_account(self) -> None:
        lines = [
            f"CREATE OR REPLACE USER 'root'@'{host}' IDENTIFIED BY '{self.password}';\n"
            f"GRANT ALL PRIVILEGES ON *.* TO 'root'@'{host}' WITH GRANT OPTION;\n"
            for host in (LOOPBACK, "localhost")
        ]
        write_account(self.directory, self.port, self.password)
        write_secret(self.directory / "account.sql", "".join(lines))

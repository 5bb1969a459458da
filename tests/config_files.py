"""Hostile variants of the files that name the API, and the samples of the reference (host 7)."""

from __future__ import annotations

from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "reference" / "samples"
BOM = b"\xef\xbb\xbf"

PLUGIN_FILE = b"""\
# operador: N\xfa\xf1ez
[DATABASE]
sql_connection = mysql://neutron:p%40ss@db.example.org:8080/neutron

[MIDONET]
#midonet_uri = http://old.example.org:8080/midonet-api
# midonet_uri = https://old.example.org:8443/midonet-api
midonet_uri = http://api.example.org:8080/midonet-api
username = midonet
password = m1d0:8080/midonet-api
"""
URL = b"http://api.example.org:8080/midonet-api"


def sample(name: str) -> bytes:
    """A sample of the reference."""
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(f"the sample {name} is not here")
    return path.read_bytes()


def plugin_file(url: bytes = URL) -> bytes:
    """The plug-in file with another value."""
    return PLUGIN_FILE.replace(b"midonet_uri = " + URL, b"midonet_uri = " + url)


EDITED: dict[str, tuple[bytes, bytes]] = {
    "plain": (PLUGIN_FILE, plugin_file(b"http://api.example.org:8181/midonet-api")),
    "crlf": (
        PLUGIN_FILE.replace(b"\n", b"\r\n"),
        plugin_file(b"http://api.example.org:8181/midonet-api").replace(b"\n", b"\r\n"),
    ),
    "byte order mark": (
        BOM + b"[MIDONET]\nmidonet_uri=" + URL,
        BOM + b"[MIDONET]\nmidonet_uri=" + URL.replace(b"8080", b"8181"),
    ),
    "no newline at the end": (
        b"[MIDONET]\nmidonet_uri = http://h:8080/midonet-api",
        b"[MIDONET]\nmidonet_uri = http://h:8181/midonet-api",
    ),
    "trailing slash and blanks": (
        plugin_file(URL + b"/  \t"),
        plugin_file(b"http://api.example.org:8181/midonet-api/  \t"),
    ),
    "quotes": (plugin_file(b'"' + URL + b'"'), plugin_file(b'"http://api.example.org:8181/midonet-api"')),
    "IPv6 literal": (
        plugin_file(b"http://[2001:db8::8080]:8080/midonet-api"),
        plugin_file(b"http://[2001:db8::8080]:8181/midonet-api"),
    ),
    "user and password": (
        plugin_file(b"http://u:p@8080:8080@h:8080/midonet-api"),
        plugin_file(b"http://u:p@8080:8080@h:8181/midonet-api"),
    ),
    "upper case": (plugin_file(b"HTTP://API:8080/midonet-api"), plugin_file(b"HTTP://API:8181/midonet-api")),
    "zeros": (plugin_file(b"http://h:08080/midonet-api"), plugin_file(b"http://h:8181/midonet-api")),
    "a host by reference": (
        plugin_file(b"http://$my_ip:8080/midonet-api"),
        plugin_file(b"http://$my_ip:8181/midonet-api"),
    ),
    "colon as separator": (
        b"[MIDONET]\nmidonet_uri: http://h:8080/midonet-api\n",
        b"[MIDONET]\nmidonet_uri: http://h:8181/midonet-api\n",
    ),
    "no blanks": (
        b"[MIDONET]\nmidonet_uri=http://h:8080/midonet-api\n",
        b"[MIDONET]\nmidonet_uri=http://h:8181/midonet-api\n",
    ),
    "continuation line": (
        b"[MIDONET]\nmidonet_uri =\n\t http://h:8080/midonet-api\nusername = x\n",
        b"[MIDONET]\nmidonet_uri =\n\t http://h:8181/midonet-api\nusername = x\n",
    ),
    "key twice: the last counts": (
        b"[MIDONET]\nmidonet_uri = http://a:8080/midonet-api\nmidonet_uri = http://b:8080/midonet-api\n",
        b"[MIDONET]\nmidonet_uri = http://a:8080/midonet-api\nmidonet_uri = http://b:8181/midonet-api\n",
    ),
    "section twice, in another case: the last counts": (
        (
            b"[midonet]\nmidonet_uri = http://a:8080/midonet-api\n[x]\ny = 1\n[Midonet]\n"
            b"midonet_uri = http://b:8080/midonet-api\n[MIDONET]\nusername = z\n"
        ),
        (
            b"[midonet]\nmidonet_uri = http://a:8080/midonet-api\n[x]\ny = 1\n[Midonet]\n"
            b"midonet_uri = http://b:8181/midonet-api\n[MIDONET]\nusername = z\n"
        ),
    ),
    "other sections and other keys": (
        (
            b"[other]\nmidonet_uri = http://a:8080/midonet-api\n[MIDONET]\n"
            b"midonet_uri_old = http://a:8080/midonet-api\nmidonet_uri = http://h:8080/midonet-api\n"
            b"MIDONET_URI = http://a:8080/midonet-api\n"
        ),
        (
            b"[other]\nmidonet_uri = http://a:8080/midonet-api\n[MIDONET]\n"
            b"midonet_uri_old = http://a:8080/midonet-api\nmidonet_uri = http://h:8181/midonet-api\n"
            b"MIDONET_URI = http://a:8080/midonet-api\n"
        ),
    ),
    "key missing": (
        b"[MIDONET]\n#midonet_uri = http://a:8080/midonet-api\nusername = x\n\n# next\n[other]\n",
        (
            b"[MIDONET]\n#midonet_uri = http://a:8080/midonet-api\nusername = x\n"
            b"midonet_uri = http://localhost:8181/midonet-api\n\n# next\n[other]\n"
        ),
    ),
    "key missing, crlf, no newline at the end": (
        b"[other]\r\na = 1\r\n[midonet]\r\nusername = x",
        b"[other]\r\na = 1\r\n[midonet]\r\nusername = x\r\nmidonet_uri = http://localhost:8181/midonet-api",
    ),
    "key missing, last value goes on": (
        b"[MIDONET]\nusername = x,\n  y\n[other]\n",
        b"[MIDONET]\nusername = x,\n  y\nmidonet_uri = http://localhost:8181/midonet-api\n[other]\n",
    ),
    "empty section": (b"[MIDONET]", b"[MIDONET]\nmidonet_uri = http://localhost:8181/midonet-api"),
    "section missing": (
        b"[DATABASE]\nsql_connection = x\n",
        b"[DATABASE]\nsql_connection = x\n\n[MIDONET]\nmidonet_uri = http://localhost:8181/midonet-api\n",
    ),
    "section missing, no newline at the end": (
        b"# nothing",
        b"# nothing\n\n[MIDONET]\nmidonet_uri = http://localhost:8181/midonet-api",
    ),
    "empty file": (b"", b"[MIDONET]\nmidonet_uri = http://localhost:8181/midonet-api\n"),
}
"""Name -> plug-in file before and after."""

LEFT: dict[str, tuple[bytes, str]] = {
    "several URLs, comma": (plugin_file(b"http://a:8080/midonet-api,http://b:8080/midonet-api"), "refused"),
    "several URLs, blank": (plugin_file(b"http://a:8080/midonet-api http://b:8080/midonet-api"), "refused"),
    "several hosts": (plugin_file(b"http://a:8080,b:8080/midonet-api"), "refused"),
    "several URLs on lines": (
        plugin_file(b"http://a:8080/midonet-api\n http://b:8080/midonet-api"),
        "refused",
    ),
    "inline comment is part of the value": (plugin_file(URL + b" # old"), "refused"),
    "other port": (plugin_file(b"http://h:8081/midonet-api"), "refused"),
    "implied port": (plugin_file(b"http://h/midonet-api"), "refused"),
    "empty": (plugin_file(b""), "refused"),
    "by reference": (plugin_file(b"$api_uri"), "refused"),
    "port by reference": (plugin_file(b"http://h:$port/midonet-api"), "refused"),
    "no URL": (plugin_file(b"api.example.org:8080"), "refused"),
    "too large a port": (plugin_file(b"http://h:80800/midonet-api"), "refused"),
    "slash in the password": (plugin_file(b"http://u:p/w@h:8080/midonet-api"), "refused"),
    "UTF-16": (PLUGIN_FILE.decode("latin-1").encode("utf-16"), "refused"),
    "broken line": (PLUGIN_FILE + b"what is this\n", "refused"),
    "value without key": (b"[MIDONET]\n goes on\n", "refused"),
    "https": (plugin_file(b"https://h:8080/midonet-api"), "attention"),
    "https, 8443": (plugin_file(b"https://h:8443/midonet-api"), "attention"),
    "other path": (plugin_file(b"http://h:8080/api"), "attention"),
    "path goes on": (plugin_file(b"http://h:8080/midonet-api/v2"), "attention"),
    "no path": (plugin_file(b"http://h:8080"), "attention"),
    "done": (plugin_file(b"http://h:8181/midonet-api"), "note"),
}
"""Name -> plug-in file that stays as it is, and how much the reason matters."""

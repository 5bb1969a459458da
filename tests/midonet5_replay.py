"""Replaying recorded requests of the real 5.x API against the stand-in, and comparing the answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

Json = Any
Entry = dict[str, Any]
RECORDED_BASE = "http://127.0.0.1:8181/midonet-api"
PREFIX = "application/vnd.org.midonet."
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OBJECT_ADDRESS = re.compile(r"@[0-9a-f]{1,8}\b")
_PLACE = re.compile(r"line: \d+, column: \d+")
_RANDOM_MAC = re.compile(r"ac:ca:ba:[0-9a-f:]{8}")
_UNCONVERTIBLE = re.compile(r"(Can't handle resource [\w.]+).*", re.DOTALL)
_CHAIN_RULES = re.compile(r"/chains/[^/]+/rules")


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One keep-alive connection to the stand-in."""

    def __init__(self, url: str) -> None:
        self._host, _, self._path = url.removeprefix("http://").partition("/")
        self._connection = HTTPConnection(self._host, timeout=60)

    def send(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | str | None = None
    ) -> Answer:
        """A request with exactly these headers, as if to the recorded server."""
        data = body.encode() if isinstance(body, str) else body
        self._connection.putrequest(
            method, f"/{self._path}{quote(path, safe='/:?=&%,;@')}", skip_host=True, skip_accept_encoding=True
        )
        for name, value in {"Host": "127.0.0.1:8181", **(headers or {})}.items():
            self._connection.putheader(name, value)
        if data is not None:
            self._connection.putheader("Content-Length", str(len(data)))
        self._connection.endheaders(data)
        response = self._connection.getresponse()
        content = response.read()
        return Answer(
            response.status, {name.lower(): value for name, value in response.getheaders()}, content
        )

    def json(self, method: str, path: str, kind: str, body: Json = None) -> Answer:
        """A request with a vendor type such as ``Bridge-v4``."""
        name = "Content-Type" if method in {"POST", "PUT"} else "Accept"
        data = None if body is None else json.dumps(body)
        return self.send(method, path, {name: f"{PREFIX}{kind}+json"}, data)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def entries_of(recording: Path) -> list[tuple[str, Entry]]:
    """``(resource, entry)`` in the order of execution."""
    groups = json.loads(recording.read_text(encoding="utf-8"))["groups"]
    return [(group["resource"], entry) for group in groups for entry in group["entries"]]


class Comparison:
    """Decides whether answers are the same, but for what differs from run to run (its README)."""

    def __init__(self, requests: Iterable[Entry]) -> None:
        self._known = {"00000000-0000-0000-0000-000000000000"}
        for entry in requests:
            sent = [entry["path"], entry.get("request_body_raw"), entry.get("request_body")]
            self._known.update(_UUID.findall(json.dumps(sent).lower()))

    def plain(self, value: Json, *, ordered: bool = False) -> Json:
        """Without volatile values."""
        if isinstance(value, dict):
            return {
                key: "*" if key in {"tunnelKey", "creationTimestampMs"} else self.plain(content)
                for key, content in value.items()
            }
        if isinstance(value, list):
            items = [self.plain(item) for item in value]
            return items if ordered else sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
        if isinstance(value, str):
            return self._plain_text(value)
        return value

    def _plain_text(self, text: str) -> str:
        text = _UUID.sub(lambda match: match[0] if match[0] in self._known else "<random>", text)
        text = _OBJECT_ADDRESS.sub("@", _PLACE.sub("", text))
        return _UNCONVERTIBLE.sub(r"\1", _RANDOM_MAC.sub("ac:ca:ba:*", text))

    def differences(self, entry: Entry, answer: Answer) -> Iterator[str]:
        """What is not as recorded."""
        if answer.status != entry["status"]:
            yield f"status {answer.status} for {entry['status']}"
        headers = {name.lower(): value for name, value in entry["response_headers"].items()}
        for name, value in headers.items():
            found = answer.headers.get(name)
            if name == "allow":
                same = found is not None and set(found.split(",")) == set(value.split(","))
            else:
                same = found is not None and self.plain(found) == self.plain(value)
            if not same:
                yield f"header {name}: {found} for {value}"
        if "content-type" not in headers and "content-type" in answer.headers:
            yield f"content type {answer.headers['content-type']} for none"
        if "text/html" in headers.get("content-type", ""):
            return  # the servlet container's page
        yield from self._body_differences(entry, answer.body)

    def _body_differences(self, entry: Entry, body: bytes) -> Iterator[str]:
        recorded = entry["response_body"]
        if not body:
            if recorded not in (None, ""):
                yield "no body"
            return
        if entry["method"] == "HEAD":
            return
        duplicates: set[str] = set()

        def collect(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
            names = [name for name, _ in pairs]
            duplicates.update(name for name in names if names.count(name) > 1)
            return dict(pairs)

        try:
            found = json.loads(body, object_pairs_hook=collect)
        except ValueError:
            yield f"body {body!r} for {recorded}"
            return
        ordered = bool(_CHAIN_RULES.fullmatch(entry["path"]))
        expected, actual = (self.plain(value, ordered=ordered) for value in (recorded, found))
        if shape(expected) != shape(actual):
            yield f"keys {actual} for {expected}"
        elif expected != actual:
            yield f"values {actual} for {expected}"
        if duplicates != set(entry.get("response_duplicate_keys", ())):
            yield f"keys written twice: {duplicates} for {entry.get('response_duplicate_keys')}"


def shape(value: Json) -> Json:
    """Keys without values."""
    if isinstance(value, dict):
        return {key: shape(content) for key, content in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return None

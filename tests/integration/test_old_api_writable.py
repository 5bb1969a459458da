"""The 1.9 API on the way back: found though the files name the new one, waited for, and made writable."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from midonet19_sample import sample_site
from midonet_lab.midonet19.options import Account, Options
from midonet_lab.midonet19.process import Midonet19Api
from midonet_migrate.errors import AccessDenied, ConfigError, HostsFailed
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.load import load_settings
from midonet_migrate.source.midonet.media_types import SYSTEM_STATE
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.steps.hosts.old_api import old_api_url, open_old_api
from midonet_migrate.target.midonet_api.client import MidonetApi
from unused_ports import refusing_port

ADMIN = Credentials("admin", "lab", "service")
MEMBER = Credentials("member", "lab", "service")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Midonet19Api]:
    options = Options(accounts={"admin": Account(), "member": Account(role="tenant_user")})
    with Midonet19Api(sample_site(), tmp_path_factory.mktemp("api"), options=options) as running:
        yield running


def availability(api: Midonet19Api, wanted: str = "") -> object:
    with MidonetApi(api.url, ADMIN) as client:
        state = client.get("/system_state", SYSTEM_STATE)
        if wanted:
            body = {**state, "availability": wanted}
            assert client.write("PUT", "/system_state", SYSTEM_STATE, body).status in {200, 204}
        return client.get("/system_state", SYSTEM_STATE)["availability"]


def test_a_frozen_api_is_made_writable_once(api: Midonet19Api) -> None:
    """The rest of its state stays; one that is writable is left alone."""
    assert availability(api, "READONLY") == "READONLY"
    assert open_old_api(api.url, ADMIN)
    assert availability(api) == "READWRITE"
    assert not open_old_api(api.url, ADMIN)


def test_an_account_that_may_not_is_told(api: Midonet19Api) -> None:
    """The operator gives another one."""
    availability(api, "READONLY")
    with pytest.raises(AccessDenied):
        open_old_api(api.url, MEMBER)
    assert open_old_api(api.url, ADMIN)


def test_an_api_that_does_not_come_up_is_told() -> None:
    """With where to look."""
    with refusing_port() as port, pytest.raises(HostsFailed, match="does not answer") as caught:
        open_old_api(f"http://127.0.0.1:{port}/midonet-api", ADMIN, seconds=0.1)
    assert "catalina.out" in caught.value.hint


def settings(folder: Path, plugin: str, **flags: str) -> Settings:
    path = folder / "etc/neutron/plugin.ini"
    path.parent.mkdir(parents=True, exist_ok=True)
    (folder / "etc/neutron/neutron.conf").write_text("[DEFAULT]\n")
    path.write_text(f"[MIDONET]\nmidonet_uri = {plugin}\n" if plugin else "")
    given = {"data_dir": str(folder / "run"), **flags}
    return load_settings(given, environment={}, root=folder, working_directory=folder)


def test_the_address_is_the_one_from_before(tmp_path: Path) -> None:
    """Once the plug-in file names 8181 the run directory still knows; what the operator says comes first."""
    old, new = "http://c.example.org:8080/midonet-api", "http://c.example.org:8181/midonet-api"
    assert old_api_url(settings(tmp_path, old)) == old
    with RunDirectory(tmp_path / "run") as run:
        run.tie_to({"source_api": "c.example.org:8080/midonet-api"})
    assert old_api_url(settings(tmp_path, new)) == old
    other = "http://d.example.org:8080/midonet-api"
    assert old_api_url(settings(tmp_path, new, source_api=other)) == other


def test_an_address_that_nobody_knows(tmp_path: Path) -> None:
    """It is asked for."""
    found = load_settings({}, environment={}, root=tmp_path, working_directory=tmp_path)
    with pytest.raises(ConfigError, match="not known"):
        old_api_url(found)

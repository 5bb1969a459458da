"""ZooKeeper's servers and roots: where they come from and what they may look like (host 2.6, 2.8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from midonet_migrate.errors import ConfigError
from midonet_migrate.settings import midonet_files, web_xml
from midonet_migrate.settings.filesystem import UnreadableFile
from midonet_migrate.settings.zookeeper_servers import parse_root, parse_servers
from settings_site import ADMIN_TOKEN, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def bootstrap(servers: str = "", root: str = "") -> str:
    lines = ["[zookeeper]"]
    lines += [f"zookeeper_hosts = {servers}"] if servers else []
    lines += [f"root_key = {root}"] if root else []
    return "\n".join(lines) + "\n"


def test_the_first_source_wins_in_the_order_of_the_java_tools(site: Site) -> None:
    """Taken away one by one, from the strongest to the default."""
    site.environment["MIDO_ZOOKEEPER_HOSTS"] = "e1:2181"
    site.environment["MIDO_ZOOKEEPER_HOST"] = "e2:2181"
    rc = site.write("/root/.midonetrc", bootstrap("rc:2181"))
    midonet = site.write("/etc/midonet/midonet.conf", bootstrap("midonet:2181"))
    midolman = site.write("/etc/midolman/midolman.conf", bootstrap("midolman:2181"))
    parameter = "<param-name>zookeeper-zookeeper_hosts</param-name><param-value>xml:2181</param-value>"
    xml = f"<web-app><context-param>{parameter}</context-param></web-app>"
    web = site.write("/usr/share/midonet-api/WEB-INF/web.xml", xml)

    def origin() -> tuple[str, str]:
        found = site.load().zookeeper
        return str(found.value), found.origin

    assert origin() == ("e1:2181", "environment MIDO_ZOOKEEPER_HOSTS")
    del site.environment["MIDO_ZOOKEEPER_HOSTS"]
    assert origin() == ("e2:2181", "environment MIDO_ZOOKEEPER_HOST")
    site.environment["MIDO_ZOOKEEPER_HOST"] = ""
    assert origin() == ("rc:2181", f"{rc}:2 [zookeeper] zookeeper_hosts")
    rc.unlink()
    assert origin() == ("midonet:2181", f"{midonet}:2 [zookeeper] zookeeper_hosts")
    midonet.unlink()
    assert origin() == ("midolman:2181", f"{midolman}:2 [zookeeper] zookeeper_hosts")
    midolman.unlink()
    assert origin() == ("xml:2181", f"{web}:1 zookeeper-zookeeper_hosts")
    web.unlink()
    assert origin() == ("127.0.0.1:2181", "default")


def test_each_key_has_its_own_first_source(site: Site) -> None:
    site.environment["MIDO_ZOOKEEPER_ROOT_KEY"] = "/env/root/"
    site.write("/etc/midonet/midonet.conf", bootstrap(root="/from/midonet"))
    site.write("/etc/midolman/midolman.conf", bootstrap("midolman:2181", "/from/midolman"))
    settings = site.load()
    assert str(settings.zookeeper.value) == "midolman:2181"
    assert settings.require_roots() == ("/env/root", "/midonet")


def test_sources_that_disagree_are_noted(site: Site) -> None:
    """The file of the 5.x package says 127.0.0.1 and outranks midolman.conf (host 0, trap 11)."""
    site.write("/etc/midonet/midonet.conf", bootstrap("127.0.0.1:2181"))
    site.write("/etc/midolman/midolman.conf", bootstrap("nsdb1:2181,nsdb2:2181"))
    settings = site.load()
    assert str(settings.zookeeper.value) == "127.0.0.1:2181"
    assert [note for note in settings.notes if "nsdb1:2181,nsdb2:2181" in note and "midolman.conf:2" in note]


def test_sources_that_say_the_same_in_other_words_are_not_noted(site: Site) -> None:
    assert site.controller().load().notes == ()


def test_flag_environment_and_own_file_come_before_all_sources(site: Site) -> None:
    site.controller()
    site.environment["MIDO_ZOOKEEPER_HOSTS"] = "e1:2181"
    (site.work / "midonet-migrate.conf").write_text("[midonet-migrate]\nzookeeper = own\n")
    assert str(site.load().zookeeper.value) == "own:2181"
    site.environment["MIDONET_MIGRATE_ZOOKEEPER"] = "e2"
    assert str(site.load().zookeeper.value) == "e2:2181"
    assert str(site.load(zookeeper="f1,f2:99").zookeeper.value) == "f1:2181,f2:99"


def test_without_permission_no_default_is_guessed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.controller()
    (site.root / "usr/share/midonet-api/WEB-INF/web.xml").unlink()
    read = Path.read_bytes

    def denied(path: Path) -> bytes:
        if path.name == "midolman.conf":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", denied)
    settings = site.load()
    with pytest.raises(ConfigError) as caught:
        settings.require_zookeeper()
    assert "midolman.conf: may not be read" in caught.value.why
    with pytest.raises(ConfigError):
        settings.require_roots()
    assert str(site.load(zookeeper="a:1").require_zookeeper()) == "a:1"


def test_one_root_for_both_versions_is_refused(site: Site) -> None:
    site.environment["MIDO_ZOOKEEPER_ROOT_KEY"] = "/midonet"
    with pytest.raises(ConfigError) as caught:
        site.load().require_roots()
    assert "MIDO_ZOOKEEPER_ROOT_KEY" in caught.value.why
    assert site.load(target_root="/midonet5").require_roots() == ("/midonet", "/midonet5")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1:2181,10.0.0.2:2181,10.0.0.3:2181", "10.0.0.1:2181,10.0.0.2:2181,10.0.0.3:2181"),
        (" nsdb1.example.org:2181 ,\tnsdb2 , 10.0.0.3", "nsdb1.example.org:2181,nsdb2:2181,10.0.0.3:2181"),
        ("a,", "a:2181"),
        (",a,,b,", "a:2181,b:2181"),
        ("a\n,b", "a:2181,b:2181"),
        ("a,b:2181,a:2181", "a:2181,b:2181"),
        ("[::1]:2182", "[::1]:2182"),
        ("[2001:db8::7]", "[2001:db8::7]:2181"),
        ("2001:db8::7:2182", "[2001:db8::7]:2182"),
        ("under_score:1", "under_score:1"),
    ],
)
def test_a_server_list_is_read_whole(text: str, expected: str) -> None:
    assert str(parse_servers(text)) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "names no server"),
        (" , ", "names no server"),
        ("a:", "port"),
        ("a:b", "port"),
        ("a:0", "port"),
        ("a:65536", "port"),
        ("a:٣", "port"),
        ("::1:port", "port"),
        ("a:2181/chroot", "root key"),
        ("a b", "not a host name"),
        ("a;b", "not a host name"),
        (":2181", "not a host name"),
        ("[::1", "not an IPv6 address"),
        ("[x]:1", "not an IPv6 address"),
        ("a,[::1]2181", "not an IPv6 address"),
    ],
)
def test_a_server_list_that_makes_no_sense_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_servers(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("/midonet/v1", "/midonet/v1"), (" /midonet/ ", "/midonet"), ("/a/b_c/d.e", "/a/b_c/d.e")],
)
def test_a_root_is_a_znode_path(text: str, expected: str) -> None:
    assert parse_root(text) == expected


@pytest.mark.parametrize("text", ["", "/", "//", "midonet", "/a//b", "/a/../b", "/a/./b", "/a\x00b"])
def test_a_root_that_is_no_znode_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not the absolute path of a znode|printable"):
        parse_root(text)


INI = {
    "plain": ("[zookeeper]\nzookeeper_hosts = a", "a"),
    "colon": ("[zookeeper]\nzookeeper_hosts: a:1", "a:1"),
    "first of a repeated key": ("[zookeeper]\nzookeeper_hosts = a\nzookeeper_hosts = b", "a"),
    "section in two parts": ("[zookeeper]\nx = y\n[cassandra]\n[zookeeper]\nzookeeper_hosts = a", "a"),
    "inline comment after a blank": ("[zookeeper]\nzookeeper_hosts = a:1 # was b", "a:1"),
    "inline semicolon after a tab": ("[zookeeper]\nzookeeper_hosts = a:1\t; was b", "a:1"),
    "no comment without a blank": ("[zookeeper]\nzookeeper_hosts = a#b", "a#b"),
    "indented": ("  [zookeeper]\n\tzookeeper_hosts = a\n  # zookeeper_hosts = b", "a"),
    "quotes": ('[zookeeper]\nzookeeper_hosts = "a,b" # c', "a,b"),
    "quotes with an escaped quote": ('[zookeeper]\nzookeeper_hosts = "a\\"b"', 'a"b'),
    "colon inside quotes": ('[zookeeper]\nzookeeper_hosts="a:1=b"', "a:1=b"),
    "continued": ("[zookeeper]\nzookeeper_hosts = a, \\\n  b", "a,\nb"),
    "percent and dollar": ("[zookeeper]\nzookeeper_hosts = %a$b", "%a$b"),
    "carriage returns": ("[zookeeper]\r\nzookeeper_hosts = a\r\n", "a"),
    "lone key": ("[zookeeper]\nnonsense\nzookeeper_hosts = a", "a"),
    "other section": ("[midonet]\nzookeeper_hosts = a", None),
    "commented out": ("[zookeeper]\n#zookeeper_hosts = a\n;zookeeper_hosts = b", None),
    "empty": ("", None),
    "backslash at the end of the file": ("[zookeeper]\nzookeeper_hosts = a \\", "a"),
}


@pytest.mark.parametrize(("text", "expected"), INI.values(), ids=INI.keys())
def test_midonets_files_are_read_as_its_java_library_reads_them(text: str, expected: str | None) -> None:
    found = midonet_files.parse(text).get(("zookeeper", "zookeeper_hosts"))
    assert (None if found is None else found.value) == expected


def test_the_home_is_that_of_the_operator(site: Site) -> None:
    site.environment["HOME"] = "/home/op"
    site.write("/home/op/.midonetrc", "[cli]\npassword = adm%n!pass\n" + bootstrap("mine"))
    assert str(site.load().zookeeper.value) == "mine:2181"


def test_web_xml_gives_active_parameters_with_their_lines(site: Site) -> None:
    parameters = site.controller().load().api_parameters
    provider = parameters["auth-auth_provider"]
    assert provider.value == "org.midonet.api.auth.keystone.v2_0.KeystoneService"
    assert provider.origin.endswith("/WEB-INF/web.xml:7 auth-auth_provider")
    assert parameters["keystone-admin_token"].value == ADMIN_TOKEN
    assert parameters["zookeeper-zookeeper_hosts"].value.startswith("10.1.0.1:2181")
    assert len(parameters) == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<web-app>\n<context-param></web-app>", r":2: not well-formed"),
        ("", r":1: not well-formed"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><web-app/>', "XML entities"),
    ],
)
def test_a_broken_web_xml_is_explained(text: str, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        web_xml.parse(text, "web.xml")


def test_a_broken_web_xml_is_noted_and_does_not_stop(site: Site) -> None:
    site.controller().write("/usr/share/midonet-api/WEB-INF/web.xml", "<web-app>")
    settings = site.load()
    assert settings.api_parameters == {}
    assert any("web.xml:1: not well-formed" in note for note in settings.notes)

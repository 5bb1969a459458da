"""The commands of a host's init system: scripts that ask its process 1 (:mod:`midonet_lab.hosts.init`)."""

from __future__ import annotations

from midonet_lab.packages.yum_commands import yum_files
from midonet_migrate.model.hosts import Family

SOCKET = "run/host-init.sock"
"""Below the root of a host."""

_ASK = """\
#!/usr/bin/perl
# Asks the init process: name and arguments go there, status, output and errors come back.
# Without any module, for it is called a lot: loading IO::Socket takes ten times as long as all the rest.
my ($AF_UNIX, $SOCK_STREAM) = (1, 1);

my $name = $0;
$name =~ s{.*/}{};
my $link;
if (!socket($link, $AF_UNIX, $SOCK_STREAM, 0)
    || !connect($link, pack('S a108', $AF_UNIX, '/run/host-init.sock'))) {
    print STDERR "$name: Unable to connect to the init process: $!\\n";
    exit 1;
}
binmode $link;
binmode STDOUT;
# Programs of MidoNet also see the environment, and what is written to them.
my @environment = map { "$_=$ENV{$_}" } grep { /^(MIDO_|LC_|LANG|JAVA_)/ } sort keys %ENV;
printf $link "%d %d\\n", scalar(@ARGV), scalar(@environment);
print $link join('', map { "$_\\0" } $name, @ARGV, @environment);
if ($name =~ /^mn-conf/ && @ARGV && $ARGV[0] eq 'set') {
    binmode STDIN;
    local $/;
    my $text = <STDIN>;
    print $link $text if defined $text;
}
{
    my $shown = select $link;
    $| = 1;  # what is written so far goes off before the end is told
    select $shown;
}
shutdown($link, 1);
local $/;
my $reply = <$link>;
if (!defined $reply || $reply !~ s/^([0-9]+) ([0-9]+)\\n//) {
    print STDERR "$name: The init process went away\\n";
    exit 1;
}
my ($status, $length) = ($1, $2);
print STDOUT substr($reply, 0, $length);
print STDERR substr($reply, $length);
exit $status;
"""
_UPSTART_JOB = """\
#!/bin/sh
# What /etc/init.d/NAME is a link to when NAME is an upstart job.
job=${0##*/}
echo "Rather than invoking init scripts through /etc/init.d, use the service(8)" >&2
echo "utility, e.g. service $job $1" >&2
exec /usr/sbin/service "$job" "$@"
"""
_NAMES = {
    Family.DEBIAN: (
        *("usr/sbin/initctl", "usr/sbin/start", "usr/sbin/stop", "usr/sbin/restart", "usr/sbin/status"),
        *("usr/sbin/reload", "usr/sbin/service", "usr/sbin/update-rc.d", "usr/sbin/invoke-rc.d"),
        *("usr/sbin/init", "usr/sbin/runlevel"),
    ),
    Family.REDHAT: (
        *("usr/bin/systemctl", "usr/sbin/service", "usr/sbin/chkconfig", "usr/sbin/alternatives"),
        *("usr/sbin/update-alternatives", "usr/sbin/init", "usr/sbin/runlevel"),
    ),
}


PROGRAMS = "usr/lib/midonet-lab"
_PROGRAM_NAMES = ("mn-conf-1.9", "mn-conf-5.0.2", "mn-conf-5.2.1", "mm-dpctl-1.9", "mm-dpctl-5")


def shim_files(family: Family) -> dict[str, str]:
    """Path below the root -> text of the script; all are executable."""
    files = dict.fromkeys((*_NAMES[family], *(f"{PROGRAMS}/{name}" for name in _PROGRAM_NAMES)), _ASK)
    if family is Family.DEBIAN:
        files["usr/lib/init/upstart-job"] = _UPSTART_JOB
    else:
        files |= yum_files()
    return files

"""Hosts of the practice site: a root directory and namespaces each, with real package managers and sshd.

A host (:class:`~midonet_lab.hosts.lab_host.LabHost`) is a chroot in mount, process and host-name namespaces
of its own. ``/usr`` is the machine's with the host's own files laid over it; everything else is the host's.
Its process 1 (:mod:`midonet_lab.hosts.init`) starts and stops the services, and speaks for upstart, SysV or
systemd: the commands ``initctl``, ``service``, ``systemctl`` and their kin are small scripts that ask it.

What a package must ship so that its service can be started here:

- upstart: ``/etc/init/NAME.conf``; with ``start on`` in it the service comes up with the host; ``respawn
  limit COUNT SECONDS`` is honoured. ``/etc/init.d/NAME`` may be a link to ``/lib/init/upstart-job``.
- SysV: ``/etc/init.d/NAME``, executable, which ends in ``exec /usr/sbin/service NAME "$@"``.
- systemd: ``/usr/lib/systemd/system/NAME.service``.
- the program it stands for, as :mod:`midonet_lab.hosts.stand_ins` lists it
  (``/usr/share/midolman/midolman-start`` for midolman): without it the service fails to start, as it would
  on a real host. Nobody runs that file. A service that is not listed there is run as its file says
  (``exec`` of upstart, ``ExecStart`` of systemd), inside the host.

Commands of MidoNet whose work the lab does (``mn-conf``, ``mm-dpctl``): the package ships a script that ends
in ``exec /usr/lib/midonet-lab/NAME "$@"`` with one of ``mn-conf-1.9``, ``mn-conf-5.0.2``, ``mn-conf-5.2.1``,
``mm-dpctl-1.9``, ``mm-dpctl-5`` (:mod:`midonet_lab.hosts.init.programs`).

The network is not separated: all hosts share the machine's loopback.
"""

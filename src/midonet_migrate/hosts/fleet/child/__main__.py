"""Start of the child: gevent's patches come before every other import."""

from gevent import monkey

monkey.patch_all()

from midonet_migrate.hosts.fleet.child.serve import main  # noqa: E402

if __name__ == "__main__":
    main()

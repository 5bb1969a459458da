"""Paths that many kinds of objects have alike: list and item, members of a list, tables (new 1.5, 1.8)."""

from __future__ import annotations

from midonet_lab.midonet5.api.beans import Bean
from midonet_lab.midonet5.api.generic import View, deleter, lister, plain_view, reader
from midonet_lab.midonet5.api.routing import (
    Decoder,
    Endpoint,
    Handler,
    Methods,
    Router,
    collection,
    decoder,
    single,
)


def add_resource(
    router: Router,
    path: str,
    media_type: tuple[str, int],
    bean: Bean,
    *,
    create: Handler | None,
    update: Handler | None = None,
    delete: Handler | None = None,
    listing: Handler | None = None,
    read: Handler | None = None,
    view: View | None = None,
    decode: Decoder | None = None,
    json: bool = True,
) -> None:
    """Serve ``path`` and what is below it by id.

    ``create``, ``update``: None where the server does not offer it. ``view`` shows an object (as it is, when
    not given) to ``listing`` and ``read``, which show all of them and one of them; ``delete`` deletes
    whatever nothing stands against. ``json``: plain JSON is spoken too.
    """
    class_name = bean.stored_class
    shown = view or plain_view(bean)
    decode = decode or decoder(bean)
    router.add(
        path,
        collection(
            media_type, read=listing or lister(class_name, shown), create=create, decode=decode, json=json
        ),
    )
    router.add(
        f"{path}/{{}}",
        single(
            media_type,
            read=read or reader(class_name, shown),
            update=update,
            delete=delete or deleter(class_name),
            decode=decode,
            json=json,
        ),
    )


def list_member(
    media_types: tuple[str, ...], bean: Bean, *, read: Handler, delete: Handler, annotated: bool = False
) -> Methods:
    """A member of an object's list: it is read and taken out; a PUT is parsed, and not offered (new 1.5)."""
    return {
        "GET": Endpoint(handle=read, offers=media_types, annotated=annotated),
        "PUT": Endpoint(accepts=media_types, decode=decoder(bean)),
        "DELETE": Endpoint(handle=delete, locked=True),
    }


def add_table(
    router: Router,
    path: str,
    bean: Bean,
    *,
    lists: tuple[str, ...],
    items: tuple[str, ...],
    accepts: tuple[str, ...],
    listing: Handler,
    add: Handler,
    read: Handler,
    remove: Handler,
) -> None:
    """Serve a table of the state and its entries: they come and go, without a lock (new 2.6, 2.7).

    ``lists``, ``items``: media types that the table and an entry are shown in; ``accepts``: those of an
    entry that is added.
    """
    router.add(
        path,
        {
            "GET": Endpoint(handle=listing, offers=lists, annotated=True),
            "POST": Endpoint(handle=add, accepts=accepts, decode=decoder(bean), annotated=True),
        },
    )
    router.add(
        f"{path}/{{}}",
        {
            "GET": Endpoint(handle=read, offers=items, annotated=True),
            "DELETE": Endpoint(handle=remove, annotated=True),
        },
    )

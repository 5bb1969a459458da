"""What the lab's store remembers while commits are under way ahead of their answers."""

from __future__ import annotations

from midonet_lab.midonet5.store.cache import Entry, ObjectCache

KEY = ("C3POState", "00000000-0000-0000-0000-000000000001")
UNDER_WAY = 0


def test_a_reading_does_not_take_back_what_a_commit_under_way_will_leave() -> None:
    """Else the next commit would build on a state before it, and succeed although that one failed."""
    cache = ObjectCache()
    cache.put(KEY, Entry({"lastProcessedTaskId": 7}, 5, UNDER_WAY))
    cache.put_read(KEY, Entry({"lastProcessedTaskId": 5}, 3, changed_at=100))
    assert cache.get(KEY) == Entry({"lastProcessedTaskId": 7}, 5, UNDER_WAY)


def test_a_reading_of_that_state_or_a_later_one_counts() -> None:
    cache = ObjectCache()
    for version in (5, 6):
        cache.put(KEY, Entry({"lastProcessedTaskId": 7}, 5, UNDER_WAY))
        read = Entry({"lastProcessedTaskId": 7}, version, changed_at=100)
        cache.put_read(KEY, read)
        assert cache.get(KEY) is read


def test_a_node_made_anew_by_somebody_else_is_seen_whatever_its_version() -> None:
    cache = ObjectCache()
    cache.put(KEY, Entry({"lastProcessedTaskId": 7}, 5, changed_at=90))
    read = Entry({"lastProcessedTaskId": 0}, 0, changed_at=100)
    cache.put_read(KEY, read)
    assert cache.get(KEY) is read


def test_a_reading_that_took_its_time_does_not_take_back_what_is_known_since() -> None:
    cache = ObjectCache()
    known = Entry({"lastProcessedTaskId": 7}, 5, changed_at=100)
    cache.put(KEY, known)
    cache.put_read(KEY, Entry({"lastProcessedTaskId": 6}, 4, changed_at=90))
    assert cache.get(KEY) is known

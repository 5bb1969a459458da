"""From what is there to what has to be done, request by request (new 8)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.objects.equality import missing_changes
from midonet_migrate.plan.objects.locations import kind_at, locate
from midonet_migrate.plan.objects.members import FORCED_BY_POST
from midonet_migrate.target.midonet_api.bookkeeping import Memory
from midonet_migrate.target.midonet_api.chain_order import ChainOrder
from midonet_migrate.target.midonet_api.checks import children_of, limit_of, too_many_in_condition
from midonet_migrate.target.midonet_api.guard import Guard
from midonet_migrate.target.midonet_api.job import Job, SendOptions
from midonet_migrate.target.midonet_api.lookup import Lookup, Sight
from midonet_migrate.target.midonet_api.results import Result, State, done_state, result_of
from midonet_migrate.target.midonet_api.writer import TAKEN, Expected, expected

Decision = Result | Job
_DHCP_SUBNETS = frozenset({"dhcp_subnet", "dhcp_v6_subnet"})
_TABLES = frozenset({"ip4_mac_pair", "mac_port"})
_GUARDED = frozenset({"dhcp_host", "host_interface_port", "port_group_port", "port_link"})


class Decider:
    """Decides on levels of requests, one after the other. Reads, and never writes."""

    def __init__(
        self,
        requests: Sequence[ObjectRequest],
        lookup: Lookup,
        guard: Guard,
        memory: Memory,
        options: SendOptions,
        is_new: Callable[[str], bool],
    ) -> None:
        """``requests``: all of the plan, also those that are not sent now. ``is_new``: whether the object at
        an item path is made in this run."""
        self._lookup = lookup
        self._guard = guard
        self._memory = memory
        self._options = options
        self._is_new = is_new
        self._made_here = made_by(requests)
        self._later = _later_members(requests)
        self._children: Counter[str] = Counter()
        self._counted: set[str] = set()
        self.chains = self._chain_orders(requests)

    def _chain_orders(self, requests: Sequence[ObjectRequest]) -> dict[str, ChainOrder]:
        rules: defaultdict[str, list[ObjectRequest]] = defaultdict(list)
        for request in requests:
            if request.kind == "rule" and request.method == "POST":
                rules[request.path].append(request)
        return {
            path: ChainOrder(found, is_whole=path.removesuffix("/rules") in self._made_here)
            for path, found in rules.items()
        }

    def decide(self, requests: Sequence[ObjectRequest]) -> list[Decision]:
        """A result for what is done or cannot be done, a job for the rest; in order."""
        sights = self._lookup.survey(requests, self._is_new)
        self._count_children(requests, sights)
        seen: set[str] = set()
        for request, sight in zip(requests, sights, strict=True):
            if request.kind == "rule" and request.path not in seen:
                seen.add(request.path)
                self.chains[request.path].see(sight.siblings or [])
        decisions = [self._one(request, sight) for request, sight in zip(requests, sights, strict=True)]
        return self._guarded(decisions)

    def _one(self, request: ObjectRequest, sight: Sight) -> Decision:
        if sight.unreadable:
            return result_of(request, State.FAILED, sight.unreadable)
        decision = self._put(request, sight) if request.method == "PUT" else self._post(request, sight)
        is_done = isinstance(decision, Result) and decision.state in {State.CREATED, State.CHANGED}
        self._memory.settle(request, took_effect=is_done)
        return decision

    def _put(self, request: ObjectRequest, sight: Sight) -> Decision:
        wanted = expected(request)
        if sight.found is None:
            if self._options.dry_run and (self._is_new(request.path) or self._options.expect_import):
                return Job(request=request, expected=wanted)
            reason = f"something it needs is missing: {request.path} is not there"
            return result_of(request, State.SKIPPED, reason)
        if missing_changes(kind_at(request.path), request.body or {}, sight.found):
            return Job(request=request, expected=wanted, before=sight.found)
        return result_of(request, State.CHANGED if self._memory.was_sent(request) else State.ADOPTED)

    def _post(self, request: ObjectRequest, sight: Sight) -> Decision:
        wanted = self._expected(request)
        found = sight.found
        if request.kind == "port_link" and found is not None and found.get("peerId") is None:
            found = None
        if found is None:
            return self._absent(request, sight, wanted)
        different = wanted.compare(request.kind, found)
        if request.kind == "rule":
            misplaced = self.chains[request.path].misplaced(request.id)
            different = [*different, misplaced] if misplaced is not None else different
        if different:
            if request.kind in _TABLES and (request.kind, request.id) in self._options.replacing:
                return Job(request=request, expected=wanted, before=found)
            return result_of(request, State.CONFLICT, TAKEN, different)
        if sight.twins and request.kind in _DHCP_SUBNETS:
            if all(not wanted.compare(request.kind, twin) for twin in sight.twins):
                return Job(request=request, expected=wanted, twins=len(sight.twins))
            return result_of(request, State.CONFLICT, f"it is there {len(sight.twins) + 1} times")
        return result_of(request, done_state(request) if self._memory.was_sent(request) else State.ADOPTED)

    def _absent(self, request: ObjectRequest, sight: Sight, wanted: Expected) -> Decision:
        location = locate(request)
        if self._options.dry_run and not self._options.expect_import and self._lacks_parent(request, sight):
            reason = f"something it needs is missing: {location.parent} is not there"
            return result_of(request, State.SKIPPED, reason)
        problem = self._too_large(request) or self._probed(request)
        if problem:
            return result_of(request, State.FAILED, problem)
        return Job(request=request, expected=wanted)

    def _lacks_parent(self, request: ObjectRequest, sight: Sight) -> bool:
        """A dry run has no server that says so."""
        parent = locate(request).parent
        if not parent or self._is_new(parent):
            return False
        return sight.parent_missing or not self._lookup.exists(parent)

    def _expected(self, request: ObjectRequest) -> Expected:
        return expected(request, self._later.get(locate(request).item, frozenset()))

    def _count_children(self, requests: Sequence[ObjectRequest], sights: Sequence[Sight]) -> None:
        """How full the parents are that were there before (new 1.11); each is counted once."""
        open_lists: dict[str, ObjectRequest] = {}
        for request, sight in zip(requests, sights, strict=True):
            parent = locate(request).parent
            if not _counted(request) or request.path in self._counted:
                continue
            self._counted.add(request.path)
            if sight.siblings is not None:
                self._children[request.path] = len(sight.siblings)
            elif request.kind in {"port", "port_group_port"} and not self._is_new(parent):
                open_lists[request.path] = request
        counts = self._lookup.each(
            open_lists, lambda path: self._lookup.children(path, open_lists[path].kind)
        )
        self._children.update(dict(zip(open_lists, counts, strict=True)))

    def _too_large(self, request: ObjectRequest) -> str:
        limit = self._options.request_limit
        problem = too_many_in_condition(request.body or {}, limit)
        what = _counted(request)
        if problem or not what:
            return problem
        self._children[request.path] += 1
        if self._children[request.path] <= limit_of(what, limit):
            return ""
        return (
            f"{limit_of(what, limit)} {what} is all that the store can hold: a larger write would hang the "
            "new cluster for minutes"
        )

    def _probed(self, request: ObjectRequest) -> str:
        body = request.body or {}
        if request.kind != "vtep":
            return ""
        return self._options.probe(str(body["managementIp"]), int(body["managementPort"]))

    def _guarded(self, decisions: list[Decision]) -> list[Decision]:
        """Refuse what would erase hidden fields; side by side, as it takes reads."""
        at_risk = [
            number
            for number, decision in enumerate(decisions)
            if isinstance(decision, Job)
            and (decision.request.kind in _GUARDED or decision.before is not None)
            and decision.request.kind not in _TABLES
        ]
        problems = self._lookup.each(at_risk, lambda number: self._problem(decisions[number]))
        for number, problem in zip(at_risk, problems, strict=True):
            decision = decisions[number]
            if problem and isinstance(decision, Job):
                decisions[number] = result_of(decision.request, State.FAILED, problem)
        return decisions

    def _problem(self, decision: Decision) -> str:
        if not isinstance(decision, Job):
            return ""
        return self._guard.problem(decision.request, decision.before)


def _counted(request: ObjectRequest) -> str:
    if request.method != "POST" or request.kind == "host_interface_port":
        return ""
    return children_of(request, "router" if request.path.startswith("/routers/") else "bridge")


def _later_members(requests: Sequence[ObjectRequest]) -> dict[str, frozenset[str]]:
    """Item path to the members that PUTs of the plan change after the POST: it does not answer for them."""
    stored: dict[str, JsonObject] = {}
    members: defaultdict[str, set[str]] = defaultdict(set)
    for request in requests:
        body = request.body or {}
        if request.method == "POST":
            stored[locate(request).item] = {**body, **FORCED_BY_POST.get(request.kind, {})}
        elif request.path in stored:
            made = stored[request.path]
            members[request.path] |= {name for name in body if made.get(name) != body[name]}
    return {path: frozenset(names) for path, names in members.items()}


def made_by(requests: Sequence[ObjectRequest]) -> frozenset[str]:
    """Ids and item paths of all that the plan creates."""
    result: set[str] = set()
    for request in requests:
        if request.method == "POST" and request.kind != "port_link":
            result.add(locate(request).item)
            body: JsonObject = request.body or {}
            if isinstance(body.get("id"), str):
                result.add(body["id"])
    return frozenset(result)

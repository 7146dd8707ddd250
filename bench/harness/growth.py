"""How the time of a request grows with the tenant: 20,000 users beside 1,000,000 in one database."""

import dataclasses
import http.client
import json
import time

from harness import works

PLAN = "SELECT * FROM (VALUES (1, 20000), (2, 1000000)) plan (number, users)"
ORDERS = ["EMAIL", "NAME", "CREATED_AT", "LAST_LOGIN", "STATUS", "ROLE"]
WARM, ASKED = 10, 60

NODES = "nodes{id email role status crmAccess lastLogin roleTemplate{id name}} pageInfo{hasNextPage endCursor}"
PAGE = """query($first:Int,$after:String,$last:Int,$filter:UserFilter,$field:UserOrderField!,$direction:OrderDirection!){
    users(first:$first,after:$after,last:$last,filter:$filter,orderBy:{field:$field,direction:$direction}){%s}}""" % NODES


@dataclasses.dataclass
class Tenant:
    """Who asks in it, and who stands in the middle of it."""

    users: int
    token: str
    middle: str
    template: str


class Asking:
    """One connection to Rolecall."""

    def __init__(self, peer, tenant):
        self.connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=60)
        self.headers = {"content-type": "application/json", "authorization": f"Bearer {tenant.token}"}

    def ask(self, query, **variables):
        self.connection.request("POST", "/graphql", json.dumps({"query": query, "variables": variables}), self.headers)
        answer = json.loads(self.connection.getresponse().read())
        if answer.get("errors"):
            raise works.Wrong(f"{query} {variables}: {answer}")
        return answer["data"]

    def timed(self, query, **variables):
        """The time of one request in ms."""
        began = time.perf_counter()
        self.ask(query, **variables)
        return (time.perf_counter() - began) * 1000


def means(asked):
    """The mean time of each request, asked in turn so that a slow spell of the machine hits all of them, and without the
    slower half, which is what else the machine had to do."""
    for _ in range(WARM):
        for asking, (query, variables) in asked:
            asking.ask(query, **variables)
    times = [[asking.timed(query, **variables) for asking, (query, variables) in asked] for _ in range(ASKED)]
    return [sum(sorted(one)[:ASKED // 2]) / (ASKED // 2) for one in zip(*times)]


def tenants(postgres, name):
    """The two, with somebody from the middle of each."""
    sql = """SELECT s.invited + s.active + s.suspended,
            (SELECT seeding.token(u.tenant_id, u.id) FROM users u WHERE u.tenant_id = s.tenant_id AND u.role = 0 LIMIT 1),
            (SELECT u.email_key FROM users u WHERE u.tenant_id = s.tenant_id AND u.status = 1 AND u.role = 1
                ORDER BY u.email_key OFFSET (s.invited + s.active + s.suspended) / 2 LIMIT 1),
            (SELECT r.id FROM role_templates r WHERE r.tenant_id = s.tenant_id ORDER BY r.name_key LIMIT 1)
        FROM seats s ORDER BY 1"""
    rows = [line.split("|") for line in postgres.psql(name, "-c", sql).splitlines()]
    return [Tenant(int(users), token, middle, template) for users, token, middle, template in rows]


def pages():
    """First, middle and last page in every order."""
    for field in ORDERS:
        for direction in ("ASC", "DESC"):
            by = {"field": field, "direction": direction}
            title = f"by {field} {direction}"
            yield f"{title}, first page", lambda _, __, by=by: (PAGE, {"first": 50, **by}), 1.5
            yield f"{title}, middle page", lambda asking, tenant, by=by: (PAGE, {"first": 50, "after": _middle(asking, tenant, by), **by}), 1.5
            yield f"{title}, last page", lambda _, __, by=by: (PAGE, {"last": 50, **by}), 1.5


def _middle(asking, tenant, by):
    """The cursor of somebody in the middle."""
    found = asking.ask(PAGE, first=1, filter={"search": tenant.middle}, **by)
    if len(found["users"]["nodes"]) != 1:
        raise works.Wrong(f"nobody is {tenant.middle}")
    return found["users"]["pageInfo"]["endCursor"]


def counts():
    """What is known without counting."""
    yield "totalCount", lambda _, __: ("{users(first:1){totalCount}}", {}), 1.5
    yield "seatUsage", lambda _, __: ("{seatUsage{used limit available state}}", {}), 1.5


def filters():
    """Each filter, by email. What is compared is how the time grows."""
    by_email = {"first": 50, "field": "EMAIL", "direction": "ASC"}
    for title, only in [
        ("status: INVITED", {"status": ["INVITED"]}),
        ("status: SUSPENDED", {"status": ["SUSPENDED"]}),
        ("role: ADMIN, three of them", {"role": ["ADMIN"]}),
        ("role: USER", {"role": ["USER"]}),
        ("crmAccess: false", {"crmAccess": False}),
        ("inactiveSince, most", {"inactiveSince": "2026-01-01T00:00:00Z"}),
        ("inactiveSince, a few in a thousand", {"inactiveSince": "2024-01-10T00:00:00Z"}),
        ("inactiveSince, nobody", {"inactiveSince": "2023-01-01T00:00:00Z"}),
        ("status and crmAccess", {"status": ["SUSPENDED"], "crmAccess": False}),
        ("search, a beginning of one letter: k", {"search": "k"}),
        ("search, a beginning of two letters: we", {"search": "we"}),
        ("search, a beginning of two letters that nobody has: zz", {"search": "zz"}),
    ]:
        yield f"filter {title}", lambda _, __, only=only: (PAGE, {**by_email, "filter": only}), 2.5
    yield "filter roleTemplateId", lambda _, tenant: (
        PAGE, {**by_email, "filter": {"roleTemplateId": [works.type_id("template", tenant.template)]}}), 2.5


def searches():
    """Anywhere in the address or the name; 10 ms at most."""
    by_email = {"first": 50, "field": "EMAIL", "direction": "ASC"}
    for title, text in [
        ("everybody", "exa"),
        ("one in ten", "mar"),
        ("one in thousands", "xot"),
        ("nobody", "zzq"),
    ]:
        yield f"search {text} ({title})", lambda _, __, text=text: (PAGE, {**by_email, "filter": {"search": text}}), None
    yield "search a whole address", lambda _, tenant: (PAGE, {**by_email, "filter": {"search": tenant.middle}}), 2.5


def run(postgres, name, peer):
    """Prints a table: the mean times in both tenants, their ratio, and whether the goal is met."""
    small, large = tenants(postgres, name)
    print(f"\n### From {small.users:,} to {large.users:,} users in the tenant\n")
    print(f"Mean of the faster half of {ASKED} requests by one connection, in ms.\n")
    print(f"| | {small.users:,} | {large.users:,} | ratio | goal | |\n|---|---:|---:|---:|---|---|")
    both = [(Asking(peer, tenant), tenant) for tenant in (small, large)]
    for title, ask, goal in [*counts(), *pages(), *filters(), *searches()]:
        asked = [(asking, ask(asking, tenant)) for asking, tenant in both]
        for asking, (query, variables) in asked:
            data = asking.ask(query, **variables)
            if title.startswith("by ") and len(data["users"]["nodes"]) != 50:
                raise works.Wrong(f"{title}: {data}")
        few, many = means(asked)
        met = many / few <= goal if goal else many <= 10
        said = f"≤ {goal} ×" if goal else "≤ 10 ms"
        print(f"| {title} | {few:.2f} | {many:.2f} | {many / few:.2f} | {said} | {'met' if met else '**missed**'} |", flush=True)

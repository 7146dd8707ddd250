"""What is asked of every peer, and what is right as an answer."""

import json
import urllib.request

FIELDS = "id email role status crmAccess lastLogin roleTemplate{id name}"
LIST = "edges{cursor node{%s}} pageInfo{hasNextPage endCursor}" % FIELDS

# What PostGraphile makes of the same tables; numbers for role and status, as they are stored.
PG_FIELDS = ("id:rowId email role status crmAccess lastLogin:lastLoginAt"
             " roleTemplate:roleTemplateByTenantIdAndRoleTemplateId{id:rowId name}")
PG_LIST = "edges{cursor node{%s}} pageInfo{hasNextPage endCursor}" % PG_FIELDS
PG_PAGE = "{users:allUsers(first:50,orderBy:[EMAIL_KEY_ASC,ROW_ID_ASC]){%s%s}}"

INVITE = "mutation($input:InviteUserInput!){inviteUser(input:$input){user{id email status} seatUsage{used limit} errors{code}}}"

# Whatever an invitation writes a row of, or counts.
INVITED = """SELECT (SELECT sum(invited) FROM seats), (SELECT sum(user_count) FROM role_templates)
        + (SELECT count(*) FROM users WHERE role_template_id IS NULL), (SELECT count(*) FROM users),
    (SELECT count(*) FROM person_labels), (SELECT count(*) FROM invitations), (SELECT count(*) FROM mails),
    (SELECT count(*) FROM audit_events)"""


class Wrong(Exception):
    """A peer answered something else than it should."""


def world(postgres, database):
    """64 tenants of 200 and more users, the largest first: an admin's token, and what the database says of each."""
    sql = """SELECT json_agg(t ORDER BY t.users DESC) FROM (
        SELECT s.tenant_id, s.invited + s.active + s.suspended AS users,
            (SELECT seeding.token(u.tenant_id, u.id) FROM users u
                WHERE u.tenant_id = s.tenant_id AND u.role = 0 ORDER BY u.id LIMIT 1) AS token,
            (SELECT json_agg(p) FROM (SELECT u.id, u.email, r.id AS template_id, r.name AS template FROM users u
                LEFT JOIN role_templates r ON r.tenant_id = u.tenant_id AND r.id = u.role_template_id
                WHERE u.tenant_id = s.tenant_id ORDER BY u.email_key, u.id LIMIT 50) p) AS page
        FROM seats s WHERE s.invited + s.active + s.suspended >= 200 ORDER BY 2 DESC LIMIT 64) t"""
    tenants = json.loads(postgres.psql(database, "-c", sql))
    for tenant in tenants:
        tenant["template"] = next(row["template_id"] for row in tenant["page"] if row["template_id"])
    return tenants


def type_id(kind, uuid):
    """A TypeID: the kind and the UUID in Crockford's base 32."""
    number = int(uuid.replace("-", ""), 16)
    digits = (number >> shift & 31 for shift in range(125, -1, -5))
    return f"{kind}_" + "".join("0123456789abcdefghjkmnpqrstvwxyz"[digit] for digit in digits)


def graphql(query, **variables):
    return {"query": query, "variables": variables} if variables else {"query": query}


class Work:
    """One kind of request. `asked(peer, tenant)` gives path and body, or None where the peer has no such thing;
    `check(data, tenant)` raises Wrong."""

    unique = False

    def __init__(self, title, tenants):
        self.title, self.tenants = title, tenants

    def requests(self, kind):
        """Path and (token, body) for each tenant; none where the peer cannot do it."""
        asked = [(self.asked(kind, tenant), tenant) for tenant in self.tenants]
        if asked[0][0] is None:
            return None
        return asked[0][0][0], [(tenant["token"], json.dumps(body, separators=(",", ":")), tenant)
                                for (_, body), tenant in asked]

    def checked(self, peer, path, token, body, tenant):
        """Asks once, and answers how long the right answer is."""
        headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        request = urllib.request.Request(f"http://127.0.0.1:{peer.port}{path}", body.encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                text = response.read()
        except OSError as error:
            raise Wrong(f"{peer.name}, {self.title}: {error}") from error
        answer = json.loads(text)
        if answer.get("errors") or not isinstance(answer.get("data"), dict):
            raise Wrong(f"{peer.name}, {self.title}: {text[:400]}")
        try:
            right = self.right(answer["data"], tenant)
        except (KeyError, TypeError, IndexError):
            right = False
        if not right:
            raise Wrong(f"{peer.name}, {self.title}: this is not what the database says: {text[:400]}")
        return len(text)


class Page(Work):
    """A page of 50 by email, as a signed-in admin sees it."""

    counted = False

    def asked(self, kind, tenant):
        count = "totalCount " if self.counted else ""
        if kind == "floor":
            return ("/page-with-count" if self.counted else "/page"), {"first": 50}
        if kind == "postgraphile":
            return "/graphql", graphql(PG_PAGE % (count, PG_LIST))
        return "/graphql", graphql("{users(first: 50){%s%s}}" % (count, LIST))

    def right(self, data, tenant):
        users = data["users"]
        seen = [(e["node"]["email"], (e["node"]["roleTemplate"] or {}).get("name")) for e in users["edges"]]
        expected = [(row["email"], row["template"]) for row in tenant["page"]]
        info = users["pageInfo"]
        counted = not self.counted or users["totalCount"] == tenant["users"]
        last = users["edges"][-1]["cursor"]
        return seen == expected and len(seen) == 50 and counted and info["hasNextPage"] and info["endCursor"] == last


class CountedPage(Page):
    """The same with `totalCount`."""

    counted = True


class Seats(Work):
    """Seat usage."""

    def asked(self, kind, tenant):
        if kind == "floor":
            return "/seats", {}
        if kind == "postgraphile":
            return "/graphql", graphql("{seatUsage:allSeats{nodes{invited active suspended limit:seatLimit}}}")
        return "/graphql", graphql("{seatUsage{used limit available state}}")

    def right(self, data, tenant):
        usage = data["seatUsage"]
        if "nodes" in usage:
            [row] = usage["nodes"]
            return row["invited"] + row["active"] + row["suspended"] == tenant["users"]
        return usage["used"] == tenant["users"] and usage["state"] == "AVAILABLE"


class OneUser(Work):
    """One user by its id."""

    def asked(self, kind, tenant):
        uuid = tenant["page"][30]["id"]
        if kind == "floor":
            return "/user", {"id": type_id("user", uuid)}
        if kind == "postgraphile":
            query = "query($id:UUID!){user:allUsers(condition:{rowId:$id}){nodes{%s}}}" % PG_FIELDS
            return "/graphql", graphql(query, id=uuid)
        id = type_id("user", uuid) if kind == "rolecall" else uuid
        return "/graphql", graphql("query($id:ID!){user(id:$id){%s}}" % FIELDS, id=id)

    def right(self, data, tenant):
        user = data["user"]
        [user] = user["nodes"] if "nodes" in user else [user]
        return user["email"] == tenant["page"][30]["email"]


class Invite(Work):
    """An invitation with a role template. Its address never comes twice."""

    unique = True

    def asked(self, kind, tenant):
        new = {"email": "New.@@@bench.example", "roleTemplateId": type_id("template", tenant["template"]), "crmAccess": True}
        if kind == "floor":
            return "/invite", new
        if kind == "rolecall":
            return "/graphql", graphql(INVITE, input=new)
        return None

    def right(self, data, tenant):
        invited = data["inviteUser"]
        return invited["user"]["status"] == "INVITED" and invited["seatUsage"]["used"] > 0 and not invited["errors"]

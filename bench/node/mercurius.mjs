// Mercurius with its JIT, written by hand: the session, the page, its templates by a loader.
import Fastify from "fastify";
import mercurius from "mercurius";
import { callersTenant, pool } from "./caller.mjs";

const connections = pool();
const rows = async (name, text, values) => (await connections.query({ name, text, values })).rows;

const schema = `
  enum Role { ADMIN USER }
  enum UserStatus { INVITED ACTIVE SUSPENDED }
  enum SeatState { AVAILABLE NEAR_LIMIT FULL OVER_LIMIT }
  type RoleTemplate { id: ID! name: String! }
  type User {
    id: ID! email: String! role: Role! status: UserStatus! crmAccess: Boolean! lastLogin: String
    roleTemplate: RoleTemplate
  }
  type UserEdge { cursor: String! node: User! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type UserConnection { edges: [UserEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type SeatUsage { used: Int! limit: Int! available: Int! state: SeatState! }
  type Query { users(first: Int = 50, after: String): UserConnection user(id: ID!): User seatUsage: SeatUsage }`;

const ROLES = ["ADMIN", "USER"];
const STATUSES = ["INVITED", "ACTIVE", "SUSPENDED"];
const USER = "SELECT id, email, email_key, role, status, crm_access, last_login_at, role_template_id FROM users";

const user = (row) => ({
  id: row.id,
  email: row.email,
  role: ROLES[row.role],
  status: STATUSES[row.status],
  crmAccess: row.crm_access,
  lastLogin: row.last_login_at > 0 ? row.last_login_at.toISOString() : null,
  template: row.role_template_id,
});
const cursorOf = (row) => Buffer.from(`${row.id}${row.email_key}`).toString("base64url");

async function users(_, { first, after }, { tenant }) {
  const size = Math.min(Math.max(first, 1), 100);
  const place = after ? Buffer.from(after, "base64url").toString() : "";
  const [id, key] = place ? [place.slice(0, 36), place.slice(36)] : ["00000000-0000-0000-0000-000000000000", ""];
  const sql = `${USER} WHERE tenant_id = $1 AND (email_key, id) > ($2, $3) ORDER BY email_key, id LIMIT $4`;
  const found = await rows("page", sql, [tenant, key, id, size + 1]);
  const page = found.slice(0, size);
  return {
    edges: page.map((row) => ({ cursor: cursorOf(row), node: user(row) })),
    pageInfo: { hasNextPage: found.length > size, endCursor: page.length ? cursorOf(page.at(-1)) : null },
  };
}

async function seatUsage(tenant) {
  const sql = `SELECT invited + active + suspended AS used, seat_limit AS "limit" FROM seats WHERE tenant_id = $1`;
  const [{ used, limit }] = await rows("seats", sql, [tenant]);
  const left = limit - used;
  const state = left < 0 ? "OVER_LIMIT" : left === 0 ? "FULL" : left === 1 || used * 5 >= limit * 4 ? "NEAR_LIMIT" : "AVAILABLE";
  return { used, limit, available: Math.max(left, 0), state };
}

const resolvers = {
  Query: {
    users,
    async user(_, { id }, { tenant }) {
      const [row] = await rows("user", `${USER} WHERE tenant_id = $1 AND id = $2`, [tenant, id]);
      return row ? user(row) : null;
    },
    seatUsage: (_, __, { tenant }) => seatUsage(tenant),
  },
  UserConnection: { totalCount: async (_, __, { tenant }) => (await seatUsage(tenant)).used },
};

const loaders = {
  User: {
    roleTemplate: {
      async loader(asked, { tenant }) {
        const ids = [...new Set(asked.map(({ obj }) => obj.template).filter(Boolean))];
        if (ids.length === 0) return asked.map(() => null);
        const sql = "SELECT id, name FROM role_templates WHERE tenant_id = $1 AND id = ANY($2)";
        const found = new Map((await rows("templates", sql, [tenant, ids])).map((row) => [row.id, row]));
        return asked.map(({ obj }) => found.get(obj.template) ?? null);
      },
      opts: { cache: false },
    },
  },
};

const app = Fastify({ logger: false });
app.register(mercurius, {
  schema,
  resolvers,
  loaders,
  jit: 1,
  graphiql: false,
  context: async (request) => ({ tenant: await callersTenant(connections, request.headers.authorization) }),
});
await app.listen({ port: Number(process.env.LISTEN_PORT), host: "127.0.0.1" });

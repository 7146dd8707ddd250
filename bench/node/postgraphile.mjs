// PostGraphile with its Amber preset, set up for production. The tenant comes from the session and is put into the
// plans, which is cheaper than row level security.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { context } from "postgraphile/grafast";
import { TYPES } from "postgraphile/@dataplan/pg";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { sql } from "postgraphile/pg-sql2";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { wrapPlans } from "postgraphile/utils";
import { callersTenant, pool } from "./caller.mjs";

const sessions = pool();

const ofTenant = (plan) => {
  const $connection = plan();
  const $rows = $connection.getSubplan();
  const $tenant = context().get("tenant");
  $rows.where(sql`${$rows}.tenant_id = ${$rows.placeholder($tenant, TYPES.uuid)}`);
  return $connection;
};

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [wrapPlans({ Query: { allUsers: ofTenant, allSeats: ofTenant } })],
  pgServices: [makePgService({ pool: pool(), schemas: ["public"] })],
  grafserv: { graphqlPath: "/graphql", watch: false, graphiql: false, parseAndValidateCacheSize: 500 },
  grafast: {
    explain: false,
    context: async ({ node }) => ({ tenant: await callersTenant(sessions, node?.req?.headers?.authorization) }),
  },
};
const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(Number(process.env.LISTEN_PORT), "127.0.0.1");

// Who is asking: the same check of the session as Rolecall's, in one statement.
import { createHash } from "node:crypto";
import pg from "pg";

export const pool = () =>
  new pg.Pool({ connectionString: process.env.DATABASE_URL, idleTimeoutMillis: 0, max: 10 });

// Admins, and who holds `users.view`, the eleventh permission.
const SESSION = `
  SELECT s.tenant_id, s.user_id FROM sessions s
  JOIN users me ON me.tenant_id = s.tenant_id AND me.id = s.user_id
  LEFT JOIN role_templates mine ON mine.tenant_id = me.tenant_id AND mine.id = me.role_template_id
  WHERE s.tenant_id = $1 AND s.token_hash = $2 AND s.expires_at > now() AND me.status = 1
    AND (me.role = 0 OR (me.permissions | coalesce(mine.permissions, 0)) & 1024 <> 0)`;

/** The tenant whose users the bearer of the token may see. */
export async function callersTenant(connections, authorization) {
  const token = (authorization ?? "").slice("Bearer ".length);
  const tenant = Buffer.from(token.slice("rcs_".length), "base64url").subarray(0, 16).toString("hex");
  const hash = createHash("sha256").update(token).digest();
  const { rows } = await connections.query({ name: "session", text: SESSION, values: [tenant, hash] });
  if (rows.length !== 1) throw new Error("UNAUTHENTICATED");
  return rows[0].tenant_id;
}

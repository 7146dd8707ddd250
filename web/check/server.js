// The real server, from `cargo build`, on a free port and a database of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target', 'debug/rolecall');

/** Starts `rolecall COMMAND`, hands its address to `use`, and stops it whatever comes of that. */
export async function withServer(args, use) {
  const folder = await mkdtemp(join(tmpdir(), 'rolecall-check-'));
  const server = spawn(program, [...args, '--listen', '127.0.0.1:0'], {
    cwd: folder,
    env: { ROLECALL_LOG: 'warn', PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  try {
    return await use(await address(server));
  } finally {
    server.kill('SIGTERM');
    await ended.catch(() => {});
    await rm(folder, { recursive: true });
  }
}

async function address(server) {
  const lines = createInterface(server.stdout);
  const [line] = await Promise.race([once(lines, 'line'), once(server, 'exit').then(() => [''])]);
  const url = line.match(/^listening on (http:\/\/\S+)$/)?.[1];
  if (!url) throw new Error(`${program} did not start`);
  return url;
}

/** `data` of a GraphQL request that must succeed. */
export async function ask(url, query, variables) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

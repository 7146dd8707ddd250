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

/**
 * Starts `rolecall COMMAND`, hands its address to `use`, and stops it whatever comes of that. `heard` waits for what a
 * pattern's group finds in what the program prints.
 */
export async function withServer(args, use) {
  const folder = await mkdtemp(join(tmpdir(), 'rolecall-check-'));
  const server = spawn(program, [...args, '--listen', '127.0.0.1:0'], {
    cwd: folder,
    env: { ROLECALL_LOG: 'warn', PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  const heard = listen(server, ended);
  try {
    return await use(await heard(/^listening on (http:\/\/\S+)$/m), heard);
  } finally {
    server.kill('SIGTERM');
    await ended.catch(() => {});
    await rm(folder, { recursive: true });
  }
}

function listen(server, ended) {
  const lines = createInterface(server.stdout);
  let said = '';
  lines.on('line', (line) => (said += `${line}\n`));
  return async (pattern) => {
    for (;;) {
      const found = said.match(pattern);
      if (found) return found[1];
      const over = await Promise.race([once(lines, 'line').then(() => false), ended.then(() => true)]);
      if (over) throw new Error(`${program} ended without saying ${pattern}:\n${said}`);
    }
  };
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

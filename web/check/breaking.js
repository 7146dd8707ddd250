// The schema may grow, but breaks no client of the last release, whose schema is schema.released.graphql.
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';
import { readFile } from 'node:fs/promises';

const root = new URL('../../', import.meta.url);
const read = async (name) => buildSchema(await readFile(new URL(name, root), 'utf8'));

const changes = await diff(await read('schema.released.graphql'), await read('schema.graphql'));
const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
for (const { path, message } of breaking) console.error(`breaking: ${path}: ${message}`);
console.log(`Schema: ${changes.length} changes since the last release, ${breaking.length} of them breaking`);
process.exitCode = breaking.length ? 1 : 0;

// The audits of the npm package graphql-http: each must be OK, be it a MUST, a SHOULD or a MAY.
import { serverAudits } from 'graphql-http';
import { withServer } from './server.js';

/** How many there are at least: a release that offers fewer proves less. */
const KNOWN = 61;

const failed = await withServer(['serve'], async (url) => {
  const audits = serverAudits({ url: `${url}/graphql`, fetchFn: fetch });
  const results = [];
  for (const audit of audits) results.push(await audit.fn());
  const failed = results.filter(({ status }) => status !== 'ok');
  for (const { id, name, status, reason } of failed) console.error(`${status} ${id} ${name}: ${reason}`);
  console.log(`GraphQL over HTTP: ${results.length - failed.length} of ${results.length} audits are OK`);
  return results.length >= KNOWN ? failed.length : KNOWN;
});
process.exitCode = failed ? 1 : 0;

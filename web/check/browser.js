// Headless Chromium, as Debian packages it, with a fresh profile and nothing to say to anybody but the page's own server.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Opens an empty page, hands it to `use` with the list of what goes wrong on it, and closes the browser. */
export async function withPage(origin, use) {
  const profile = await mkdtemp(join(tmpdir(), 'rolecall-browser-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: QUIET,
    viewport: { width: 1280, height: 720 },
    timeout: 60_000,
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    return await use(page, await watch(page, origin));
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
}

/** Collects foreign and failed requests, errors of scripts and of the console, and breaches of the page's policy. */
async function watch(page, origin) {
  const wrong = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    const inPage = ['data:', 'blob:'].includes(url.protocol);
    if (url.origin !== origin && !inPage) wrong.push(`a request to ${url}`);
  });
  page.on('requestfailed', (request) => wrong.push(`failed: ${request.url()}: ${request.failure()?.errorText}`));
  page.on('response', (response) => {
    if (response.status() >= 400) wrong.push(`${response.status()}: ${response.url()}`);
  });
  page.on('pageerror', (error) => wrong.push(`thrown: ${error}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(`console: ${message.text()}`);
  });
  await page.exposeFunction('__violated', (what) => wrong.push(`against the policy: ${what}`));
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (event) =>
      window.__violated(`${event.effectiveDirective} ${event.blockedURI}`),
    ),
  );
  return wrong;
}

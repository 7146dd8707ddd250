// A browser opens /graphql of the demo: it completes a field's name from the schema, and runs the example with a session.
// With a path as argument it leaves a picture there, as the README shows it.
import assert from 'node:assert/strict';
import { withPage } from './browser.js';
import { ask, withServer } from './server.js';

const picture = process.argv[2];

await withServer(['demo'], async (url, heard) => {
  const token = await signIn(url, heard);
  await withPage(url, async (page, wrong) => {
    await page.goto(`${url}/graphql`);
    await runTheExample(page, token);
    if (picture) await takePicture(page);
    await completeAField(page);
    assert.deepEqual(wrong, [], 'everything comes from the server, and nothing fails');
  });
});
console.log('Playground: opened, completed, ran and answered, with no failed and no foreign request');

async function signIn(url, heard) {
  const [tenant, email, password] = [
    await heard(/^ *tenant +(\S+)/m),
    await heard(/^ *admin +(\S+)/m),
    await heard(/^ *password +(\S+)/m),
  ];
  const mutation = `mutation ($input: SignInInput!) { signIn(input: $input) { token errors { message } } }`;
  const { signIn } = await ask(url, mutation, { input: { tenant, email, password } });
  assert.deepEqual(signIn.errors, []);
  return signIn.token;
}

async function runTheExample(page, token) {
  await page.locator('.graphiql-editor-tool .monaco-editor:visible').click();
  await page.keyboard.press('Control+A');
  // The editor closes the quotes and the braces itself.
  await page.keyboard.type(`{ "Authorization": "Bearer ${token}`);
  await page.locator('.graphiql-execute-button').click();
  // Monaco writes spaces as no-break ones.
  const answer = page.locator('.graphiql-response .view-lines');
  for (const part of ['"name": "Grace Lindqvist"', '"state": "NEAR_LIMIT"', '"email": "amara.diallo@acme.example"']) {
    await answer.filter({ hasText: new RegExp(part.replaceAll(' ', '\\s')) }).waitFor();
  }
}

async function completeAField(page) {
  await page.getByLabel('New tab').click();
  await page.locator('.graphiql-query-editor .monaco-editor').click();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('{ permissionCat');
  await page.locator('.suggest-widget .monaco-list-row', { hasText: 'permissionCatalog' }).click();
  await page.locator('.graphiql-query-editor .view-lines', { hasText: 'permissionCatalog' }).waitFor();
}

async function takePicture(page) {
  await page.getByLabel('Hide editor tools').click();
  await page.evaluate(() => document.activeElement.blur());
  await page.mouse.move(0, 0);
  // Scroll bars fade out.
  await page.waitForTimeout(2000);
  await page.screenshot({ path: picture });
}

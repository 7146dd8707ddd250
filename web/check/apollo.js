// What docs/clients.md says of Apollo Client, tried against the server: after a change the cache is right, and nothing was
// asked for again.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { forgetAccess, forgetUser, typePolicies } from '../clients/apollo.js';
import { withServer } from './server.js';

const PAGE = gql`
  query Page($first: Int!, $after: String) {
    seatUsage { id used available state }
    users(first: $first, after: $after) {
      edges { cursor node { id email status roleTemplate { id name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
const DIALOG = gql`
  query Dialog($id: ID!) {
    user(id: $id) {
      id
      permissions { users { view edit } }
      access { active }
      roleTemplate { id permissions { granted analytics { view export } } }
    }
  }
`;
const ACCESS = gql`
  query Access($id: ID!) {
    user(id: $id) { id permissions { granted } access { permissions { granted } } roleTemplate { id permissions { conversations { view } } } }
  }
`;
const INVITE = gql`
  mutation Invite($input: InviteUserInput!) {
    inviteUser(input: $input) { user { id email status } seatUsage { id used available state } errors { code path } }
  }
`;
const EDIT_TEMPLATE = gql`
  mutation EditTemplate($input: EditRoleTemplateInput!) {
    editRoleTemplate(input: $input) { roleTemplate { id permissions { granted analytics { view export } } } errors { code path } }
  }
`;
const DELETE = gql`
  mutation Delete($input: DeleteUserInput!) {
    deleteUser(input: $input) { deletedUserId seatUsage { id used available state } errors { code path } }
  }
`;

await withServer(['demo'], async (url, heard) => {
  const token = await heard(/^ *token +(\S+)$/m);
  let requests = 0;
  const counted = (...request) => {
    requests += 1;
    return fetch(...request);
  };
  const cache = new InMemoryCache({ typePolicies });
  const link = new HttpLink({ uri: `${url}/graphql`, fetch: counted, headers: { authorization: `Bearer ${token}` } });
  const client = new ApolloClient({ cache, link });
  const change = async (mutation, input, field) => {
    const { data } = await client.mutate({ mutation, variables: { input } });
    assert.deepEqual(data[field].errors, []);
    return data[field];
  };
  const cached = (query, variables) => cache.readQuery({ query, variables });

  const firstPage = { query: PAGE, variables: { first: 5 } };
  const { data: page } = await client.query(firstPage);
  const list = client.watchQuery(firstPage);
  const watching = list.subscribe(() => {});
  await list.fetchMore({ variables: { first: 100, after: page.users.pageInfo.endCursor } });
  watching.unsubscribe();
  const people = () => cached(PAGE, { first: 5 }).users.edges.map(({ node }) => node);
  const shown = people();
  assert.ok(shown.length > 5, 'two pages of one list are one list');
  const { id, roleTemplate } = shown.find((user) => user.roleTemplate);
  await client.query({ query: DIALOG, variables: { id } });
  await client.query({ query: ACCESS, variables: { id } });
  assert.ok(cached(DIALOG, { id }), 'what one query asks of access and permissions stays when another asks for more');
  const asked = requests;

  const used = () => cached(PAGE, { first: 5 }).seatUsage.used;
  const before = used();
  const invited = await change(INVITE, { email: 'new@acme.example' }, 'inviteUser');
  assert.equal(used(), before + 1, 'the seat usage of the page is that of after the invitation');

  const boxes = () => cached(DIALOG, { id }).user.roleTemplate.permissions.analytics;
  const checked = !boxes().export;
  const permissions = { analytics: { export: checked } };
  await change(EDIT_TEMPLATE, { roleTemplateId: roleTemplate.id, permissions }, 'editRoleTemplate');
  assert.equal(boxes().export, checked, "the dialog's boxes are those of after the edit");
  forgetAccess(cache);
  assert.equal(cached(ACCESS, { id }), null, 'what the users of the template may do is asked for when it is shown next');

  const gone = shown.find((user) => user.status === 'SUSPENDED');
  await change(DELETE, { userId: gone.id }, 'deleteUser');
  forgetUser(cache, gone.id);
  assert.deepEqual(people().map((user) => user.id), shown.map((user) => user.id).filter((other) => other !== gone.id));
  await change(DELETE, { userId: invited.user.id }, 'deleteUser');
  assert.equal(used(), before - 1, 'both seats are free');
  assert.equal(requests, asked + 4, 'four mutations, and nothing was asked for again');
});

const [guide, policies] = await Promise.all(
  ['../../docs/clients.md', '../clients/apollo.js'].map((file) => readFile(new URL(file, import.meta.url), 'utf8')),
);
assert.ok(guide.includes(policies), 'docs/clients.md shows web/clients/apollo.js as it is');
console.log('Apollo Client: the cache is right after each change, with no refetch');

import { relayStylePagination } from '@apollo/client/utilities';

const merged = { merge: true };

/** What Apollo Client's InMemoryCache has to know of Rolecall. Users, templates, tenants and seats are found by their ids. */
export const typePolicies = {
  Query: {
    fields: {
      // Pages of one list are one list; another filter or order is another list.
      users: relayStylePagination(['filter', 'orderBy']),
      // Who is in the cache already is not asked for again.
      user: (_, { args, toReference }) => toReference({ __typename: 'User', id: args.id }),
      roleTemplate: (_, { args, toReference }) => toReference({ __typename: 'RoleTemplate', id: args.id }),
    },
  },
  // These have no id: they are parts of what they stand in, and what one query asks of them is added to what another did.
  User: { fields: { permissions: merged, access: merged, invitation: merged, viewerCan: merged } },
  RoleTemplate: { fields: { permissions: merged, viewerCan: merged } },
  Access: { fields: { permissions: merged } },
  Permissions: {
    fields: {
      conversations: merged,
      settings: merged,
      users: merged,
      analytics: merged,
      integrations: merged,
      experiments: merged,
    },
  },
};

/** Takes somebody who was deleted out of every list. */
export function forgetUser(cache, id) {
  cache.evict({ id: cache.identify({ __typename: 'User', id }) });
  cache.gc();
}

/** After a template was edited or deleted: what its users may do is asked for again when it is shown next. */
export function forgetAccess(cache) {
  for (const id of Object.keys(cache.extract()).filter((id) => id.startsWith('User:'))) {
    cache.evict({ id, fieldName: 'access' });
  }
}

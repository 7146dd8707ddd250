export const HEADERS = `// What signIn answers, or what the demo prints:
// { "Authorization": "Bearer rcs_…" }
`;

const OVERVIEW = `# Who is asking, how many seats are taken,
# and who is there. It needs a session.
query Overview {
  viewer {
    user {
      name
      role
    }
  }
  seatUsage {
    used
    limit
    state
  }
  users(first: 3) {
    nodes {
      email
      status
    }
  }
}
`;

const SIGN_IN = `# Put the token into Headers, in the other tab.
mutation SignIn {
  signIn(
    input: {
      tenant: "acme"
      email: "you@acme.example"
      password: "…"
    }
  ) {
    token
    errors {
      code
      message
    }
  }
}
`;

/** What somebody sees who opens the page for the first time. */
export const TABS = [{ query: OVERVIEW, headers: HEADERS }, { query: SIGN_IN }];

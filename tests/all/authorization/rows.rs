/// A line of the table: a field of the schema on something, and the question that is asked.
#[derive(Clone, Copy)]
pub struct Row {
    /// The field.
    pub field: &'static str,
    /// On what it is tried.
    pub on: &'static str,
    /// The question; `<word>`s are made for it. A mutation that selects nothing is asked for its `errors`.
    pub question: &'static str,
    /// Whether it is a mutation.
    pub mutation: bool,
}

/// Every root field of the schema, at least once.
pub fn rows() -> Vec<Row> {
    let of = |lines: &'static str, mutation: bool| {
        lines.lines().filter_map(|line| line.split_once('|')).map(move |(on, question)| {
            let question = question.trim();
            let field = question.split(['(', ' ']).next().unwrap();
            Row { field, on: on.trim(), question, mutation }
        })
    };
    of(QUERIES, false).chain(of(MUTATIONS, true)).collect()
}

const QUERIES: &str = r#"
                             | viewer { tenant { id } }
themselves                   | node(id: "<me>") { id }
somebody else                | node(id: "<somebody>") { id }
a template                   | node(id: "<template>") { id }
the tenant                   | node(id: "<tenant>") { id }
themselves                   | nodes(ids: ["<me>"]) { id }
somebody else                | nodes(ids: ["<somebody>"]) { id }
a template                   | nodes(ids: ["<template>"]) { id }
                             | users { totalCount nodes { id } }
themselves                   | user(id: "<me>") { id }
somebody else                | user(id: "<somebody>") { id }
an admin                     | user(id: "<admin>") { id }
                             | roleTemplates { id }
one's own                    | roleTemplate(id: "<mine>") { id }
any                          | roleTemplate(id: "<template>") { id }
                             | seatUsage { used }
                             | permissionCatalog { key }
by its link                  | invitation(token: "<invitation link>") { email }
"#;

const MUTATIONS: &str = r#"
somebody                     | inviteUser(input: { email: "<new address>" })
an admin                     | inviteUser(input: { email: "<new address>", role: ADMIN })
a template that grants more  | inviteUser(input: { email: "<new address>", roleTemplateId: "<template>" })
CRM access                   | inviteUser(input: { email: "<new address>", crmAccess: true })
a right that one lacks       | inviteUser(input: { email: "<new address>", permissions: { settings: { view: true } } })
users.view                   | inviteUser(input: { email: "<new address>", permissions: { users: { view: true } } })
somebody invited             | resendInvite(input: { userId: "<invited>" })
an invited admin             | resendInvite(input: { userId: "<invited admin>" })
themselves                   | resendInvite(input: { userId: "<me>" })
somebody's name              | editUser(input: { userId: "<somebody>", name: "X" })
their own name               | editUser(input: { userId: "<me>", name: "X" })
their own status             | editUser(input: { userId: "<me>", status: SUSPENDED })
an admin's name              | editUser(input: { userId: "<admin>", name: "X" })
an address                   | editUser(input: { userId: "<somebody>", email: "<new address>" })
address of who holds more    | editUser(input: { userId: "<holder>", email: "<new address>" })
a role                       | editUser(input: { userId: "<somebody>", role: ADMIN })
suspending somebody          | editUser(input: { userId: "<holder>", status: SUSPENDED })
reactivating somebody        | editUser(input: { userId: "<suspended>", status: ACTIVE })
reactivating who holds more  | editUser(input: { userId: "<suspended holder>", status: ACTIVE })
a template that grants more  | editUser(input: { userId: "<somebody>", roleTemplateId: "<template>" })
CRM access                   | editUser(input: { userId: "<somebody>", crmAccess: true })
a right that one lacks       | editUser(input: { userId: "<somebody>", permissions: { settings: { view: true } } })
users.view                   | editUser(input: { userId: "<somebody>", permissions: { users: { view: true } } })
taking away that right       | editUser(input: { userId: "<holder>", permissions: { settings: { view: false } } })
somebody                     | deleteUser(input: { userId: "<somebody>" })
somebody who holds more      | deleteUser(input: { userId: "<holder>" })
an admin                     | deleteUser(input: { userId: "<admin>" })
themselves                   | deleteUser(input: { userId: "<me>" })
an empty one                 | createRoleTemplate(input: { name: "<new name>", permissions: {} })
a right that one lacks       | createRoleTemplate(input: { name: "<new name>", permissions: { settings: { view: true } } })
a name                       | editRoleTemplate(input: { roleTemplateId: "<template>", name: "<new name>" })
one's own                    | editRoleTemplate(input: { roleTemplateId: "<mine>", name: "<new name>" })
a right that one lacks       | editRoleTemplate(input: { roleTemplateId: "<template>", permissions: { settings: { edit: true } } })
any                          | deleteRoleTemplate(input: { roleTemplateId: "<template>" })
one's own                    | deleteRoleTemplate(input: { roleTemplateId: "<mine>", detachUsers: true })
replaced by what grants more | deleteRoleTemplate(input: { roleTemplateId: "<used template>", replacementId: "<template>" })
by its link                  | acceptInvite(input: { token: "<invitation link>", name: "X", password: "<password>" })
by a password                | signIn(input: { tenant: "<slug>", email: "<member>", password: "<password>" })
                             | signOut { signedOut }
                             | requestPasswordReset(input: { tenant: "<slug>", email: "<new address>" }) { accepted }
by its link                  | resetPassword(input: { token: "<reset link>", password: "<password>" })
                             | changePassword(input: { currentPassword: "<password>", newPassword: "violet-kettle-94-orbit" })
one's own                    | revokeSession(input: { sessionId: "<my session>" })
somebody's                   | revokeSession(input: { sessionId: "<their session>" })
                             | revokeOtherSessions { revoked }
"#;

use serde_json::json;

use crate::{Answer, Json, TestApp, Who};

/// Every field of a user that its list shows.
pub const USER: &str = "id email name role status crmAccess lastLogin version createdAt updatedAt
    roleTemplate { id name } permissions { granted } access { active crm permissions { granted } }
    viewerCan { edit changeEmail changeRole changeStatus delete resendInvite }
    invitation { issuedAt expiresAt expired timesIssued resendableAt delivery deliveryFailure }";

/// Every field of a role template.
pub const TEMPLATE: &str = "id name description permissions { granted } userCount
    viewerCan { assign edit delete } createdAt updatedAt version";

const SEATS: &str = "seatUsage { id used limit available state invited active suspended }";
const ERRORS: &str = "errors { code message path retryAt permissions }";
const SIGNED_IN: &str =
    "token expiresAt viewer { user { id status lastLogin name email role } tenant { id slug }
    session { id createdAt expiresAt } access { active crm permissions { granted } } }";

impl TestApp {
    /// Any mutation that takes an input, with this selection of its payload.
    pub async fn mutate(&self, who: impl Who, field: &'static str, input: Json, selection: &str) -> Answer {
        self.try_to_mutate(who, field, input, selection).await.unwrap()
    }

    /// The same, where the answer may never arrive.
    pub async fn try_to_mutate(
        &self,
        who: impl Who,
        field: &'static str,
        input: Json,
        selection: &str,
    ) -> reqwest::Result<Answer> {
        let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        let query = format!("mutation ($input: {kind}!) {{ {field}(input: $input) {{ {selection} }} }}");
        let response = self.request(who, &query, json!({ "input": input })).send().await?;
        let headers = response.headers().clone();
        Ok(Answer { field, json: response.json().await?, headers })
    }

    /// `inviteUser`
    pub async fn invite(&self, who: impl Who, input: Json) -> Answer {
        self.mutate(who, "inviteUser", input, &format!("user {{ {USER} }} {SEATS} {ERRORS}")).await
    }

    /// `resendInvite`
    pub async fn resend(&self, who: impl Who, user_id: &str) -> Answer {
        let input = json!({ "userId": user_id });
        self.mutate(who, "resendInvite", input, &format!("user {{ {USER} }} {ERRORS}")).await
    }

    /// `editUser`, its input this patch with the id added.
    pub async fn edit(&self, who: impl Who, user_id: &str, patch: Json) -> Answer {
        let input = with(patch, "userId", user_id);
        self.mutate(who, "editUser", input, &format!("user {{ {USER} }} {SEATS} {ERRORS}")).await
    }

    /// `deleteUser`
    pub async fn delete(&self, who: impl Who, user_id: &str) -> Answer {
        self.delete_with(who, json!({ "userId": user_id })).await
    }

    /// `deleteUser` with this input.
    pub async fn delete_with(&self, who: impl Who, input: Json) -> Answer {
        self.mutate(who, "deleteUser", input, &format!("deletedUserId {SEATS} {ERRORS}")).await
    }

    /// `createRoleTemplate`
    pub async fn create_template(&self, who: impl Who, input: Json) -> Answer {
        let selection = format!("roleTemplate {{ {TEMPLATE} }} {ERRORS}");
        self.mutate(who, "createRoleTemplate", input, &selection).await
    }

    /// `editRoleTemplate`, its input this patch with the id added.
    pub async fn edit_template(&self, who: impl Who, template_id: &str, patch: Json) -> Answer {
        let input = with(patch, "roleTemplateId", template_id);
        let selection = format!("roleTemplate {{ {TEMPLATE} }} {ERRORS}");
        self.mutate(who, "editRoleTemplate", input, &selection).await
    }

    /// `deleteRoleTemplate`, its input `rest` with the id added.
    pub async fn delete_template(&self, who: impl Who, template_id: &str, rest: Json) -> Answer {
        let input = with(rest, "roleTemplateId", template_id);
        let selection = format!("deletedRoleTemplateId replacement {{ {TEMPLATE} }} {ERRORS}");
        self.mutate(who, "deleteRoleTemplate", input, &selection).await
    }

    /// `acceptInvite` by nobody.
    pub async fn accept(&self, token: &str, name: &str, password: &str) -> Answer {
        self.accept_with(json!({ "token": token, "name": name, "password": password })).await
    }

    /// `acceptInvite` by nobody, with this input.
    pub async fn accept_with(&self, input: Json) -> Answer {
        self.mutate((), "acceptInvite", input, &format!("{SIGNED_IN} {ERRORS}")).await
    }

    /// `signIn`
    pub async fn sign_in(&self, tenant: &str, email: &str, password: &str) -> Answer {
        self.sign_in_with(json!({ "tenant": tenant, "email": email, "password": password })).await
    }

    /// `signIn` with this input.
    pub async fn sign_in_with(&self, input: Json) -> Answer {
        self.mutate((), "signIn", input, &format!("{SIGNED_IN} {ERRORS}")).await
    }

    /// `signOut`
    pub async fn sign_out(&self, who: impl Who) -> Answer {
        let json = self.gql(who, "mutation { signOut { signedOut } }", json!({})).await;
        Answer { field: "signOut", json, headers: Default::default() }
    }

    /// `user(id:)` with all its fields.
    pub async fn user(&self, who: impl Who, user_id: &str) -> Json {
        let query = format!("query ($id: ID!) {{ user(id: $id) {{ {USER} }} }}");
        self.data(who, &query, json!({ "id": user_id })).await["user"].take()
    }

    /// `roleTemplate(id:)` with all its fields.
    pub async fn role_template(&self, who: impl Who, template_id: &str) -> Json {
        let query = format!("query ($id: ID!) {{ roleTemplate(id: $id) {{ {TEMPLATE} }} }}");
        self.data(who, &query, json!({ "id": template_id })).await["roleTemplate"].take()
    }

    /// `seatUsage` with all its fields.
    pub async fn seat_usage(&self, who: impl Who) -> Json {
        self.data(who, &format!("{{ {SEATS} }}"), json!({})).await["seatUsage"].take()
    }

    /// The permissions that `viewer` has at this moment, in the order of the catalogue; none where nobody is signed in.
    pub async fn granted(&self, who: impl Who) -> Option<Vec<String>> {
        let query = "{ viewer { access { permissions { granted } } } }";
        let data = self.data(who, query, json!({})).await;
        let granted = data["viewer"]["access"]["permissions"]["granted"].as_array()?;
        Some(granted.iter().map(|p| p.as_str().unwrap().to_owned()).collect())
    }
}

fn with(mut input: Json, field: &str, value: &str) -> Json {
    input[field] = value.into();
    input
}

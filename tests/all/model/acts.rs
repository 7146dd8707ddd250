//! What is done besides mutations that take an input.

use rolecall::domain::tenants;

use super::{
    answers,
    state::{Person, key},
    world::{Same, Token, World, same},
};
use crate::prelude::*;

impl World<'_> {
    /// Everything that is due goes out, and its links are kept.
    pub(super) async fn deliver(&mut self) -> Same {
        let mut mails = self.app.mails().await;
        mails.retain(|mail| self.model.tenants.iter().any(|tenant| key(&mail.to).contains(&tenant.slug)));
        for (to, link) in self.model.deliver() {
            let sent = mails.iter().position(|mail| mail.to == to);
            let sent = sent.ok_or_else(|| format!("no mail to {to}, but to {mails:?}"))?;
            let mail = mails.swap_remove(sent);
            if let Some(mut link) = link {
                link.token = mail.token();
                self.model.links.push(link);
            }
        }
        if mails.is_empty() { Ok(()) } else { Err(format!("unexpected mail: {mails:?}")) }
    }

    pub(super) async fn sign_out(&mut self, token: &Token) -> Same {
        self.trace.push(format!("{} signs out", self.name(token)));
        let expected = self.model.sign_out(token.token());
        let answer = self.app.sign_out(token).await.json;
        let actual = answers::verdict(&answer, "signOut");
        if expected == actual {
            return Ok(());
        }
        Err(format!("signing out\nmodel:  {expected:?}\nserver: {actual:?}"))
    }

    /// S3: the limit may be lower than what is used.
    pub(super) async fn set_seats(&mut self, tenant: usize, spare: i32) {
        let tenant = &mut self.model.tenants[tenant];
        tenant.limit = (tenant.people.len() as i32 + spare).max(1);
        self.trace.push(format!("{} has {} seats", tenant.slug, tenant.limit));
        let set = tenants::set_seats(&self.app.visitor(), &tenant.slug, tenant.limit).await;
        assert_eq!(set.unwrap().usage.limit, tenant.limit);
    }

    /// Reads as anybody: A2, T1.
    pub(super) async fn look(&mut self, token: &Token, user: &str) -> Same {
        self.trace.push(format!("{} looks at {user}", self.name(token)));
        let query = "query ($id: ID!) { viewer { user { id } access { active crm permissions { granted } } }
            users { totalCount } seatUsage { used } roleTemplates { id } user(id: $id) { id version } }";
        let answer = self.app.gql(token, query, json!({ "id": user })).await;
        let refused: Vec<_> = answer["errors"].as_array().into_iter().flatten().cloned().collect();
        let refused = refused.iter().map(|e| (e["path"][0].clone(), e["extensions"]["code"].clone()));
        let mut refused: Vec<_> = refused.collect();
        refused.sort_by_key(|(field, _)| field.to_string());

        let me = self.model.authenticate(token.token());
        let (data, code) = self.seen(me, user);
        let fields = ["roleTemplates", "seatUsage", "user", "users"];
        let missing = fields.iter().filter(|field| code.is_some() && data[**field].is_null());
        let missing: Vec<_> = missing.map(|field| (json!(field), json!(code))).collect();
        let mut server = answer["data"].clone();
        if let Some(templates) = server["roleTemplates"].as_array() {
            server["roleTemplates"] = answers::by_id(templates.clone());
        }
        same("what is seen", &data, &server)?;
        same("what is refused", &json!(missing), &json!(refused))
    }

    /// What the model lets somebody see, and why not the rest.
    fn seen(&self, me: Option<(usize, Person)>, user: &str) -> (Json, Option<&'static str>) {
        let mut data = json!({
            "viewer": null, "users": null, "seatUsage": null, "roleTemplates": null, "user": null,
        });
        let Some((at, me)) = me else { return (data, Some("UNAUTHENTICATED")) };
        let tenant = &self.model.tenants[at];
        data["viewer"] = json!({ "user": { "id": me.id }, "access": answers::access(tenant, &me) });
        let may_view = tenant.access(&me).2.has("USERS_VIEW");
        if may_view || me.id == user {
            data["user"] = json!(tenant.person(user).map(|p| json!({ "id": p.id, "version": p.version })));
        }
        if !may_view {
            return (data, Some("FORBIDDEN"));
        }
        data["users"] = json!({ "totalCount": tenant.people.len() });
        data["seatUsage"] = json!({ "used": tenant.people.len() });
        let templates = tenant.templates.iter().map(|t| json!({ "id": t.id })).collect();
        data["roleTemplates"] = answers::by_id(templates);
        (data, None)
    }
}

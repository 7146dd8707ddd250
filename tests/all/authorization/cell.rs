use rolecall::domain::{ids, outbox, secrets::Purpose};

use super::rows::Row;
use crate::prelude::*;

/// Who asks. Somebody who is invited has no way to ask: no password, and no session.
pub enum Principal {
    /// Without a token.
    Nobody,
    /// An admin who has signed out, with the old token.
    SignedOut,
    /// An admin who has been suspended, with the old token.
    Suspended,
    /// Holds these directly, and nothing else.
    User(&'static [Permission]),
    /// An admin of the tenant.
    Admin,
    /// An admin of another tenant, with ids of this one.
    ForeignAdmin,
}

/// One question of one principal, with people and things that nobody else touches.
pub struct Cell<'a> {
    app: &'a TestApp,
    tenant: &'a Tenant,
    me: Actor,
    mine: Template,
}

use Principal::{Admin, ForeignAdmin, Nobody, SignedOut, Suspended, User};

impl<'a> Cell<'a> {
    /// The people and things of a question that `who` asks in `tenant`, or from the `other`.
    pub async fn new(
        app: &'a TestApp,
        (tenant, other): (&'a Tenant, &'a Tenant),
        who: &Principal,
        row: Row,
    ) -> Self {
        let home = if matches!(who, ForeignAdmin) { other } else { tenant };
        let mine = app.add_template(home, NewTemplate::new(&unique(app), &[])).await;
        let email = format!("{}@acme.test", unique(app));
        let new = match who {
            Nobody => NewPerson::user(&email),
            User(permissions) => NewPerson::user(&email).holding(permissions),
            SignedOut | Suspended | Admin | ForeignAdmin => NewPerson::admin(&email),
        };
        let new = if row.field == "changePassword" { new.password(PASSWORD) } else { new };
        let mut me = app.add(home, new.using(&mine)).await;
        match who {
            Nobody => me.token.clear(),
            SignedOut => drop(app.sign_out(&me).await.ok()),
            Suspended => {
                drop(app.edit(&tenant.admin, &me.id, json!({ "status": "SUSPENDED" })).await.ok().clone());
            }
            User(_) | Admin | ForeignAdmin => {}
        }
        Self { app, tenant, me, mine }
    }

    /// What stands for a `<word>` of a question.
    async fn word(&self, word: &str) -> String {
        let email = format!("{}@acme.test", unique(self.app));
        let rights = [Permission::SettingsView];
        match word {
            "me" => self.me.id.clone(),
            "mine" => self.mine.id.clone(),
            "tenant" => self.tenant.id.clone(),
            "slug" => self.tenant.slug.clone(),
            "password" => PASSWORD.into(),
            "new address" => email,
            "new name" => unique(self.app),
            "somebody" => self.add(NewPerson::user(&email)).await.id,
            "holder" => self.add(NewPerson::user(&email).holding(&rights)).await.id,
            "suspended" => self.add(NewPerson::suspended(&email)).await.id,
            "suspended holder" => self.add(NewPerson::suspended(&email).holding(&rights)).await.id,
            "admin" => self.add(NewPerson::admin(&email)).await.id,
            "invited" => self.add(NewPerson::invited(&email)).await.id,
            "invited admin" => self.add(NewPerson::invited(&email).role(Role::Admin)).await.id,
            "member" => self.add(NewPerson::user(&email).password(PASSWORD)).await.email,
            "template" => self.template().await.id,
            "used template" => {
                let template = self.template().await;
                self.add(NewPerson::user(&email).using(&template)).await;
                template.id
            }
            "invitation link" => self.link(Purpose::Invitation, NewPerson::invited(&email)).await,
            "reset link" => {
                self.link(Purpose::PasswordReset, NewPerson::user(&email).password(PASSWORD)).await
            }
            "my session" => self.session(&self.me).await,
            "their session" => self.session(&self.add(NewPerson::user(&email)).await).await,
            _ => panic!("<{word}> stands for nothing"),
        }
    }

    async fn add(&self, new: NewPerson) -> Actor {
        self.app.add(self.tenant, new).await
    }

    /// One that grants what no delegate here holds.
    async fn template(&self) -> Template {
        let new = NewTemplate::new(&unique(self.app), &[Permission::SettingsView]);
        self.app.add_template(self.tenant, new).await
    }

    async fn link(&self, purpose: Purpose, new: NewPerson) -> String {
        let (env, of) = (&self.app.env, self.add(new).await);
        let (nonce, expires_at) = if purpose == Purpose::Invitation {
            let row = entity::invitation::Entity::in_tenant(of.tenant)
                .filter(entity::invitation::Column::UserId.eq(of.uuid));
            let row = row.one(env.db.read()).await.unwrap().unwrap();
            (row.nonce, row.expires_at)
        } else {
            let mut change = self.app.visitor().begin(of.tenant).await.unwrap();
            let person = change.person(Some(of.uuid)).await.unwrap().unwrap();
            outbox::issue_password_reset(&mut change, &person.user).await.unwrap();
            change.commit().await.unwrap();
            let row = entity::password_reset::Entity::in_tenant(of.tenant)
                .filter(entity::password_reset::Column::UserId.eq(of.uuid));
            let row = row.one(env.db.read()).await.unwrap().unwrap();
            (row.nonce, row.expires_at)
        };
        env.links.token(purpose, of.tenant, of.uuid, &nonce, expires_at)
    }

    /// The session of somebody; of who has none, an id that never was.
    async fn session(&self, of: &Actor) -> String {
        let row = entity::session::Entity::in_tenant(of.tenant)
            .filter(entity::session::Column::UserId.eq(of.uuid))
            .one(self.app.env.db.read())
            .await
            .unwrap();
        ids::encode(ids::Kind::Session, row.map_or_else(|| self.app.env.new_id(), |row| row.id))
    }

    /// The question with every word replaced.
    async fn question(&self, row: Row) -> String {
        let mut question = String::new();
        for (n, part) in row.question.split(['<', '>']).enumerate() {
            let word = if n % 2 == 1 { self.word(part).await } else { part.to_owned() };
            question.push_str(&word);
        }
        let operation = if row.mutation { "mutation" } else { "query" };
        let selection = if question.ends_with(')') { "{ errors { code path } }" } else { "" };
        format!("{operation} {{ {question} {selection} }}")
    }

    /// How the question is answered: `yes`, `null`, or a code with the input field that it points at.
    pub async fn ask(&self, row: Row) -> (String, Option<String>) {
        let question = self.question(row).await;
        if row.field == "resendInvite" {
            // What stands against it is who asks, never the cooldown.
            self.app.advance(TimeDelta::minutes(2));
        }
        let json = self.app.gql(&self.me, &question, json!({})).await;
        let errors = json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let data = &json["data"][row.field];
        match (errors, data["errors"].as_array().map(Vec::as_slice)) {
            ([error], None) => {
                let code = error["extensions"]["code"].as_str().unwrap();
                assert!(["UNAUTHENTICATED", "FORBIDDEN"].contains(&code), "{question}: {json:#}");
                assert_eq!(error["path"][0], row.field, "{question}: {json:#}");
                (code.to_owned(), None)
            }
            ([], Some([fault])) => {
                let path = strings(&fault["path"]).join(".");
                (fault["code"].as_str().unwrap().to_owned(), Some(path))
            }
            ([], None) if data.is_null() || *data == json!([null]) => ("null".into(), None),
            ([], None | Some([])) => ("yes".into(), None),
            _ => panic!("more than one error: {question}: {json:#}"),
        }
    }
}

fn unique(app: &TestApp) -> String {
    app.env.new_id().simple().to_string()
}

//! The server and the model side by side.

use super::{
    answers::{self, PERSON, SEATS, TEMPLATE},
    cast::{Cast, open_session},
    ops::{Caller, Op, Step},
    requests::Request,
    resolve::Seat,
    state::{Model, Person, Status},
};
use crate::prelude::*;

/// How often a sign-in may fail: more would be slowed (L4).
const FAILED_SIGN_INS: u32 = 2;

/// A token, or none.
pub struct Token(Option<String>);

impl Who for Token {
    fn token(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

pub struct World<'a> {
    pub(super) app: &'a TestApp,
    pub(super) model: Model,
    failed_sign_ins: u32,
    /// What has happened, to be told when something goes wrong.
    pub trace: Vec<String>,
}

/// What the server did otherwise than the model.
pub type Same = Result<(), String>;

pub fn same(what: &str, model: &Json, server: &Json) -> Same {
    if model == server {
        return Ok(());
    }
    Err(format!("{what} differs\nmodel:  {}\nserver: {}", differing(model, server), differing(server, model)))
}

/// Those parts of `this` that are otherwise in `that`.
fn differing(this: &Json, that: &Json) -> Json {
    match (this, that) {
        (Json::Object(fields), Json::Object(_)) => {
            let differs = |(name, value): &(&String, &Json)| **name == "id" || **value != that[name.as_str()];
            let parts = fields.iter().filter(differs);
            parts.map(|(name, value)| (name.clone(), differing(value, &that[name.as_str()]))).collect()
        }
        (Json::Array(rows), Json::Array(others)) if rows.len() == others.len() => {
            let parts = rows.iter().zip(others).filter(|(row, other)| row != other);
            parts.map(|(row, other)| differing(row, other)).collect()
        }
        _ => this.clone(),
    }
}

impl<'a> World<'a> {
    pub async fn new(app: &'a TestApp, casts: &[Cast; 2], number: u32) -> Self {
        // Away from what earlier cases have counted.
        app.advance(TimeDelta::days(1));
        let model = Model::populate(app, casts, number).await;
        Self { app, model, failed_sign_ins: 0, trace: vec![] }
    }

    pub async fn step(&mut self, step: &Step) -> Same {
        let Step { tenant, caller, op } = step;
        let token = self.token(*tenant, caller, op.needs()).await;
        let session = self.model.sessions.iter().find(|s| Some(&s.token) == token.0.as_ref());
        let me = session.map(|s| s.user.as_str());
        let seat = Seat { model: &self.model, tenant: *tenant, me };
        match op {
            Op::Look(which) => {
                let user = seat.user(which);
                self.look(&token, &user).await?;
            }
            Op::Deliver => self.deliver().await?,
            Op::SignOut => self.sign_out(&token).await?,
            Op::Advance(seconds) => {
                self.app.advance(TimeDelta::seconds(*seconds));
                self.model.advance(self.app.env.now());
                self.trace.push(format!("the clock moves by {seconds} s"));
            }
            Op::Seats(spare) => self.set_seats(*tenant, *spare).await,
            Op::Accept(_) => {
                self.deliver().await?;
                let seat = Seat { model: &self.model, tenant: *tenant, me: None };
                let request = seat.request(op);
                self.ask(*tenant, &Token(None), request).await?;
            }
            Op::SignIn(_) => {
                let request = seat.request(op);
                self.ask(*tenant, &Token(None), request).await?;
            }
            _ => {
                let request = seat.request(op);
                self.ask(*tenant, &token, request).await?;
            }
        }
        self.observe(*tenant).await
    }

    async fn token(&mut self, tenant: usize, caller: &Caller, needs: &str) -> Token {
        let seat = Seat { model: &self.model, tenant, me: None };
        let person = match caller {
            Caller::Active(number) => seat.active(*number),
            Caller::Delegate(number) => seat.delegate(*number, needs).or_else(|| seat.active(*number)),
            Caller::Ended(_) | Caller::Nobody | Caller::Stranger => None,
        };
        if let Some(person) = person {
            return Token(Some(self.session_of(tenant, &person).await));
        }
        Token(match caller {
            Caller::Ended(number) => {
                let ended = &self.model.ended;
                ended.get(usize::from(*number) % ended.len().max(1)).cloned()
            }
            Caller::Stranger => Some("nonsense".to_owned()),
            _ => None,
        })
    }

    /// A running session of somebody active.
    async fn session_of(&mut self, tenant: usize, id: &str) -> String {
        if let Some(session) = self.model.sessions.iter().rfind(|s| s.user == id) {
            return session.token.clone();
        }
        let token = open_session(self.app, self.model.tenants[tenant].uuid, id).await;
        self.model.open(tenant, id, &token);
        token
    }

    async fn ask(&mut self, tenant: usize, token: &Token, request: Option<Request>) -> Same {
        let Some(request) = request else { return Ok(()) };
        if matches!(request, Request::SignIn { .. }) && self.failed_sign_ins >= FAILED_SIGN_INS {
            return Ok(());
        }
        let expected = self.model.apply(token.token(), &request);
        let (field, input) = request.input();
        let said = expected.as_ref().map_or_else(ToString::to_string, |()| "done".to_owned());
        self.trace.push(format!("{} asks {field} {input}: {said}", self.name(token)));
        let answer = self.app.mutate(token, field, input, &answers::selection(field)).await.json;
        let actual = answers::verdict(&answer, field);
        if expected != actual {
            return Err(format!("the verdict differs\nmodel:  {expected:?}\nserver: {actual:?}"));
        }
        if expected.is_err() && matches!(request, Request::SignIn { .. }) {
            self.failed_sign_ins += 1;
        }
        let mut payload = answer["data"][field].clone();
        if payload.is_null() {
            return Ok(());
        }
        if expected.is_ok() {
            self.learn(tenant, &request, &payload);
        }
        payload.as_object_mut().expect("a payload").remove("errors");
        same("the payload", &self.model.payload(tenant, &request, expected.is_ok()), &payload)
    }

    /// What only the server can choose: ids and tokens.
    fn learn(&mut self, tenant: usize, request: &Request, payload: &Json) {
        let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
        let tenant = &mut self.model.tenants[tenant];
        match request {
            Request::Invite(_) => tenant.people.last_mut().expect("one").id = text(&payload["user"]["id"]),
            Request::CreateTemplate(_) => {
                tenant.templates.last_mut().expect("one").id = text(&payload["roleTemplate"]["id"]);
            }
            Request::Accept(_) | Request::SignIn { .. } => {
                self.model.sessions.last_mut().expect("one").token = text(&payload["token"]);
            }
            _ => {}
        }
    }

    pub(super) fn name(&self, token: &Token) -> String {
        let session = self.model.sessions.iter().find(|s| Some(s.token.as_str()) == token.token());
        let person = session.and_then(|s| self.model.tenants[s.tenant].person(&s.user));
        person.map_or("nobody".to_owned(), |p| format!("{} {}", p.email, p.id))
    }

    /// What an admin sees of `tenant` must be what the model knows, and of the other one too.
    async fn observe(&mut self, tenant: usize) -> Same {
        for at in [tenant, 1 - tenant] {
            let active = |p: &&Person| p.admin && p.status == Status::Active;
            let admin = self.model.tenants[at].people.iter().find(active).expect("A7").id.clone();
            let token = self.session_of(at, &admin).await;
            self.model.authenticate(Some(&token));
            let query = format!(
                "{{ seatUsage {{ {SEATS} }} users(first: 40) {{ nodes {{ {PERSON} }} }} roleTemplates {{ {TEMPLATE} }} }}"
            );
            let mut seen = self.app.data(&token, &query, json!({})).await;
            for list in ["/users/nodes", "/roleTemplates"] {
                let rows = seen.pointer_mut(list).expect("a list");
                *rows = answers::by_id(rows.as_array().cloned().unwrap_or_default());
            }
            same(&format!("tenant {at}"), &self.model.tenant_json(at), &seen)?;
        }
        Ok(())
    }
}

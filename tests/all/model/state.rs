//! What the model knows of two tenants.

use std::collections::HashMap;

use uuid::Uuid;

use super::set::Set;
use crate::prelude::*;

/// I1: how long a link works.
const LINK: TimeDelta = TimeDelta::days(7);
/// I2: how long an address is left alone.
pub const COOLDOWN: TimeDelta = TimeDelta::seconds(60);
/// L3: how long a session lasts unless it is used.
const IDLE: TimeDelta = TimeDelta::hours(12);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Invited,
    Active,
    Suspended,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub issued: DateTime<Utc>,
    pub times: u32,
    pub resendable: DateTime<Utc>,
    /// When its mail is due; none once it is sent.
    pub queued: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: String,
    pub email: String,
    pub name: Option<String>,
    pub admin: bool,
    pub status: Status,
    pub template: Option<String>,
    pub crm: bool,
    pub grants: Set,
    pub version: i64,
    pub last_login: Option<DateTime<Utc>>,
    pub invitation: Option<Invitation>,
    pub password: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub permissions: Set,
    pub version: i64,
}

#[derive(Default)]
pub struct Tenant {
    pub uuid: Uuid,
    pub slug: String,
    pub limit: i32,
    pub people: Vec<Person>,
    pub templates: Vec<Template>,
    /// Notices to former addresses that wait to be sent: about whom, and where to (L5).
    pub notices: Vec<(String, String)>,
    /// Until when an address is left alone (I4).
    pub written: HashMap<String, DateTime<Utc>>,
    /// Ids that are no more.
    pub gone: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Session {
    pub token: String,
    pub tenant: usize,
    pub user: String,
    pub expires: DateTime<Utc>,
}

/// A link that was mailed.
#[derive(Clone, Debug)]
pub struct Link {
    pub token: String,
    pub tenant: usize,
    pub user: String,
    pub times: u32,
}

pub struct Model {
    pub now: DateTime<Utc>,
    pub tenants: [Tenant; 2],
    pub sessions: Vec<Session>,
    /// Tokens of sessions that have ended.
    pub ended: Vec<String>,
    pub links: Vec<Link>,
}

impl Invitation {
    pub fn expires(&self) -> DateTime<Utc> {
        self.issued + LINK
    }
}

/// An address or a name as it is compared (U1, R1), of the spellings that the test uses.
pub fn key(typed: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap(),
        c => c,
    };
    typed.trim().chars().map(narrow).collect::<String>().to_lowercase()
}

impl Tenant {
    pub fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|p| p.id == id)
    }

    pub fn template(&self, id: &str) -> Option<&Template> {
        self.templates.iter().find(|t| t.id == id)
    }

    pub fn users_of(&self, template: &str) -> usize {
        self.people.iter().filter(|p| p.template.as_deref() == Some(template)).count()
    }

    pub fn count(&self, status: Status) -> usize {
        self.people.iter().filter(|p| p.status == status).count()
    }

    pub fn is_last_admin(&self, person: &Person) -> bool {
        let active = |p: &&Person| p.admin && p.status == Status::Active;
        active(&person) && self.people.iter().filter(active).count() == 1
    }

    /// What somebody has on record (P2), whatever the status.
    pub fn on_record(&self, person: &Person) -> Set {
        let template = person.template.as_deref().and_then(|id| self.template(id));
        match person.admin {
            true => Set::ALL,
            false => person.grants.plus(template.map_or(Set::NONE, |t| t.permissions)),
        }
    }

    /// What somebody may do right now (P3), and CRM access.
    pub fn access(&self, person: &Person) -> (bool, bool, Set) {
        match person.status {
            Status::Active => (true, person.crm, self.on_record(person)),
            Status::Invited | Status::Suspended => (false, false, Set::NONE),
        }
    }

    /// A new link and its mail (I1, I2, I4).
    pub fn issue(&self, person: &Person, now: DateTime<Utc>) -> Invitation {
        let due = self.written.get(&key(&person.email)).map_or(now, |until| *until.max(&now));
        Invitation {
            issued: now,
            times: person.invitation.as_ref().map_or(1, |i| i.times + 1),
            resendable: due + COOLDOWN,
            queued: Some(due),
        }
    }
}

impl Model {
    /// A session begins.
    pub fn open(&mut self, tenant: usize, user: &str, token: &str) {
        let (token, user) = (token.to_owned(), user.to_owned());
        self.sessions.push(Session { token, tenant, user, expires: self.now + IDLE });
    }

    /// Those sessions end.
    pub fn end(&mut self, which: impl Fn(&Session) -> bool) {
        let (ended, running): (Vec<_>, _) = self.sessions.drain(..).partition(|s| which(s));
        self.sessions = running;
        self.ended.extend(ended.into_iter().map(|s| s.token));
    }

    /// Whose session it is; being used, it slides (L3).
    pub fn authenticate(&mut self, token: Option<&str>) -> Option<(usize, Person)> {
        let session = self.sessions.iter_mut().find(|s| Some(s.token.as_str()) == token)?;
        session.expires = self.now + IDLE;
        let person = self.tenants[session.tenant].person(&session.user)?;
        Some((session.tenant, person.clone()))
    }

    pub fn advance(&mut self, now: DateTime<Utc>) {
        self.now = now;
        self.end(|session| session.expires <= now);
    }

    /// The mail that is due goes out: whom to, and the link in it without its secret, where it has one.
    pub fn deliver(&mut self) -> Vec<(String, Option<Link>)> {
        let (mut sent, now) = (Vec::new(), self.now);
        for (tenant, of) in self.tenants.iter_mut().enumerate() {
            let written = &mut of.written;
            of.notices.retain(|(_, to)| {
                let waits = written.get(&key(to)).is_some_and(|until| *until > now);
                if !waits {
                    written.insert(key(to), now + COOLDOWN);
                    sent.push((to.clone(), None));
                }
                waits
            });
            for person in &mut of.people {
                let Some(invitation) = &mut person.invitation else { continue };
                if invitation.queued.is_none_or(|due| due > self.now) {
                    continue;
                }
                if let Some(until) = of.written.get(&key(&person.email)).filter(|until| **until > self.now) {
                    invitation.queued = Some(*until);
                    continue;
                }
                invitation.queued = None;
                of.written.insert(key(&person.email), self.now + COOLDOWN);
                let (user, times) = (person.id.clone(), invitation.times);
                sent.push((person.email.clone(), Some(Link { token: String::new(), tenant, user, times })));
            }
        }
        sent
    }
}

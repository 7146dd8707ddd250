//! Who may do what (A), and how a refusal looks (B1).

use std::fmt;

use super::{
    set::{Set, category},
    state::{Model, Person, Tenant, key},
};
use crate::prelude::*;

/// What a request is refused with: a top-level error, or what stands in `errors`. Both read as the answers do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub Vec<String>);

pub type Verdict = Result<(), Refusal>;

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

/// One line for a fault, as [`super::answers`] writes it too.
pub fn line(code: &str, path: &str, permissions: &str, retry_at: &str) -> String {
    format!("{code} at [{path}] {permissions} {retry_at}").trim_end().to_owned()
}

pub fn fault(code: &str, path: &str) -> Refusal {
    Refusal(vec![line(code, path, "", "")])
}

pub fn top_level(code: &str) -> Refusal {
    Refusal(vec![format!("top-level {code}")])
}

pub fn escalation(path: &str, permissions: Set) -> Refusal {
    Refusal(vec![line("ESCALATION", path, &permissions.names().join("+"), "")])
}

/// Faults of the input itself, which come together.
#[derive(Default)]
pub struct Faults(Vec<String>);

impl Faults {
    pub fn add(&mut self, code: &str, path: &str) {
        self.0.push(line(code, path, "", ""));
    }

    pub fn name(&mut self, typed: &str) {
        match typed.trim().chars().count() {
            0 => self.add("REQUIRED", "name"),
            1..=100 => {}
            _ => self.add("TOO_LONG", "name"),
        }
    }

    pub fn address(&mut self, typed: &str) {
        match typed.trim() {
            "" => self.add("REQUIRED", "email"),
            text if !text.contains('@') => self.add("INVALID_EMAIL", "email"),
            _ => {}
        }
    }

    pub fn done(self) -> Verdict {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal(self.0)) }
    }
}

/// Who asks.
pub struct Me {
    pub tenant: usize,
    pub id: String,
    pub admin: bool,
    held: Set,
    crm: bool,
    template: Option<String>,
}

impl Model {
    /// Who asks, who must hold `users.view` and what the field needs (A3, A6).
    pub fn me(&mut self, token: Option<&str>, needs: &str) -> Result<Me, Refusal> {
        let found = self.authenticate(token);
        let (tenant, person) = found.ok_or_else(|| top_level("UNAUTHENTICATED"))?;
        let (_, crm, held) = self.tenants[tenant].access(&person);
        if !held.has("USERS_VIEW") || !held.has(needs) {
            return Err(top_level("FORBIDDEN"));
        }
        let Person { id, admin, template, .. } = person;
        Ok(Me { tenant, id, admin, held, crm, template })
    }
}

impl Me {
    /// What may not be handed out of it (A4).
    fn not_mine(&self, permissions: Set) -> Set {
        if self.admin { Set::NONE } else { permissions.minus(self.held).plus(permissions.of_users()) }
    }

    pub fn hand_out(&self, permissions: Set, path: &str) -> Verdict {
        let refused = self.not_mine(permissions);
        if refused.is_empty() { Ok(()) } else { Err(escalation(path, refused)) }
    }

    pub fn check_boxes(&self, permissions: Set) -> Verdict {
        let refused = self.not_mine(permissions);
        match refused.names().first() {
            None => Ok(()),
            Some(first) => Err(escalation(&format!("permissions.{}", category(first)), refused)),
        }
    }

    pub fn hand_out_crm(&self) -> Verdict {
        if self.admin || self.crm { Ok(()) } else { Err(escalation("crmAccess", Set::NONE)) }
    }

    pub fn set_role(&self) -> Verdict {
        if self.admin { Ok(()) } else { Err(escalation("role", Set::NONE)) }
    }

    /// A delegate leaves its own row alone.
    pub fn not_me(&self, target: &Person) -> Verdict {
        let me = !self.admin && target.id == self.id;
        if me { Err(fault("CANNOT_TARGET_SELF", "userId")) } else { Ok(()) }
    }

    /// A delegate leaves admins alone.
    pub fn not_admin(&self, target: &Person) -> Verdict {
        if target.admin && !self.admin { Err(escalation("userId", Set::NONE)) } else { Ok(()) }
    }

    /// A delegate leaves its own template alone.
    pub fn not_my_template(&self, id: &str) -> Verdict {
        let mine = !self.admin && self.template.as_deref() == Some(id);
        if mine { Err(fault("CANNOT_TARGET_SELF", "roleTemplateId")) } else { Ok(()) }
    }

    /// Whoever could become `target` must hold all that it has on record.
    pub fn become_them(&self, tenant: &Tenant, target: &Person, path: &str) -> Verdict {
        if self.admin {
            return Ok(());
        }
        let missing = tenant.on_record(target).minus(self.held);
        let crm = target.crm && !self.crm;
        if missing.is_empty() && !crm { Ok(()) } else { Err(escalation(path, missing)) }
    }
}

/// The row that is meant must be the one that was seen (U4).
pub fn seen(version: i64, expected: Option<i64>) -> Verdict {
    match expected {
        Some(expected) if expected != version => Err(fault("VERSION_CONFLICT", "expectedVersion")),
        _ => Ok(()),
    }
}

impl Tenant {
    pub fn address_taken(&self, typed: &str, but: &str) -> Verdict {
        let taken = self.people.iter().any(|p| p.id != but && key(&p.email) == key(typed));
        if taken { Err(fault("EMAIL_TAKEN", "email")) } else { Ok(()) }
    }

    pub fn name_taken(&self, typed: &str, but: &str) -> Verdict {
        let taken = self.templates.iter().any(|t| t.id != but && key(&t.name) == key(typed));
        if taken { Err(fault("NAME_TAKEN", "name")) } else { Ok(()) }
    }

    pub fn target(&self, id: &str) -> Result<Person, Refusal> {
        self.person(id).cloned().ok_or_else(|| fault("NOT_FOUND", "userId"))
    }

    pub fn known_template(&self, id: &str, path: &str) -> Result<super::state::Template, Refusal> {
        self.template(id).cloned().ok_or_else(|| fault("NOT_FOUND", path))
    }
}

/// An instant as the contract writes it.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

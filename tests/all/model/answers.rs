//! How answers look, by the model and by the server.

use super::{
    requests::{Request, role, status},
    rules::{Refusal, Verdict, instant, line, top_level},
    set::Set,
    state::{Model, Person, Status, Template, Tenant},
};
use crate::prelude::*;

pub const PERSON: &str = "id email name role status crmAccess lastLogin version roleTemplate { id }
    permissions { granted } access { active crm permissions { granted } }
    invitation { issuedAt expiresAt expired timesIssued resendableAt delivery }";
pub const TEMPLATE: &str = "id name description version userCount permissions { granted }";
pub const SEATS: &str = "used limit available state invited active suspended";

/// What a mutation is asked for besides its errors.
pub fn selection(field: &str) -> String {
    let fields = match field {
        "inviteUser" | "editUser" => format!("user {{ {PERSON} }} seatUsage {{ {SEATS} }}"),
        "resendInvite" => format!("user {{ {PERSON} }}"),
        "deleteUser" => format!("deletedUserId seatUsage {{ {SEATS} }}"),
        "createRoleTemplate" | "editRoleTemplate" => format!("roleTemplate {{ {TEMPLATE} }}"),
        "deleteRoleTemplate" => format!("deletedRoleTemplateId replacement {{ {TEMPLATE} }}"),
        _ => "token viewer { user { id } }".to_owned(),
    };
    format!("{fields} errors {{ code path retryAt permissions }}")
}

fn granted(permissions: Set) -> Json {
    json!({ "granted": permissions.names() })
}

pub fn access(tenant: &Tenant, person: &Person) -> Json {
    let (active, crm, permissions) = tenant.access(person);
    json!({ "active": active, "crm": crm, "permissions": granted(permissions) })
}

impl Model {
    pub fn person_json(&self, tenant: &Tenant, person: &Person) -> Json {
        let invitation = person.invitation.as_ref().map(|i| {
            json!({
                "issuedAt": instant(i.issued), "expiresAt": instant(i.expires()),
                "expired": i.expires() <= self.now, "timesIssued": i.times,
                "resendableAt": instant(i.resendable),
                "delivery": if i.queued.is_some() { "QUEUED" } else { "SENT" },
            })
        });
        json!({
            "id": person.id, "email": person.email, "name": person.name, "role": role(person.admin),
            "status": status(person.status), "crmAccess": person.crm, "version": person.version,
            "lastLogin": person.last_login.map(instant),
            "roleTemplate": person.template.as_ref().map(|id| json!({ "id": id })),
            "permissions": granted(person.grants), "access": access(tenant, person),
            "invitation": invitation,
        })
    }

    fn user_or_null(&self, tenant: &Tenant, id: &str) -> Json {
        tenant.person(id).map_or(Json::Null, |person| self.person_json(tenant, person))
    }

    /// All that an admin sees of a tenant, lists in the order of their ids.
    pub fn tenant_json(&self, at: usize) -> Json {
        let tenant = &self.tenants[at];
        let people = tenant.people.iter().map(|p| self.person_json(tenant, p)).collect();
        let templates = tenant.templates.iter().map(|t| template_json(tenant, t)).collect();
        let (users, templates) = (by_id(people), by_id(templates));
        json!({ "seatUsage": seats_json(tenant), "users": { "nodes": users }, "roleTemplates": templates })
    }

    /// The payload of a mutation, after it.
    pub fn payload(&self, at: usize, request: &Request, done: bool) -> Json {
        let tenant = &self.tenants[at];
        let id = |id: &str| if done { Json::from(id) } else { Json::Null };
        let template =
            |id: &str| tenant.template(id).map_or(Json::Null, |template| template_json(tenant, template));
        match request {
            Request::Invite(_) => {
                let new = tenant.people.last().filter(|_| done);
                let user = new.map_or(Json::Null, |person| self.person_json(tenant, person));
                json!({ "user": user, "seatUsage": seats_json(tenant) })
            }
            Request::Edit(edit) => {
                json!({ "user": self.user_or_null(tenant, &edit.user), "seatUsage": seats_json(tenant) })
            }
            Request::Resend(user) => json!({ "user": self.user_or_null(tenant, user) }),
            Request::Delete(user, _) => json!({ "deletedUserId": id(user), "seatUsage": seats_json(tenant) }),
            Request::CreateTemplate(_) => {
                let new = tenant.templates.last().filter(|_| done);
                json!({ "roleTemplate": new.map(|template| template_json(tenant, template)) })
            }
            Request::EditTemplate(edit) => json!({ "roleTemplate": template(&edit.template) }),
            Request::DeleteTemplate(delete) => {
                let replacement = delete.replacement.as_ref().filter(|_| done);
                json!({
                    "deletedRoleTemplateId": id(&delete.template),
                    "replacement": replacement.map(|id| template(id)),
                })
            }
            Request::Accept(_) | Request::SignIn { .. } => {
                let session = self.sessions.last().filter(|_| done);
                json!({
                    "token": session.map(|s| &s.token),
                    "viewer": session.map(|s| json!({ "user": { "id": s.user } })),
                })
            }
        }
    }
}

pub fn template_json(tenant: &Tenant, template: &Template) -> Json {
    json!({
        "id": template.id, "name": template.name, "description": template.description,
        "version": template.version, "userCount": tenant.users_of(&template.id),
        "permissions": granted(template.permissions),
    })
}

/// S1, S4.
pub fn seats_json(tenant: &Tenant) -> Json {
    let (used, limit) = (tenant.people.len() as i64, i64::from(tenant.limit));
    let state = if used > limit {
        "OVER_LIMIT"
    } else if used == limit {
        "FULL"
    } else if limit - used == 1 || 100 * used >= 80 * limit {
        "NEAR_LIMIT"
    } else {
        "AVAILABLE"
    };
    json!({
        "used": used, "limit": limit, "available": (limit - used).max(0), "state": state,
        "invited": tenant.count(Status::Invited), "active": tenant.count(Status::Active),
        "suspended": tenant.count(Status::Suspended),
    })
}

pub fn by_id(mut list: Vec<Json>) -> Json {
    list.sort_by_key(|row| row["id"].as_str().unwrap_or_default().to_owned());
    list.into()
}

/// What an answer to `field` says of success.
pub fn verdict(answer: &Json, field: &str) -> Verdict {
    let words = |json: &Json| -> Vec<String> {
        let list = json.as_array().into_iter().flatten();
        list.map(|word| word.as_str().unwrap_or_default().to_owned()).collect()
    };
    if let Some(errors) = answer["errors"].as_array() {
        let codes = errors.iter().map(|e| e["extensions"]["code"].as_str().unwrap_or("?"));
        return Err(top_level(&codes.collect::<Vec<_>>().join(", ")));
    }
    let errors = answer["data"][field]["errors"].as_array().into_iter().flatten();
    let lines: Vec<_> = errors
        .map(|e| {
            let (path, permissions) = (words(&e["path"]).join("."), words(&e["permissions"]).join("+"));
            let code = e["code"].as_str().unwrap_or("?");
            line(code, &path, &permissions, e["retryAt"].as_str().unwrap_or_default())
        })
        .collect();
    if lines.is_empty() { Ok(()) } else { Err(Refusal(lines)) }
}

//! What is asked of the server and of the model alike.

use serde_json::Map;

use super::{set::Boxes, state::Status};
use crate::prelude::*;

/// A field of a patch (U4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    #[default]
    Keep,
    Null,
    Set(T),
}

#[derive(Clone, Debug)]
pub struct Invite {
    pub email: String,
    pub admin: bool,
    pub template: Option<String>,
    pub crm: Option<bool>,
    pub boxes: Boxes,
}

#[derive(Clone, Debug)]
pub struct Edit {
    pub user: String,
    pub email: Field<String>,
    pub name: Field<String>,
    pub admin: Field<bool>,
    pub status: Field<Status>,
    pub template: Field<String>,
    pub crm: Option<bool>,
    pub boxes: Boxes,
    pub expected: Option<i64>,
    /// Whether absent check boxes are sent as null.
    pub nulls: bool,
}

#[derive(Clone, Debug)]
pub struct NewTemplate {
    pub name: String,
    pub description: Option<String>,
    pub boxes: Boxes,
}

#[derive(Clone, Debug)]
pub struct EditTemplate {
    pub template: String,
    pub name: Field<String>,
    pub description: Field<String>,
    pub boxes: Boxes,
    pub expected: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct DeleteTemplate {
    pub template: String,
    pub replacement: Option<String>,
    pub detach: bool,
    pub expected: Option<i64>,
}

#[derive(Clone, Debug)]
pub enum Request {
    Invite(Invite),
    Resend(String),
    Edit(Edit),
    Delete(String, Option<i64>),
    CreateTemplate(NewTemplate),
    EditTemplate(EditTemplate),
    DeleteTemplate(DeleteTemplate),
    Accept(String),
    SignIn { tenant: usize, slug: String, email: String },
}

fn put(input: &mut Map<String, Json>, name: &str, value: Option<impl Into<Json>>) {
    if let Some(value) = value {
        input.insert(name.to_owned(), value.into());
    }
}

impl<T: Clone> Field<T> {
    /// Under this name, unless it is absent.
    fn put<J: Into<Json>>(&self, input: &mut Map<String, Json>, name: &str, to_json: impl Fn(T) -> J) {
        let value = match self {
            Self::Keep => None,
            Self::Null => Some(Json::Null),
            Self::Set(value) => Some(to_json(value.clone()).into()),
        };
        put(input, name, value);
    }
}

pub fn role(admin: bool) -> &'static str {
    if admin { "ADMIN" } else { "USER" }
}

pub fn status(status: Status) -> &'static str {
    match status {
        Status::Invited => "INVITED",
        Status::Active => "ACTIVE",
        Status::Suspended => "SUSPENDED",
    }
}

impl Edit {
    fn input(&self) -> Json {
        let mut input = Map::new();
        put(&mut input, "userId", Some(self.user.clone()));
        self.email.put(&mut input, "email", |email| email);
        self.name.put(&mut input, "name", |name| name);
        self.admin.put(&mut input, "role", role);
        self.status.put(&mut input, "status", status);
        self.template.put(&mut input, "roleTemplateId", |id| id);
        put(&mut input, "crmAccess", self.crm.map(Json::Bool).or(self.nulls.then_some(Json::Null)));
        let boxes = (!self.boxes.is_empty()).then(|| self.boxes.input());
        put(&mut input, "permissions", boxes.or(self.nulls.then_some(Json::Null)));
        put(&mut input, "expectedVersion", self.expected);
        input.into()
    }
}

impl Request {
    /// The mutation and its input.
    pub fn input(&self) -> (&'static str, Json) {
        let mut input = Map::new();
        let field = match self {
            Self::Edit(edit) => return ("editUser", edit.input()),
            Self::Invite(new) => {
                put(&mut input, "email", Some(new.email.clone()));
                put(&mut input, "role", new.admin.then_some("ADMIN"));
                put(&mut input, "roleTemplateId", new.template.clone());
                put(&mut input, "crmAccess", new.crm);
                put(&mut input, "permissions", Some(new.boxes.input()));
                "inviteUser"
            }
            Self::Resend(user) => return ("resendInvite", json!({ "userId": user })),
            Self::Delete(user, expected) => {
                put(&mut input, "userId", Some(user.clone()));
                put(&mut input, "expectedVersion", *expected);
                "deleteUser"
            }
            Self::CreateTemplate(new) => {
                put(&mut input, "name", Some(new.name.clone()));
                put(&mut input, "description", new.description.clone());
                put(&mut input, "permissions", Some(new.boxes.input()));
                "createRoleTemplate"
            }
            Self::EditTemplate(edit) => {
                put(&mut input, "roleTemplateId", Some(edit.template.clone()));
                edit.name.put(&mut input, "name", |name| name);
                edit.description.put(&mut input, "description", |text| text);
                put(&mut input, "permissions", Some(edit.boxes.input()));
                put(&mut input, "expectedVersion", edit.expected);
                "editRoleTemplate"
            }
            Self::DeleteTemplate(delete) => {
                put(&mut input, "roleTemplateId", Some(delete.template.clone()));
                put(&mut input, "replacementId", delete.replacement.clone());
                put(&mut input, "detachUsers", Some(delete.detach));
                put(&mut input, "expectedVersion", delete.expected);
                "deleteRoleTemplate"
            }
            Self::Accept(token) => {
                let input = json!({ "token": token, "name": " Newly Here ", "password": PASSWORD });
                return ("acceptInvite", input);
            }
            Self::SignIn { slug, email, .. } => {
                return ("signIn", json!({ "tenant": slug, "email": email, "password": PASSWORD }));
            }
        };
        (field, input.into())
    }
}

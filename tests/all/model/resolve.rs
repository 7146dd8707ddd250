//! From an operation to a request: whom and what its numbers mean at this moment.

use super::{
    ops::{Address, Op, Patch, Seen, Which},
    requests::{DeleteTemplate, Edit, EditTemplate, Field, Invite, NewTemplate, Request},
    set::{Boxes, Set},
    state::{Model, Person, Status, Tenant},
};

fn pick<T>(list: &[T], number: u8) -> Option<&T> {
    (!list.is_empty()).then(|| &list[usize::from(number) % list.len()])
}

fn nobody(kind: &str) -> String {
    format!("{kind}_01h455vb4pex5vsknk084sn02q")
}

impl Field<()> {
    fn map<T, U>(field: &Field<T>, map: impl Fn(&T) -> U) -> Field<U> {
        match field {
            Field::Keep => Field::Keep,
            Field::Null => Field::Null,
            Field::Set(value) => Field::Set(map(value)),
        }
    }
}

/// A view of the model for one tenant and one who asks.
pub struct Seat<'a> {
    pub model: &'a Model,
    pub tenant: usize,
    pub me: Option<&'a str>,
}

impl Seat<'_> {
    fn here(&self) -> &Tenant {
        &self.model.tenants[self.tenant]
    }

    fn there(&self) -> &Tenant {
        &self.model.tenants[1 - self.tenant]
    }

    pub fn user(&self, which: &Which) -> String {
        let id = match which {
            Which::Any(n) => pick(&self.here().people, *n).map(|p| p.id.clone()),
            Which::Like(status, n) => {
                self.pick_person(*n, |p| p.status == *status).or_else(|| self.pick_person(*n, |_| true))
            }
            Which::Own => self.me.map(str::to_owned),
            Which::OfOtherTenant(n) => pick(&self.there().people, *n).map(|p| p.id.clone()),
            Which::Gone(n) => pick(&self.here().gone, *n).cloned(),
            Which::OtherKind(n) => pick(&self.here().templates, *n).map(|t| t.id.clone()),
            Which::Nonsense => Some("nonsense".to_owned()),
        };
        id.unwrap_or_else(|| nobody("user"))
    }

    fn template(&self, which: &Which) -> String {
        let mine = || self.here().person(self.me?)?.template.clone();
        let id = match which {
            Which::Any(n) | Which::Like(_, n) => pick(&self.here().templates, *n).map(|t| t.id.clone()),
            Which::Own => mine(),
            Which::OfOtherTenant(n) => pick(&self.there().templates, *n).map(|t| t.id.clone()),
            Which::Gone(n) => pick(&self.here().gone, *n).cloned(),
            Which::OtherKind(n) => pick(&self.here().people, *n).map(|p| p.id.clone()),
            Which::Nonsense => Some("nonsense".to_owned()),
        };
        id.unwrap_or_else(|| nobody("template"))
    }

    fn address(&self, (address, spelling): &(Address, u8)) -> String {
        let plain = match address {
            Address::New(n) => format!("new{n}@{}.test", self.here().slug),
            Address::Of(n) => pick(&self.here().people, *n).map_or_else(String::new, |p| p.email.clone()),
            Address::Wrong => "nonsense".to_owned(),
            Address::Blank => "  ".to_owned(),
        };
        match spelling {
            0 => plain,
            1 => plain.to_uppercase(),
            2 => format!(" {} ", plain.to_lowercase()),
            _ => plain.replacen('e', "ｅ", 1),
        }
    }

    fn version_of_user(&self, id: &str, seen: Seen) -> Option<i64> {
        seen.map(|by| self.here().person(id).map_or(1, |p| p.version) + by)
    }

    fn version_of_template(&self, id: &str, seen: Seen) -> Option<i64> {
        seen.map(|by| self.here().template(id).map_or(1, |t| t.version) + by)
    }

    fn edit(&self, user: String, patch: &Patch, seen: Seen) -> Edit {
        let Patch { email, name, admin, status, template, crm, boxes, nulls } = patch;
        Edit {
            email: Field::map(email, |address| self.address(address)),
            name: name.clone(),
            admin: admin.clone(),
            status: status.clone(),
            template: Field::map(template, |which| self.template(which)),
            crm: *crm,
            boxes: *boxes,
            expected: self.version_of_user(&user, seen),
            nulls: *nulls,
            user,
        }
    }

    /// The request of an operation that is one.
    pub fn request(&self, op: &Op) -> Option<Request> {
        let only = |check: &Set| Boxes { check: *check, uncheck: Set::NONE };
        Some(match op {
            Op::Invite { address, admin, template, crm, check } => Request::Invite(Invite {
                email: self.address(address),
                admin: *admin,
                template: template.as_ref().map(|which| self.template(which)),
                crm: *crm,
                boxes: only(check),
            }),
            Op::Resend(who) => Request::Resend(self.user(who)),
            Op::Edit(who, patch, seen) => Request::Edit(self.edit(self.user(who), patch, *seen)),
            Op::Delete(who, seen) => {
                let id = self.user(who);
                let expected = self.version_of_user(&id, *seen);
                Request::Delete(id, expected)
            }
            Op::CreateTemplate { name, description, check } => Request::CreateTemplate(NewTemplate {
                name: name.clone(),
                description: description.clone(),
                boxes: only(check),
            }),
            Op::EditTemplate { which, name, description, boxes, seen } => {
                let template = self.template(which);
                Request::EditTemplate(EditTemplate {
                    name: name.clone(),
                    description: description.clone(),
                    boxes: *boxes,
                    expected: self.version_of_template(&template, *seen),
                    template,
                })
            }
            Op::DeleteTemplate { which, replacement, detach, seen } => {
                let template = self.template(which);
                Request::DeleteTemplate(DeleteTemplate {
                    replacement: replacement.as_ref().map(|which| self.template(which)),
                    detach: *detach,
                    expected: self.version_of_template(&template, *seen),
                    template,
                })
            }
            Op::Accept(n) => {
                let latest_first: Vec<_> = self.model.links.iter().rev().collect();
                // One more, which nobody was sent.
                let link = usize::from(*n) % (latest_first.len() + 1);
                Request::Accept(latest_first.get(link).map_or("nonsense".to_owned(), |l| l.token.clone()))
            }
            Op::SignIn(n) => {
                let person = pick(&self.here().people, *n)?;
                let (tenant, slug) = (self.tenant, self.here().slug.clone());
                Request::SignIn { tenant, slug, email: person.email.to_uppercase() }
            }
            Op::Look(_) | Op::Deliver | Op::SignOut | Op::Advance(_) | Op::Seats(_) => return None,
        })
    }

    /// One of the active people, to ask.
    pub fn active(&self, number: u8) -> Option<String> {
        self.pick_person(number, |p| p.status == Status::Active)
    }

    /// One of the delegates who may do what needs this.
    pub fn delegate(&self, number: u8, needs: &str) -> Option<String> {
        self.pick_person(number, |p| {
            let (_, _, held) = self.here().access(p);
            !p.admin && held.has("USERS_VIEW") && held.has(needs)
        })
    }

    fn pick_person(&self, number: u8, fits: impl Fn(&&Person) -> bool) -> Option<String> {
        let fitting: Vec<_> = self.here().people.iter().filter(fits).collect();
        pick(&fitting, number).map(|p| p.id.clone())
    }
}

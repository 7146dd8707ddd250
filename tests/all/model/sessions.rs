//! The rules of signing up, in and out (I, L).

use super::{
    requests::Request,
    rules::{Verdict, fault, top_level},
    state::{Model, Status, key},
};

impl Model {
    /// Does what is asked, or says why not.
    pub fn apply(&mut self, token: Option<&str>, request: &Request) -> Verdict {
        let mut me = |needs| self.me(token, needs);
        match request {
            Request::Invite(new) => me("USERS_CREATE").and_then(|me| self.invite(&me, new)),
            Request::Resend(user) => me("USERS_CREATE").and_then(|me| self.resend(&me, user)),
            Request::Edit(edit) => me("USERS_EDIT").and_then(|me| self.edit(&me, edit)),
            Request::Delete(user, seen) => me("USERS_DELETE").and_then(|me| self.delete(&me, user, *seen)),
            Request::CreateTemplate(new) => me("USERS_MANAGE").and_then(|me| self.create_template(&me, new)),
            Request::EditTemplate(edit) => me("USERS_MANAGE").and_then(|me| self.edit_template(&me, edit)),
            Request::DeleteTemplate(what) => {
                me("USERS_MANAGE").and_then(|me| self.delete_template(&me, what))
            }
            Request::Accept(link) => self.accept(link),
            Request::SignIn { tenant, email, .. } => self.sign_in(*tenant, email),
        }
    }

    /// Whoever accepts gets a session, whose token is not known yet.
    fn accept(&mut self, token: &str) -> Verdict {
        let invalid = || fault("INVALID_TOKEN", "token");
        let link = self.links.iter().find(|l| l.token == token).cloned().ok_or_else(invalid)?;
        let person = self.tenants[link.tenant].people.iter_mut().find(|p| p.id == link.user);
        let person = person.ok_or_else(invalid)?;
        let counts = person.invitation.as_ref().filter(|i| i.times == link.times);
        if counts.ok_or_else(invalid)?.expires() <= self.now {
            return Err(fault("TOKEN_EXPIRED", "token"));
        }
        person.invitation = None;
        person.status = Status::Active;
        person.name = Some("Newly Here".to_owned());
        person.last_login = Some(self.now);
        person.password = true;
        person.version += 1;
        self.open(link.tenant, &link.user, "");
        Ok(())
    }

    /// The session's token is not known yet.
    fn sign_in(&mut self, tenant: usize, email: &str) -> Verdict {
        let now = self.now;
        let person = self.tenants[tenant].people.iter_mut().find(|p| key(&p.email) == key(email));
        let Some(person) = person.filter(|p| p.password && p.status == Status::Active) else {
            return Err(fault("INVALID_CREDENTIALS", ""));
        };
        person.last_login = Some(now);
        let id = person.id.clone();
        self.open(tenant, &id, "");
        Ok(())
    }

    pub fn sign_out(&mut self, token: Option<&str>) -> Verdict {
        self.authenticate(token).ok_or_else(|| top_level("UNAUTHENTICATED"))?;
        self.end(|session| Some(session.token.as_str()) == token);
        Ok(())
    }
}

//! The rules of users and invitations (U, I, S, A4).

use super::{
    requests::{Edit, Field, Invite},
    rules::{Faults, Me, Refusal, Verdict, fault, instant, line, seen},
    state::{Model, Person, Status, Tenant, key},
};

impl Model {
    /// The new person has no id yet.
    pub fn invite(&mut self, me: &Me, new: &Invite) -> Verdict {
        let mut faults = Faults::default();
        faults.address(&new.email);
        if new.admin && new.crm == Some(false) {
            faults.add("ADMIN_REQUIRES_CRM_ACCESS", "crmAccess");
        }
        faults.done()?;
        let tenant = &mut self.tenants[me.tenant];
        let template =
            new.template.as_ref().map(|id| tenant.known_template(id, "roleTemplateId")).transpose()?;
        let crm = new.crm.unwrap_or(new.admin);
        if new.admin {
            me.set_role()?;
        }
        if let Some(template) = template {
            me.hand_out(template.permissions, "roleTemplateId")?;
        }
        if crm {
            me.hand_out_crm()?;
        }
        me.check_boxes(new.boxes.check)?;
        tenant.address_taken(&new.email, "")?;
        if tenant.people.len() as i64 >= i64::from(tenant.limit) {
            return Err(fault("SEAT_LIMIT_REACHED", ""));
        }
        let mut person = Person {
            id: String::new(),
            email: new.email.trim().to_owned(),
            name: None,
            admin: new.admin,
            status: Status::Invited,
            template: new.template.clone(),
            crm,
            grants: new.boxes.check,
            version: 1,
            last_login: None,
            invitation: None,
            password: false,
        };
        person.invitation = Some(tenant.issue(&person, self.now));
        tenant.people.push(person);
        Ok(())
    }

    pub fn resend(&mut self, me: &Me, id: &str) -> Verdict {
        let now = self.now;
        let tenant = &mut self.tenants[me.tenant];
        let mut person = tenant.target(id)?;
        me.not_me(&person)?;
        me.not_admin(&person)?;
        let Some(invitation) = &person.invitation else { return Err(fault("NOT_INVITED", "userId")) };
        if now < invitation.resendable {
            let retry_at = instant(invitation.resendable);
            return Err(Refusal(vec![line("RESEND_TOO_SOON", "userId", "", &retry_at)]));
        }
        person.invitation = Some(tenant.issue(&person, now));
        tenant.put(person);
        Ok(())
    }

    pub fn delete(&mut self, me: &Me, id: &str, expected: Option<i64>) -> Verdict {
        let tenant = &mut self.tenants[me.tenant];
        let person = tenant.target(id)?;
        seen(person.version, expected)?;
        if person.id == me.id {
            return Err(fault("CANNOT_TARGET_SELF", "userId"));
        }
        if tenant.is_last_admin(&person) {
            return Err(fault("LAST_ADMIN", "userId"));
        }
        me.not_admin(&person)?;
        tenant.people.retain(|p| p.id != id);
        tenant.notices.retain(|(about, _)| *about != id);
        tenant.gone.push(id.to_owned());
        self.end(|session| session.user == id);
        Ok(())
    }

    pub fn edit(&mut self, me: &Me, edit: &Edit) -> Verdict {
        edit.faults().done()?;
        let now = self.now;
        let tenant = &mut self.tenants[me.tenant];
        let before = tenant.target(&edit.user)?;
        if let Field::Set(id) = &edit.template {
            tenant.known_template(id, "roleTemplateId")?;
        }
        seen(before.version, edit.expected)?;
        let mut after = edit.apply(&before);
        me.not_me(&before)?;
        let demoted = before.admin && !after.admin;
        let suspended = before.status == Status::Active && after.status == Status::Suspended;
        if before.id == me.id && (demoted || suspended) {
            return Err(fault("CANNOT_TARGET_SELF", "userId"));
        }
        if tenant.is_last_admin(&before) && (demoted || suspended) {
            return Err(fault("LAST_ADMIN", "userId"));
        }
        may_edit(me, tenant, &before, &after)?;
        if matches!(edit.status, Field::Set(_)) && before.status == Status::Invited {
            return Err(fault("INVITE_PENDING", "status"));
        }
        if after.admin && edit.crm == Some(false) {
            return Err(fault("ADMIN_REQUIRES_CRM_ACCESS", "crmAccess"));
        }
        tenant.address_taken(&after.email, &after.id)?;
        if after != before {
            after.version += 1;
        }
        if after.status == Status::Invited && key(&after.email) != key(&before.email) {
            after.invitation = Some(tenant.issue(&after, now));
        }
        if after.status != Status::Invited && key(&after.email) != key(&before.email) {
            tenant.notices.push((before.id.clone(), before.email.clone()));
        }
        tenant.put(after);
        if suspended {
            self.end(|session| session.user == before.id);
        }
        Ok(())
    }
}

/// What an edit hands out, and whom it could make of the one who edits (A4).
fn may_edit(me: &Me, tenant: &Tenant, before: &Person, after: &Person) -> Verdict {
    me.not_admin(before)?;
    if key(&after.email) != key(&before.email) {
        me.become_them(tenant, before, "email")?;
    }
    if after.admin != before.admin {
        me.set_role()?;
    }
    if before.status == Status::Suspended && after.status == Status::Active {
        me.become_them(tenant, before, "status")?;
    }
    if let Some(id) = &after.template
        && after.template != before.template
    {
        me.hand_out(tenant.known_template(id, "roleTemplateId")?.permissions, "roleTemplateId")?;
    }
    if after.crm && !before.crm {
        me.hand_out_crm()?;
    }
    me.check_boxes(after.grants.minus(before.grants))
}

impl Edit {
    fn faults(&self) -> Faults {
        let mut faults = Faults::default();
        match &self.email {
            Field::Null => faults.add("REQUIRED", "email"),
            Field::Set(typed) => faults.address(typed),
            Field::Keep => {}
        }
        if let Field::Set(typed) = &self.name {
            faults.name(typed);
        }
        if self.admin == Field::Null {
            faults.add("REQUIRED", "role");
        }
        if self.status == Field::Null {
            faults.add("REQUIRED", "status");
        }
        if self.admin == Field::Set(true) && self.crm == Some(false) {
            faults.add("ADMIN_REQUIRES_CRM_ACCESS", "crmAccess");
        }
        faults
    }

    /// The row that it asks for.
    fn apply(&self, before: &Person) -> Person {
        let mut after = before.clone();
        if let Field::Set(typed) = &self.email {
            after.email = typed.trim().to_owned();
        }
        match &self.name {
            Field::Keep => {}
            Field::Null => after.name = None,
            Field::Set(typed) => after.name = Some(typed.trim().to_owned()),
        }
        match &self.template {
            Field::Keep => {}
            Field::Null => after.template = None,
            Field::Set(id) => after.template = Some(id.clone()),
        }
        if let Field::Set(admin) = self.admin {
            after.admin = admin;
        }
        if let Field::Set(status) = self.status
            && before.status != Status::Invited
        {
            after.status = status;
        }
        after.crm = self.crm.unwrap_or(before.crm);
        if after.admin && !before.admin {
            after.crm = true;
        }
        after.grants = self.boxes.apply(before.grants);
        after
    }
}

impl Tenant {
    /// In the place of the one with the same id.
    pub fn put(&mut self, person: Person) {
        let row = self.people.iter_mut().find(|p| p.id == person.id).expect("somebody who exists");
        *row = person;
    }
}

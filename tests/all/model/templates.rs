//! The rules of role templates (R, A4).

use super::{
    requests::{DeleteTemplate, EditTemplate, Field, NewTemplate},
    rules::{Faults, Me, Verdict, fault, seen},
    state::{Model, Template},
};

impl Model {
    /// The new template has no id yet.
    pub fn create_template(&mut self, me: &Me, new: &NewTemplate) -> Verdict {
        let mut faults = Faults::default();
        faults.name(&new.name);
        faults.done()?;
        let tenant = &mut self.tenants[me.tenant];
        me.check_boxes(new.boxes.check)?;
        tenant.name_taken(&new.name, "")?;
        tenant.templates.push(Template {
            id: String::new(),
            name: new.name.trim().to_owned(),
            description: new.description.clone(),
            permissions: new.boxes.check,
            version: 1,
        });
        Ok(())
    }

    pub fn edit_template(&mut self, me: &Me, edit: &EditTemplate) -> Verdict {
        let mut faults = Faults::default();
        match &edit.name {
            Field::Null => faults.add("REQUIRED", "name"),
            Field::Set(typed) => faults.name(typed),
            Field::Keep => {}
        }
        faults.done()?;
        let tenant = &mut self.tenants[me.tenant];
        let before = tenant.known_template(&edit.template, "roleTemplateId")?;
        seen(before.version, edit.expected)?;
        me.not_my_template(&before.id)?;
        let mut after = before.clone();
        if let Field::Set(typed) = &edit.name {
            after.name = typed.trim().to_owned();
        }
        match &edit.description {
            Field::Keep => {}
            Field::Null => after.description = None,
            Field::Set(text) => after.description = Some(text.clone()),
        }
        after.permissions = edit.boxes.apply(before.permissions);
        me.check_boxes(after.permissions.minus(before.permissions))?;
        tenant.name_taken(&after.name, &after.id)?;
        if after != before {
            after.version += 1;
        }
        let row = tenant.templates.iter_mut().find(|t| t.id == after.id).expect("one that exists");
        *row = after;
        Ok(())
    }

    pub fn delete_template(&mut self, me: &Me, delete: &DeleteTemplate) -> Verdict {
        let invalid = || fault("INVALID_REPLACEMENT", "replacementId");
        if delete.detach && delete.replacement.is_some() {
            return Err(invalid());
        }
        let tenant = &mut self.tenants[me.tenant];
        let template = tenant.known_template(&delete.template, "roleTemplateId")?;
        let replacement = delete.replacement.as_ref().map(|id| tenant.known_template(id, "replacementId"));
        let replacement = replacement.transpose()?;
        seen(template.version, delete.expected)?;
        me.not_my_template(&template.id)?;
        let in_use = tenant.users_of(&template.id) > 0;
        // By itself it gives nobody anything that they did not have.
        if let Some(to) = replacement.as_ref().filter(|to| in_use && to.id != template.id) {
            me.hand_out(to.permissions, "replacementId")?;
        }
        if replacement.as_ref().is_some_and(|to| to.id == template.id) {
            return Err(invalid());
        }
        if in_use && replacement.is_none() && !delete.detach {
            return Err(fault("TEMPLATE_IN_USE", "replacementId"));
        }
        for person in tenant.people.iter_mut().filter(|p| p.template.as_ref() == Some(&template.id)) {
            person.template = delete.replacement.clone();
            person.version += 1;
        }
        tenant.templates.retain(|t| t.id != template.id);
        tenant.gone.push(template.id);
        Ok(())
    }
}

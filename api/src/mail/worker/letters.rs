use entity::{InTenant, MailKind, Status, invitation, mail, password_reset, tenant, user};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::Worker;
use crate::{
    domain::{Error, Result, secrets::Purpose},
    mail::Letter,
};

impl Worker {
    /// Makes the letter: the link is made now, so that no queue holds it. None where its link was replaced, or whom it
    /// was for is gone.
    pub(super) async fn letter(&self, row: &mail::Model) -> Result<Option<Letter>> {
        let db = self.env.db.read();
        let user =
            user::Entity::in_tenant(row.tenant_id).filter(user::Column::Id.eq(row.user_id)).one(db).await?;
        let (Some(user), Some(tenant)) = (user, tenant_of(db, row.tenant_id).await?) else { return Ok(None) };
        let to = row.to_address.as_deref().unwrap_or(&user.email);
        let letter = match row.kind {
            MailKind::Invitation => self.invitation(row, &user, &tenant).await?,
            MailKind::PasswordReset => self.password_reset(row, &user, &tenant).await?,
            MailKind::PasswordChanged => Some(Letter::password_changed(to, &tenant.name)),
            MailKind::EmailChanged => Some(Letter::email_changed(to, &tenant.name)),
        };
        letter.transpose().map_err(|e| Error::Internal(format!("a letter: {e}")))
    }

    async fn invitation(
        &self,
        row: &mail::Model,
        user: &user::Model,
        tenant: &tenant::Model,
    ) -> Result<Option<askama::Result<Letter>>> {
        let link = invitation::Entity::in_tenant(row.tenant_id)
            .filter(invitation::Column::UserId.eq(row.user_id))
            .filter(invitation::Column::TimesIssued.eq(row.link_number))
            .one(self.env.db.read())
            .await?;
        Ok(link.filter(|_| user.status == Status::Invited).map(|i| {
            let token =
                self.env.links.token(Purpose::Invitation, row.tenant_id, user.id, &i.nonce, i.expires_at);
            let link = self.mailer.invitation_link(&token);
            Letter::invitation(&user.email, &tenant.name, link, i.expires_at, i.times_issued > 1)
        }))
    }

    async fn password_reset(
        &self,
        row: &mail::Model,
        user: &user::Model,
        tenant: &tenant::Model,
    ) -> Result<Option<askama::Result<Letter>>> {
        let link = password_reset::Entity::in_tenant(row.tenant_id)
            .filter(password_reset::Column::UserId.eq(row.user_id))
            .filter(password_reset::Column::TimesIssued.eq(row.link_number))
            .one(self.env.db.read())
            .await?;
        Ok(link.filter(|_| user.status == Status::Active).map(|r| {
            let token =
                self.env.links.token(Purpose::PasswordReset, row.tenant_id, user.id, &r.nonce, r.expires_at);
            let link = self.mailer.password_reset_link(&token);
            Letter::password_reset(&user.email, &tenant.name, link, r.expires_at)
        }))
    }
}

#[expect(clippy::disallowed_methods, reason = "tenants stand above the tenant scope")]
async fn tenant_of(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<tenant::Model>> {
    Ok(tenant::Entity::find_by_id(id).one(db).await?)
}

use chrono::{DateTime, Utc};
use entity::{InTenant, MailKind, Status, credential, invitation, role_template, user};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, IntoActiveModel, QueryFilter,
};

use crate::domain::{
    Change, Code, Env, Error, Fault, Principal, Result, Visitor,
    audit::{self, Actor, Target},
    faults::Faults,
    outbox, passwords,
    secrets::{Links, Purpose},
    sessions::{self, SignedIn},
    tenants, text,
};

/// What somebody signs up with.
pub struct Accept {
    /// The secret of the link.
    pub token: String,
    /// Their name.
    pub name: String,
    /// Their new password.
    pub password: String,
}

/// What a sign-up page may know of a link (I5).
pub struct Preview {
    /// The tenant's name.
    pub tenant_name: String,
    /// The tenant's slug.
    pub tenant_slug: String,
    /// The address that was invited.
    pub email: String,
    /// When the link stops to work.
    pub expires_at: DateTime<Utc>,
    /// Whether it has.
    pub expired: bool,
}

type Linked = (user::Model, invitation::Model);

/// What a link is for; none where it is wrong, used or replaced (I5).
pub async fn preview(visitor: &Visitor, token: &str) -> Result<Option<Preview>> {
    let db = visitor.env.db.read();
    let Some((user, invitation)) = linked(db, &visitor.env, token).await? else { return Ok(None) };
    let Some(tenant) = tenants::by_id(db, user.tenant_id).await? else { return Ok(None) };
    Ok(Some(Preview {
        tenant_name: tenant.name,
        tenant_slug: tenant.slug,
        email: user.email,
        expires_at: invitation.expires_at,
        expired: invitation.expires_at <= visitor.env.now(),
    }))
}

/// Signs up by a link: sets name and password, makes the user active, and signs it in (I6). The link works once (I1).
pub async fn accept(visitor: &Visitor, input: Accept) -> Result<SignedIn> {
    let env = &visitor.env;
    let mut faults = Faults::default();
    let name = faults.text("name", text::person_name(&input.name));
    if let Err(fault) = passwords::check_length(&input.password, "password") {
        faults.push(fault);
    }
    faults.finish()?;
    let name = name.ok_or_else(|| Fault::at(Code::Required, &["name"]))?;

    // Hashing takes long and needs no lock: the link is checked before it and again under lock after it.
    let db = env.db.read();
    let (user, _) = unexpired(env, linked(db, env, &input.token).await?)?;
    let tenant = tenants::by_id(db, user.tenant_id).await?.ok_or_else(invalid)?;
    let named = user::Model { name: Some(name.clone()), ..user };
    let password_hash = passwords::choose(env, &tenant, &named, &input.password, "password").await?;

    let mut change = visitor.begin(tenant.id).await?;
    let (before, _) = unexpired(env, linked(&change.txn, env, &input.token).await?)?;
    let after = sign_up(&mut change, &before, name, password_hash).await?;
    let (token, session) = sessions::open(&change.txn, env, &visitor.client, &after, change.now).await?;
    change.actor = Some(Actor::of(&after));
    let changes = audit::user_changes(Some(&before), Some(&after));
    change.record("user.accepted", Target::person(&after), changes);
    let template: Option<role_template::Model> = change.template(after.role_template_id).await?;
    change.commit().await?;
    Ok(SignedIn { token, principal: Principal { tenant, user: after, template, session } })
}

async fn sign_up(
    change: &mut Change,
    before: &user::Model,
    name: String,
    hash: String,
) -> Result<user::Model> {
    let after = user::Model {
        label_id: change.env.new_id(),
        name_key: text::key(&name),
        name: Some(name),
        status: Status::Active,
        last_login_at: change.now,
        version: before.version + 1,
        updated_at: change.now,
        ..before.clone()
    };
    change.label(&after);
    change.update(after.clone().into_active_model().reset_all())?;
    change.move_seat(Some(before), Some(&after));
    invitation::Entity::delete_in(change.tenant)
        .filter(invitation::Column::UserId.eq(after.id))
        .exec(&change.txn)
        .await?;
    outbox::drop_queued(change, &after, MailKind::Invitation).await?;
    let credential = credential::ActiveModel {
        tenant_id: Set(change.tenant),
        user_id: Set(after.id),
        password_hash: Set(hash),
    };
    change.insert(credential);
    Ok(after)
}

/// The invited user that a link belongs to, and its invitation: the link must be the one that counts.
async fn linked(db: &impl ConnectionTrait, env: &Env, token: &str) -> Result<Option<Linked>> {
    let Some(link) = Links::parse(token) else { return Ok(None) };
    let found = invitation::Entity::in_tenant(link.tenant)
        .filter(invitation::Column::UserId.eq(link.user))
        .find_also_related(user::Entity)
        .one(db)
        .await?;
    let Some((invitation, Some(user))) = found else { return Ok(None) };
    let counts = env.links.verify(&link, Purpose::Invitation, &invitation.nonce, invitation.expires_at);
    Ok(counts.then_some((user, invitation)))
}

fn invalid() -> Error {
    Fault::at(Code::InvalidToken, &["token"]).into()
}

fn unexpired(env: &Env, linked: Option<Linked>) -> Result<Linked> {
    let (user, invitation) = linked.ok_or_else(invalid)?;
    if invitation.expires_at <= env.now() {
        return Err(Fault::at(Code::TokenExpired, &["token"]).into());
    }
    Ok((user, invitation))
}

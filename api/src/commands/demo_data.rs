//! The company of the demo. People are put there as if months had passed, which no operation could do: their rows are
//! written by hand, everything else by the operations.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    Category, Delivery, InTenant, Permission, Permissions, Role, Status, credential, invitation,
    person_label, role_template, seats, tenant, user,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use crate::domain::{Env, Result, text};

/// The tenant's slug.
pub const TENANT: &str = "acme";
/// The address of the admin to sign in as.
pub const ADMIN: &str = "grace.lindqvist@acme.example";
/// Everybody's password.
pub const PASSWORD: &str = "orbit-kettle-violet-94";

use Role::{Admin, User};
use Status::{Active, Invited, Suspended};

/// Name, what is before the @, role, status, template, CRM access, days since the last sign-in or the invitation.
type Employee = (&'static str, &'static str, Role, Status, Option<&'static str>, bool, i64);

const PEOPLE: [Employee; 17] = [
    ("Grace Lindqvist", "grace.lindqvist", Admin, Active, None, true, 0),
    ("Tomás Herrera", "tomas.herrera", Admin, Active, None, true, 2),
    ("Nadia Okafor", "nadia.okafor", Admin, Invited, None, true, 1),
    ("Yuki Tanaka", "yuki.tanaka", User, Active, Some("Support"), true, 0),
    ("Liam O’Connor", "liam.oconnor", User, Active, Some("Support"), true, 0),
    ("Amara Diallo", "amara.diallo", User, Active, Some("Support"), false, 1),
    ("Jonas Weber", "jonas.weber", User, Active, Some("Support"), true, 6),
    ("Sofia Rossi", "sofia.rossi", User, Active, Some("Sales"), true, 0),
    ("Ethan Park", "ethan.park", User, Active, Some("Sales"), true, 3),
    ("Chloé Martin", "chloe.martin", User, Active, Some("Sales"), true, 41),
    ("Ravi Menon", "ravi.menon", User, Active, Some("Analyst"), false, 1),
    ("Ingrid Solberg", "ingrid.solberg", User, Active, Some("Analyst"), false, 97),
    ("Priya Shah", "priya.shah", User, Active, Some("Team lead"), true, 0),
    ("Marco Bianchi", "marco.bianchi", User, Suspended, Some("Sales"), true, 130),
    ("Hannah Fischer", "hannah.fischer", User, Suspended, None, false, 212),
    ("Daniel Novak", "daniel.novak", User, Invited, Some("Support"), false, 6),
    ("Lucía Fernández", "lucia.fernandez", User, Invited, Some("Sales"), true, 2),
];

/// Writes the company with `limit` seats, and people without a face for `extra` of them.
pub async fn seed(env: &Arc<Env>, limit: i32, extra: usize) -> Result<()> {
    let now = env.now();
    let hash = env.passwords.hash(PASSWORD).await?;
    let txn = env.db.begin().await?;
    let tenant = tenant::Model {
        id: env.new_id(),
        slug: TENANT.into(),
        name: "Acme Robotics".into(),
        created_at: now - TimeDelta::days(400),
    };
    let id = tenant.id;
    tenant::Entity::insert(tenant.into_active_model().reset_all()).exec_without_returning(&txn).await?;
    let mut seats = seats::Model {
        tenant_id: id,
        seat_limit: limit,
        invited: 0,
        active: 0,
        suspended: 0,
        active_admins: 0,
    };
    let templates = templates(env, &txn, id).await?;
    let others = (0..extra).map(|n| (format!("Robin Example {n}"), format!("robin.example.{n}")));
    let people = PEOPLE.into_iter().map(|(name, at, role, status, template, crm, days)| {
        (name.to_owned(), at.to_owned(), role, status, template, crm, days)
    });
    let others = others.map(|(name, at)| (name, at, User, Active, Some("Support"), true, 9));
    for (name, at, role, status, template, crm_access, days) in people.chain(others) {
        let template = template.and_then(|name| templates.iter().find(|t| t.name == name));
        let employee = Row { name, at, role, status, template, crm_access, days };
        employee.write(env, &txn, id, now, &hash, &mut seats).await?;
    }
    seats::Entity::insert(seats.into_active_model().reset_all()).exec_without_returning(&txn).await?;
    Ok(txn.commit().await?)
}

async fn templates(env: &Env, txn: &DatabaseTransaction, tenant: Uuid) -> Result<Vec<role_template::Model>> {
    use Permission::{
        AnalyticsExport, AnalyticsView, ConversationsCreate, ConversationsEdit, ConversationsView,
        ExperimentsView, IntegrationsView, SettingsView, UsersCreate, UsersEdit, UsersView,
    };
    let talk: Permissions = [ConversationsView, ConversationsCreate, ConversationsEdit].into_iter().collect();
    let count: Permissions = [AnalyticsView, AnalyticsExport].into_iter().collect();
    let people: Permissions = [UsersView, UsersCreate, UsersEdit].into_iter().collect();
    let all = [
        ("Support", "Answers customers by chat, voice and email.", talk.union(AnalyticsView.into())),
        ("Sales", "Talks to customers and works in the CRM.", talk.union(IntegrationsView.into())),
        ("Analyst", "Reads and exports figures, changes nothing.", count.union(ExperimentsView.into())),
        (
            "Team lead",
            "Runs a team: its conversations, its figures, and who is in it.",
            Permissions::of_category(Category::Conversations)
                .union(count)
                .union(people)
                .union(IntegrationsView.into())
                .union(SettingsView.into()),
        ),
    ];
    let mut rows = Vec::new();
    for (name, description, permissions) in all {
        let row = role_template::Model {
            tenant_id: tenant,
            id: env.new_id(),
            name: name.into(),
            name_key: text::key(name),
            description: Some(description.into()),
            permissions,
            user_count: 0,
            version: 1,
            created_at: env.now() - TimeDelta::days(390),
            updated_at: env.now() - TimeDelta::days(390),
        };
        let insert = role_template::Entity::insert(row.clone().into_active_model().reset_all());
        insert.exec_without_returning(txn).await?;
        rows.push(row);
    }
    Ok(rows)
}

struct Row<'a> {
    name: String,
    at: String,
    role: Role,
    status: Status,
    template: Option<&'a role_template::Model>,
    crm_access: bool,
    days: i64,
}

impl Row<'_> {
    async fn write(
        self,
        env: &Env,
        txn: &DatabaseTransaction,
        tenant: Uuid,
        now: DateTime<Utc>,
        hash: &str,
        seats: &mut seats::Model,
    ) -> Result<()> {
        let email = format!("{}@acme.example", self.at);
        let (id, label_id) = (env.new_id(), env.new_id());
        let signed_up = self.status != Invited;
        let name = signed_up.then_some(self.name);
        let label = person_label::Model {
            tenant_id: tenant,
            id: label_id,
            user_id: id,
            email: Some(email.clone()),
            name: name.clone(),
        };
        insert(txn, label.into_active_model().reset_all()).await?;
        let then = now - TimeDelta::days(self.days) - TimeDelta::minutes(self.days * 37 % 1000 + 5);
        let created_at = if signed_up { now - TimeDelta::days(300) } else { then };
        let user = user::Model {
            tenant_id: tenant,
            id,
            email_key: text::key(&email),
            email,
            name_key: name.as_deref().map(text::key).unwrap_or_default(),
            name,
            role: self.role,
            status: self.status,
            role_template_id: self.template.map(|t| t.id),
            crm_access: self.crm_access,
            permissions: Permissions::NONE,
            last_login_at: if signed_up { then } else { DateTime::UNIX_EPOCH },
            label_id,
            version: 1,
            created_at,
            updated_at: created_at,
        };
        insert(txn, user.into_active_model().reset_all()).await?;
        match self.status {
            Invited => seats.invited += 1,
            Active => seats.active += 1,
            Suspended => seats.suspended += 1,
        }
        if self.role == Admin && self.status == Active {
            seats.active_admins += 1;
        }
        if signed_up {
            let credential =
                credential::Model { tenant_id: tenant, user_id: id, password_hash: hash.to_owned() };
            insert(txn, credential.into_active_model().reset_all()).await?;
        } else {
            let invitation = invitation::Model {
                tenant_id: tenant,
                user_id: id,
                nonce: env.random::<16>().to_vec(),
                issued_at: then,
                expires_at: then + env.settings.invite_ttl,
                times_issued: 1,
                resendable_at: then + env.settings.resend_cooldown,
                delivery: Delivery::Sent,
                delivery_failure: None,
            };
            insert(txn, invitation.into_active_model().reset_all()).await?;
        }
        count_template(txn, tenant, self.template.map(|t| t.id)).await
    }
}

async fn insert<A: ActiveModelTrait>(txn: &DatabaseTransaction, row: A) -> Result<()> {
    A::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

async fn count_template(db: &DatabaseTransaction, tenant: Uuid, template: Option<Uuid>) -> Result<()> {
    let Some(template) = template else { return Ok(()) };
    role_template::Entity::update_in(tenant)
        .col_expr(role_template::Column::UserCount, Expr::col(role_template::Column::UserCount).add(1))
        .filter(role_template::Column::Id.eq(template))
        .exec(db)
        .await?;
    Ok(())
}

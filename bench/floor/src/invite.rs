//! An invitation: every row that Rolecall writes, in one statement, which is its own transaction.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::json;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use crate::{
    answer::{Answer, Failure, data, parse_template_id, user_id},
    caller::{Token, callers, is_signed_in},
};

/// Seats are taken under the lock of the seat row, as everywhere. What is asked beforehand is asked without it, which is
/// the one thing that this does not do as Rolecall does.
const INVITE: &str = concat!(
    "WITH me AS MATERIALIZED (
        SELECT me.id, me.label_id, wanted.id AS template_id FROM ",
    callers!(),
    " JOIN role_templates wanted ON wanted.tenant_id = s.tenant_id AND wanted.id = $8 WHERE ",
    is_signed_in!(),
    " AND me.role = 0
    ), seat AS (
        UPDATE seats k SET invited = k.invited + 1 FROM me
        WHERE k.tenant_id = $1 AND k.invited + k.active + k.suspended < k.seat_limit
        RETURNING k.invited + k.active + k.suspended AS used, k.seat_limit, me.*
    ), template AS (
        UPDATE role_templates t SET user_count = t.user_count + 1 FROM seat
        WHERE t.tenant_id = $1 AND t.id = seat.template_id
    ), label AS (
        INSERT INTO person_labels (tenant_id, id, user_id, email) SELECT $1, $5, $4, $6 FROM seat
    ), person AS (
        INSERT INTO users (tenant_id, id, email, email_key, name_key, role, status, role_template_id, crm_access,
            permissions, last_login_at, label_id, version, created_at, updated_at)
        SELECT $1, $4, $6, $7, '', 1, 0, seat.template_id, $9, 0, 'epoch', $5, 1, $3, $3 FROM seat
    ), due AS (
        SELECT greatest($3, max(c.until)) AS at FROM mail_cooldowns c WHERE c.tenant_id = $1 AND c.email_key = $7
    ), invitation AS (
        INSERT INTO invitations (tenant_id, user_id, nonce, issued_at, expires_at, times_issued, resendable_at, delivery)
        SELECT $1, $4, $10, $3, $3 + interval '7 days', 1, due.at + interval '60 seconds', 0 FROM seat, due
    ), mail AS (
        INSERT INTO mails (tenant_id, id, kind, user_id, link_number, created_at, due_at, attempts)
        SELECT $1, $11, 0, $4, 1, $3, due.at, 0 FROM seat, due
    ), event AS (
        INSERT INTO audit_events (tenant_id, id, at, action, actor_id, actor_label_id, target_id, target_label_id,
            changes, request_id)
        SELECT $1, $12, $3, 'user.invited', seat.id, seat.label_id, $4, $5, $13, $14 FROM seat
    )
    SELECT used, seat_limit FROM seat",
);

/// Whom to invite, as Rolecall's input.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewInvite {
    email: String,
    role_template_id: String,
    crm_access: bool,
}

/// Invites a user. Admins alone may, and no template is checked for what it hands out.
#[expect(clippy::disallowed_methods, reason = "nobody moves the clock of the floor, or its dice")]
pub async fn invite(State(pool): State<PgPool>, token: Token, Json(new): Json<NewInvite>) -> Answer {
    let email = new.email.trim();
    let template = parse_template_id(&new.role_template_id).ok_or(Failure::Refused)?;
    let [user, label, mail, event, request] = std::array::from_fn(|_| Uuid::now_v7());
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(|_| Failure::Refused)?;
    let changes = json!({
        "email": { "from": null, "to": { "label": label } },
        "role": { "from": null, "to": "USER" },
        "status": { "from": null, "to": "INVITED" },
        "roleTemplate": { "from": null, "to": template },
        "crmAccess": { "from": null, "to": new.crm_access },
        "permissions": { "from": null, "to": [] },
    });
    let statement = sqlx::query(INVITE).bind(token.tenant).bind(&token.hash).bind(token.now);
    let statement = statement.bind(user).bind(label).bind(email).bind(email.to_lowercase()).bind(template);
    let statement = statement.bind(new.crm_access).bind(nonce.as_slice()).bind(mail).bind(event);
    let statement = statement.bind(changes).bind(request.to_string());
    let row = statement.fetch_optional(&pool).await?.ok_or(Failure::Refused)?;
    let (used, limit): (i32, i32) = (row.try_get(0)?, row.try_get(1)?);
    data(json!({ "inviteUser": {
        "user": { "id": user_id(user), "email": email, "status": "INVITED" },
        "seatUsage": { "used": used, "limit": limit },
        "errors": [],
    } }))
}

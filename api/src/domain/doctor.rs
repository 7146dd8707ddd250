//! Checks the whole database against what must always hold. Each check is one read that answers what is broken.

use std::fmt;

use sea_orm::{ConnectionTrait, Statement};

use super::Result;
use crate::db::Db;

/// How much of what is broken is shown in a line.
const SHOWN: usize = 10;

/// What a check found; shown as a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What must hold.
    pub check: &'static str,
    /// Where it does not.
    pub broken: Vec<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.broken.as_slice() {
            [] => write!(f, "ok      {}", self.check),
            broken => {
                let (shown, more) = broken.split_at(broken.len().min(SHOWN));
                write!(f, "BROKEN  {}: {}", self.check, shown.join("; "))?;
                if more.is_empty() { Ok(()) } else { write!(f, "; and {} more", more.len()) }
            }
        }
    }
}

/// Roles and statuses are the numbers of `entity::values`: role 0 is ADMIN; status 0 is INVITED, 1 ACTIVE, 2 SUSPENDED.
const CHECKS: [(&str, &str); 10] = [
    (
        "seat counters are the rows of the users table (S1)",
        "SELECT t.slug AS broken FROM tenants t
         LEFT JOIN seats s ON s.tenant_id = t.id
         LEFT JOIN (SELECT tenant_id,
                SUM(CASE WHEN status = 0 THEN 1 ELSE 0 END) AS invited,
                SUM(CASE WHEN status = 1 THEN 1 ELSE 0 END) AS active,
                SUM(CASE WHEN status = 2 THEN 1 ELSE 0 END) AS suspended
            FROM users GROUP BY tenant_id) u ON u.tenant_id = t.id
         WHERE s.tenant_id IS NULL OR s.invited <> COALESCE(u.invited, 0)
            OR s.active <> COALESCE(u.active, 0) OR s.suspended <> COALESCE(u.suspended, 0)",
    ),
    (
        "active admins are counted right (A7)",
        "SELECT t.slug AS broken FROM tenants t JOIN seats s ON s.tenant_id = t.id
         WHERE s.active_admins <> (SELECT COUNT(*) FROM users u
            WHERE u.tenant_id = t.id AND u.role = 0 AND u.status = 1)",
    ),
    (
        "a tenant whose people have signed up has an active admin (A7)",
        "SELECT t.slug AS broken FROM tenants t JOIN seats s ON s.tenant_id = t.id
         WHERE s.active + s.suspended > 0 AND s.active_admins = 0",
    ),
    (
        "admins have CRM access (U2)",
        "SELECT t.slug || ': ' || u.email AS broken FROM users u JOIN tenants t ON t.id = u.tenant_id
         WHERE u.role = 0 AND NOT u.crm_access",
    ),
    (
        "templates count their users (R2)",
        "SELECT t.slug || ': ' || r.name AS broken FROM role_templates r JOIN tenants t ON t.id = r.tenant_id
         WHERE r.user_count <> (SELECT COUNT(*) FROM users u
            WHERE u.tenant_id = r.tenant_id AND u.role_template_id = r.id)",
    ),
    (
        "invited users, and they alone, have an invitation (I1)",
        "SELECT t.slug || ': ' || u.email AS broken FROM users u JOIN tenants t ON t.id = u.tenant_id
         LEFT JOIN invitations i ON i.tenant_id = u.tenant_id AND i.user_id = u.id
         WHERE (u.status = 0) <> (i.user_id IS NOT NULL)",
    ),
    (
        "whoever has signed up, and they alone, has a password (L2)",
        "SELECT t.slug || ': ' || u.email AS broken FROM users u JOIN tenants t ON t.id = u.tenant_id
         LEFT JOIN credentials c ON c.tenant_id = u.tenant_id AND c.user_id = u.id
         WHERE (u.status <> 0) <> (c.user_id IS NOT NULL)",
    ),
    (
        "the suspended and the invited have no session (U6)",
        "SELECT DISTINCT t.slug || ': ' || u.email AS broken FROM sessions s
         JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
         JOIN tenants t ON t.id = u.tenant_id WHERE u.status <> 1",
    ),
    (
        "everybody's label is their own and says what they are called (E1)",
        "SELECT t.slug || ': ' || u.email AS broken FROM users u JOIN tenants t ON t.id = u.tenant_id
         LEFT JOIN person_labels l ON l.tenant_id = u.tenant_id AND l.id = u.label_id
         WHERE l.id IS NULL OR l.user_id <> u.id OR COALESCE(l.email, '') <> u.email
            OR COALESCE(l.name, '') <> COALESCE(u.name, '')",
    ),
    (
        "nobody's mail, password, link or session is left over (U7)",
        "SELECT DISTINCT 'a row without its user' AS broken FROM (
            SELECT tenant_id, user_id FROM mails UNION SELECT tenant_id, user_id FROM credentials
            UNION SELECT tenant_id, user_id FROM invitations UNION SELECT tenant_id, user_id FROM sessions
            UNION SELECT tenant_id, user_id FROM password_resets UNION SELECT tenant_id, user_id FROM known_networks) o
         LEFT JOIN users u ON u.tenant_id = o.tenant_id AND u.id = o.user_id WHERE u.id IS NULL",
    ),
];

/// Runs every check.
pub async fn check(db: &Db) -> Result<Vec<Finding>> {
    let mut findings = Vec::with_capacity(CHECKS.len());
    for (check, sql) in CHECKS {
        let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await?;
        let broken =
            rows.iter().map(|row| row.try_get("", "broken")).collect::<std::result::Result<_, _>>()?;
        findings.push(Finding { check, broken });
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_however_much_is_broken() {
        let finding = |count: usize| Finding { check: "it holds", broken: vec!["here".into(); count] };
        assert_eq!(finding(0).to_string(), "ok      it holds");
        assert_eq!(finding(2).to_string(), "BROKEN  it holds: here; here");
        assert!(finding(5000).to_string().ends_with("here; here; and 4990 more"));
    }
}

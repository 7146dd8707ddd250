use std::mem::take;

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityName,
    sea_query::{CommonTableExpression, Query, SubQueryStatement, WithClause},
};

/// What a change writes without needing an answer, kept until it ends: PostgreSQL is handed all of it at once, which is
/// one way there and back instead of one for each row.
#[derive(Default)]
pub struct Writes(Vec<Write>);

struct Write {
    table: String,
    statement: SubQueryStatement,
}

impl Writes {
    /// Keeps a statement that writes to `table`, behind all that are kept.
    pub fn add(&mut self, table: impl EntityName, statement: impl Into<SubQueryStatement>) {
        self.0.push(Write { table: table.table_name().to_owned(), statement: statement.into() });
    }

    /// Writes what is kept.
    pub async fn run(&mut self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        let mut left = take(&mut self.0);
        while !left.is_empty() {
            let rest = left.split_off(at_once(db.get_database_backend(), &left));
            write(db, left).await?;
            left = rest;
        }
        Ok(())
    }
}

/// How many can be handed over together. The parts of one statement do not see each other's rows, so none of them may
/// write to a table that an earlier one writes to; SQLite takes no such statement.
fn at_once(backend: DbBackend, writes: &[Write]) -> usize {
    if backend != DbBackend::Postgres {
        return 1;
    }
    let again = |number: &usize| writes[..*number].iter().any(|write| write.table == writes[*number].table);
    (0..writes.len()).find(again).unwrap_or(writes.len())
}

async fn write(db: &impl ConnectionTrait, mut writes: Vec<Write>) -> Result<(), DbErr> {
    if writes.len() > 1 {
        let mut with = WithClause::new();
        for (number, Write { statement, .. }) in writes.into_iter().enumerate() {
            with.cte(
                CommonTableExpression::new().query(statement).table_name(format!("w{number}")).to_owned(),
            );
        }
        return db.execute(&with.query(Query::select().expr(1).to_owned())).await.map(drop);
    }
    match writes.pop().map(|write| write.statement) {
        Some(SubQueryStatement::InsertStatement(insert)) => db.execute(&insert).await.map(drop),
        Some(SubQueryStatement::UpdateStatement(update)) => db.execute(&update).await.map(drop),
        Some(SubQueryStatement::DeleteStatement(delete)) => db.execute(&delete).await.map(drop),
        Some(SubQueryStatement::SelectStatement(_) | SubQueryStatement::WithStatement(_)) | None => Ok(()),
    }
}

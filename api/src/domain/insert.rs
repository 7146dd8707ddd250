use sea_orm::{ActiveModelTrait, ConnectionTrait, Insert, sea_query::OnConflict};

use super::Result;

/// Inserts a row unless its unique key is taken: the database decides, whoever comes first. Answers whether it did.
pub async fn insert_unless_taken<A: ActiveModelTrait>(db: &impl ConnectionTrait, row: A) -> Result<bool> {
    // Without a column, so that it is about every unique key: a table has one beside its primary key.
    let nothing = OnConflict::new().do_nothing().to_owned();
    let inserted = Insert::<A>::one(row).on_conflict(nothing).exec_without_returning(db).await?;
    Ok(inserted == 1)
}

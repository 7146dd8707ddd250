//! B3: what a document may cost before anything of it is executed.

use crate::prelude::*;

/// Each fragment spreads the next one twice: a few hundred bytes that are 2^`depth` fields when written out.
fn bomb(depth: usize) -> String {
    let fragments: String =
        (0..depth).map(|n| format!("fragment F{n} on Viewer {{ ...F{} ...F{} }} ", n + 1, n + 1)).collect();
    format!("{{ viewer {{ ...F0 }} }} {fragments} fragment F{depth} on Viewer {{ tenant {{ id }} }}")
}

#[rstest]
#[tokio::test]
async fn b3_a_fragment_bomb_is_refused_before_it_is_written_out(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    // 2^40 fields: whoever writes them out does not come back to answer.
    let code = app.error_code((), &bomb(40), json!({})).await;
    assert_eq!(code, "TOO_COMPLEX");
    // The same shape of a modest size is a query like any other.
    let data = app.data((), &bomb(5), json!({})).await;
    assert_eq!(data["viewer"], Json::Null);
}

#[rstest]
#[tokio::test]
async fn b3_a_fragment_that_spreads_itself_is_refused(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let circle = "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }";
    assert_eq!(app.error_code((), circle, json!({})).await, "GRAPHQL_VALIDATION_FAILED");
}

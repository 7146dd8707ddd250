//! P1, P6: the catalogue of permissions.

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn p1_p6_the_catalogue_names_each_category_and_action(#[values(Db::Sqlite)] db: Db) {
    let app = TestApp::start(db).await;
    let query =
        "{ permissionCatalog { key label description actions { permission key label description } } }";
    let catalog = app.data((), query, json!({})).await["permissionCatalog"].take();
    let categories = catalog.as_array().unwrap();

    let keys: Vec<_> = categories.iter().map(|c| c["key"].as_str().unwrap().to_uppercase()).collect();
    assert_eq!(keys, CATEGORIES);
    let mut named = Vec::new();
    for category in categories {
        assert!(category["label"].as_str().is_some_and(|l| !l.is_empty()));
        for action in category["actions"].as_array().unwrap() {
            let (category, key) = (category["key"].as_str().unwrap(), action["key"].as_str().unwrap());
            assert_eq!(action["permission"], format!("{category}_{key}").to_uppercase());
            let sentence = action["description"].as_str().unwrap();
            assert!(
                !action["label"].as_str().unwrap().is_empty()
                    && sentence.len() > 10
                    && !sentence.contains('\n')
            );
            named.push(action["permission"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(named, all_permissions());
    // What the manual says of each.
    let manual = [
        ["chat, voice", "email"],
        ["branding", "channels"],
        ["user", "manage"],
        ["dashboards", "reports"],
        ["CRM connections", "third-party"],
        ["experiments", "routing"],
    ];
    for (category, words) in categories.iter().zip(manual) {
        let said = category["description"].as_str().unwrap().to_lowercase();
        assert!(words.iter().all(|word| said.contains(&word.to_lowercase())), "{said}: {words:?}");
        assert!(!said.contains('\n'));
    }
}

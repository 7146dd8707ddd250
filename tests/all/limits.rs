//! B3: what a request may cost before anything of it is executed.

use Permission::*;

use crate::prelude::*;

/// As much as fits into a request with room for what stands around it.
const FULL: usize = 250_000;

/// Each fragment spreads the next one twice: a few hundred bytes that are 2^`depth` fields when written out.
fn bomb(depth: usize) -> String {
    let fragments: String =
        (0..depth).map(|n| format!("fragment F{n} on Viewer {{ ...F{} ...F{} }} ", n + 1, n + 1)).collect();
    format!("{{ viewer {{ ...F0 }} }} {fragments} fragment F{depth} on Viewer {{ tenant {{ id }} }}")
}

/// `text` as often as it fits into a request.
fn full(text: &str) -> String {
    // As JSON has it: a quote is two letters.
    text.repeat(FULL / (json!(text).to_string().len() - 2))
}

fn many(count: usize, each: impl Fn(usize) -> String) -> String {
    (0..count).map(each).collect::<Vec<_>>().join(" ")
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

#[tokio::test]
async fn b3_a_text_that_would_keep_the_parser_busy_or_overflow_its_stack_is_refused() {
    let app = TestApp::start(Db::Sqlite).await;
    for (what, document) in [
        ("selections", full("{")),
        ("selections with names", full("{a")),
        ("inline fragments", format!("{{ {}", full("...{"))),
        ("lists", format!("{{ a(b: {}", full("["))),
        ("objects", format!("{{ a(b: {}", full("{a:"))),
        ("lists in a variable's default", format!("query ($a: A = {}", full("["))),
        ("a type", format!("query ($a: {}", full("["))),
        ("variables", format!("query {}", full("($a:"))),
        ("directives", format!("{{ a {} }}", full("@a "))),
        ("directives with arguments", format!("{{ a {} }}", full("@a(b:1) "))),
        ("names", format!("{{ {} }}", full("a "))),
        ("strings", format!("{{ a(b: [{}]) }}", full("\"\" "))),
        ("block strings", format!("{{ a(b: [{}]) }}", full("\"\"\"\"\"\" "))),
        ("numbers", format!("{{ a(b: [{}]) }}", full("1 "))),
        ("spreads", format!("{{ {} }}", full("...a "))),
        ("dots", full(".")),
        ("signs", full("!")),
        ("operations", full("query A{a}")),
        ("one name", format!("{{ {} }}", full("a"))),
        ("one number", format!("{{ a(b: {}) }}", full("1"))),
        ("behind an empty string", format!("{{ a(b: \"\" c: {}", full("["))),
        ("behind an escaped quote", format!("{{ a(b: \"\\\\\" c: {}", full("["))),
        ("behind a comment", format!("# \"\n{}", full("{"))),
    ] {
        assert_eq!(app.error_code((), &document, json!({})).await, "TOO_COMPLEX", "{what}");
    }
    for (what, document) in [
        ("a string without an end", format!("{{ a(b: \"{}", full("["))),
        ("a string over lines", format!("{{ a(b: \"{}\n\") }}", full("["))),
        ("a block string without an end", format!("{{ a(b: \"\"\"{}", full("["))),
        ("escaped ends", format!("{{ a(b: \"\"\"{}", full("\\\"\"\""))),
        ("nothing", String::new()),
        ("spaces", full(" ")),
        ("commas", full(",")),
        ("a comment", format!("#{}", full("{"))),
        ("something else at the end of a long line", format!("{{ a {} ?", full(" "))),
        ("a byte that is no text", "{ a(b: \u{0}) }".to_owned()),
    ] {
        let json = app.gql((), &document, json!({})).await;
        assert_eq!(json["errors"][0]["extensions"]["code"], "GRAPHQL_PARSE_FAILED", "{what}: {json}");
        assert!(json.to_string().len() < 1_000, "{what}: the request is not sent back");
    }
    for (what, document) in [
        ("a comment", format!("#{}\n{{ viewer {{ tenant {{ id }} }} }}", full("{\""))),
        ("comments", format!("{} {{ viewer {{ tenant {{ id }} }} }}", full("#\n"))),
        ("a string", format!("{{ invitation(token: \"{}\") {{ email }} }}", full("{[("))),
        ("a block string", format!("{{ invitation(token: \"\"\"{}\"\"\") {{ email }} }}", full("{\n"))),
        ("spaces", format!("{{ viewer {} {{ tenant {{ id }} }} }}", full("\u{feff}, \t\n"))),
    ] {
        let data = app.data((), &document, json!({})).await;
        assert!(data.as_object().unwrap().values().all(Json::is_null), "{what}");
    }
}

#[tokio::test]
async fn b3_each_limit_of_a_document_has_its_refusal_and_one_less_passes() {
    let app = TestApp::start(Db::Sqlite).await;
    let ten = |each: &str| many(10, |_| each.to_owned());
    let spread = |most: usize, what: &str| {
        format!("{{ {} }} fragment F on Query {{ viewer {{ {what} }} }}", many(most / 10, |_| "...F".into()))
    };
    let within =
        |count: usize, each: &str| format!("{{ viewer {{ {} }} }}", many(count, |_| each.to_owned()));
    for (what, passes, refused) in [
        ("fields at the root", many(50, |_| "__typename".into()), many(51, |_| "__typename".into())),
        ("aliases", within(100, "a: __typename"), within(101, "a: __typename")),
        ("aliases in fragments", spread(100, &ten("a: __typename")), spread(110, &ten("a: __typename"))),
        (
            "directives",
            within(100, "__typename @include(if: true)"),
            within(101, "__typename @include(if: true)"),
        ),
        ("tokens", within(4_995, "__typename"), within(4_996, "__typename")),
        (
            "selections",
            spread(490, &many(100, |_| "__typename".into())),
            spread(500, &many(100, |_| "__typename".into())),
        ),
    ] {
        let passes = if passes.starts_with('{') { passes } else { format!("{{ {passes} }}") };
        let refused = if refused.starts_with('{') { refused } else { format!("{{ {refused} }}") };
        app.data((), &passes, json!({})).await;
        assert_eq!(app.error_code((), &refused, json!({})).await, "TOO_COMPLEX", "{what}");
    }
    let arguments = format!(
        "{{ viewer {{ access {{ {} }} }} }}",
        many(501, |_| "explain(permissions: USERS_VIEW) { granted }".into())
    );
    assert_eq!(app.error_code((), &arguments, json!({})).await, "TOO_COMPLEX", "arguments");
    let deep =
        format!("{{ __type(name: \"User\") {{ {} name {} }} }}", "ofType { ".repeat(20), "}".repeat(20));
    assert_eq!(app.error_code((), &deep, json!({})).await, "TOO_COMPLEX", "depth");
    let deep = format!("{{ {} __typename {} }}", "... { ".repeat(40), "}".repeat(40));
    assert_eq!(app.error_code((), &deep, json!({})).await, "TOO_COMPLEX", "recursion");
    let chain = many(100, |n| format!("fragment F{n} on Query {{ ...F{} }}", n + 1));
    let deep = format!("{{ ...F0 }} {chain} fragment F100 on Query {{ __typename }}");
    assert_eq!(app.error_code((), &deep, json!({})).await, "TOO_COMPLEX", "a chain of fragments");
    let faults = app.gql((), &within(4_000, "x"), json!({})).await;
    assert_eq!(faults["errors"].as_array().unwrap().len(), 50, "the first faults tell enough");
}

#[tokio::test]
async fn b3_variables_are_few_and_flat() {
    let app = TestApp::start(Db::Sqlite).await;
    let query = "query ($ids: [ID!]!) { viewer { user { id } } nodes(ids: $ids) { id } }";
    for values in [json!(vec!["x"; 1_000]), json!(vec![json!({ "a": [1, 2] }); 300])] {
        assert_eq!(app.error_code((), query, json!({ "ids": values })).await, "TOO_COMPLEX");
        let unused = json!({ "ids": [], "unused": values });
        assert_eq!(app.error_code((), query, unused).await, "TOO_COMPLEX", "used or not");
    }
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for depth in [200, FULL / 2] {
        let body = format!(r#"{{ "query": "{{ __typename }}", "variables": {{ "a": {} }} }}"#, nested(depth));
        let request =
            app.http.post(format!("{}/graphql", app.url)).header("content-type", "application/json");
        let response = request.body(body).send().await.unwrap();
        assert_eq!(response.status(), 400);
        let json: Json = response.json().await.unwrap();
        assert_eq!(json["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn b3_a_connection_costs_its_page_times_its_children_however_the_page_is_said() {
    let app = TestApp::start(Db::Sqlite).await;
    let acme = app.tenant("acme", 9).await;
    let fields = "id email name role status crmAccess lastLogin createdAt updatedAt version";
    let pages = |count: usize, arguments: &str| {
        let page = |n| format!("p{n}: users{arguments} {{ nodes {{ {fields} }} }}");
        many(count, page)
    };
    for (head, arguments, variables) in [
        ("", "(first: 100)", json!({})),
        ("", "(last: 100)", json!({})),
        ("query ($n: Int)", "(first: $n)", json!({ "n": 100 })),
        ("query ($n: Int)", "(last: $n)", json!({ "n": 100 })),
        ("query ($n: Int = 100)", "(first: $n)", json!({})),
        ("query ($n: Int)", "(first: $n, last: null)", json!({ "n": 2_000_000_000 })),
    ] {
        // Each is 1,000 and a hundred times 11.
        let query = format!("{head} {{ {} }}", pages(20, arguments));
        assert_eq!(
            app.error_code(&acme.admin, &query, variables.clone()).await,
            "TOO_COMPLEX",
            "{arguments}"
        );
    }
    app.data(&acme.admin, &format!("{{ {} }}", pages(20, "(first: 10)")), json!({})).await;
    let query = format!("query ($n: Int) {{ {} }}", pages(20, "(first: $n)"));
    app.data(&acme.admin, &query, json!({ "n": 10 })).await;
    let omitted = format!("query ($n: Int) {{ {} }}", pages(10, "(first: $n)"));
    app.data(&acme.admin, &omitted, json!({})).await;
}

#[tokio::test]
async fn b3_lists_in_arguments_count() {
    let app = TestApp::start(Db::Sqlite).await;
    let acme = app.tenant("acme", 9).await;
    let ids = json!({ "ids": vec!["user_x"; 900] });
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { id email name role permissions { conversations {
        view create edit delete manage } settings { view create edit delete manage } users { view create edit delete
        manage } analytics { view create edit delete manage } integrations { view create edit delete manage }
        experiments { view create edit delete manage } granted } } } }";
    assert_eq!(app.error_code(&acme.admin, query, ids).await, "TOO_COMPLEX");
    let ids = json!({ "ids": vec![acme.admin.id.clone(); 100] });
    assert_eq!(app.data(&acme.admin, query, ids).await["nodes"].as_array().unwrap().len(), 100);

    let query = "query ($p: [Permission!]) { users(first: 100) { nodes { access { explain(permissions: $p) {
        permission granted sources blockedBy } } } } }";
    let asked = json!({ "p": vec!["USERS_VIEW"; 200] });
    assert_eq!(app.error_code(&acme.admin, query, asked).await, "TOO_COMPLEX");
    app.data(&acme.admin, query, json!({})).await;

    let filter = json!({ "f": { "roleTemplateId": vec!["template_x"; 201] } });
    let query = "query ($f: UserFilter) { users(filter: $f) { totalCount } }";
    assert_eq!(app.error_code(&acme.admin, query, filter).await, "BAD_USER_INPUT");
}

#[rstest]
#[tokio::test]
async fn b3_passwords_are_not_tried_by_the_dozen_in_one_request(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let try_one = |n: usize| {
        format!(
            "t{n}: signIn(input: {{ tenant: \"acme\", email: \"admin@acme.test\", password: \"guess-number-{n}\" }})
                {{ errors {{ code }} }}"
        )
    };
    let tries = |count| format!("mutation {{ {} }}", many(count, try_one));
    assert_eq!(app.error_code((), &tries(10), json!({})).await, "TOO_COMPLEX");
    let data = app.data((), &tries(2), json!({})).await;
    assert_eq!(data["t1"]["errors"][0]["code"], "INVALID_CREDENTIALS");
    // Within fragments, too.
    let hidden = format!("mutation {{ ...F }} fragment F on Mutation {{ {} }}", many(10, try_one));
    assert_eq!(app.error_code((), &hidden, json!({})).await, "TOO_COMPLEX");
    let change = many(5, |n| {
        format!("c{n}: changePassword(input: {{ currentPassword: \"x\", newPassword: \"y\" }}) {{ changed }}")
    });
    let change = format!("mutation {{ {change} }}");
    assert_eq!(app.error_code(&acme.admin, &change, json!({})).await, "TOO_COMPLEX");
}

#[tokio::test]
async fn b3_introspection_passes_and_does_not_multiply() {
    let app = TestApp::start(Db::Sqlite).await;
    let data = app.data((), include_str!("introspection.graphql"), json!({})).await;
    assert!(data["__schema"]["types"].as_array().unwrap().len() > 50);
    let levels = |depth: usize, inner: &str| {
        let open = "fields { type { ".repeat(depth);
        format!("{{ __schema {{ types {{ {open} {inner} {} }} }} }}", "} }".repeat(depth))
    };
    for bomb in [levels(4, "name"), levels(8, "name"), levels(2, &"name ".repeat(300))] {
        assert_eq!(app.error_code((), &bomb, json!({})).await, "TOO_COMPLEX");
    }
    app.data((), &levels(1, "name"), json!({})).await;
}

/// All that a page can honestly want to know.
const BOXES: &str =
    "conversations { view create edit delete manage } settings { view create edit delete manage }
    users { view create edit delete manage } analytics { view create edit delete manage export }
    integrations { view create edit delete manage } experiments { view create edit delete manage } granted";

fn settings_page(size: usize) -> String {
    let template = format!(
        "id name description permissions {{ {BOXES} }} userCount viewerCan {{ assign edit delete }} createdAt
         updatedAt version"
    );
    let user = format!(
        "id email name role status crmAccess lastLogin createdAt updatedAt version roleTemplate {{ {template} }}
         permissions {{ {BOXES} }} access {{ active crm permissions {{ {BOXES} }} }}
         viewerCan {{ edit changeEmail changeRole changeStatus delete resendInvite }}
         invitation {{ issuedAt expiresAt expired timesIssued resendableAt delivery deliveryFailure }}"
    );
    format!(
        "{{ viewer {{ user {{ {user} }} tenant {{ id slug name createdAt }} session {{ id expiresAt }} }}
         users(first: {size}) {{ totalCount edges {{ cursor node {{ {user} }} }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}
         roleTemplates {{ {template} }}
         permissionCatalog {{ key label description actions {{ permission key label description }} }}
         seatUsage {{ id used limit available state invited active suspended }} }}"
    )
}

#[rstest]
#[tokio::test]
async fn b3_the_worst_honest_page_passes(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 200).await;
    let template = app.add_template(&acme, NewTemplate::new("Agents", &[SettingsView])).await;
    for n in 0..50 {
        app.add(&acme, NewPerson::user(&format!("u{n}@acme.test")).using(&template)).await;
        app.add(&acme, NewPerson::invited(&format!("i{n}@acme.test")).using(&template)).await;
    }
    for size in [50, 100] {
        let data = app.data(&acme.admin, &settings_page(size), json!({})).await;
        assert_eq!(data["users"]["edges"].as_array().unwrap().len(), size);
        assert_eq!(data["users"]["totalCount"], 101);
    }
    let bombed = settings_page(100).replace("edges {", "nodes { id } more: edges { node { id } } edges {");
    app.data(&acme.admin, &bombed, json!({})).await;
}

//! The log: one line a request, which tells who asked for what and how it went, and nothing that is secret.

use std::{fs, path::Path};

use tempfile::TempDir;
use tests::Process;

use crate::{prelude::*, program::program};

const SECRET: &str = "dGhlIHRlc3RzIGFsbCB1c2UgdGhpcyBvbmUgc2VjcmV0ISE=";

/// The server with a client that remembers what must not be logged.
struct Asked {
    server: Process,
    mail: TempDir,
    http: reqwest::Client,
    secrets: Vec<String>,
    ids: Vec<String>,
}

impl Asked {
    async fn ask(&mut self, token: &str, query: &str, variables: Json) -> Json {
        let body = json!({ "query": query, "variables": variables });
        let mut request = self.http.post(format!("{}/graphql", self.server.url)).json(&body);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        self.ids.push(response.headers()["x-request-id"].to_str().unwrap().to_owned());
        if let Some(cookie) = response.headers().get("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            self.secrets.push(cookie.split_once('=').unwrap().1.split(';').next().unwrap().to_owned());
        }
        self.remember_all(&variables);
        let answer: Json = response.json().await.unwrap();
        let tokens = answer["data"].as_object().into_iter().flat_map(|data| data.values());
        self.secrets.extend(tokens.filter_map(|field| field["token"].as_str().map(str::to_owned)));
        answer
    }

    fn remember_all(&mut self, value: &Json) {
        match value {
            Json::String(text) if text != "acme" => self.secrets.push(text.clone()),
            Json::Object(map) => map.values().for_each(|value| self.remember_all(value)),
            _ => {}
        }
    }

    /// The secret of the link in the only mail that has come.
    async fn link(&mut self) -> String {
        for _ in 0..200 {
            if let Some(token) = take_link(self.mail.path()) {
                self.secrets.push(token.clone());
                return token;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("no mail comes");
    }
}

/// A folder for mail, and the setting for it.
fn folder() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let setting = format!("file:{}", folder.path().display());
    (folder, setting)
}

fn take_link(folder: &Path) -> Option<String> {
    let files = fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path());
    let path = files.filter(|path| path.extension().is_some_and(|ext| ext == "eml")).min()?;
    let text = fs::read_to_string(&path).unwrap();
    fs::remove_file(path).unwrap();
    let (_, behind) = text.split_once("#token=")?;
    Some(behind.split_whitespace().next().unwrap().to_owned())
}

/// The lines that tell of requests.
fn requests(log: &str) -> Vec<Json> {
    let lines =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")));
    lines.filter(|line: &Json| line["target"] == "rolecall::requests").collect()
}

const SIGN_IN: &str = "mutation In($e: String!, $p: String!) {
    signIn(input: { tenant: \"acme\", email: $e, password: $p }) { token errors { code } } }";
const ACCEPT: &str = "mutation Up($t: String!, $n: String!, $p: String!) {
    acceptInvite(input: { token: $t, name: $n, password: $p }) { token errors { code } } }";

#[rstest]
#[tokio::test]
async fn each_request_is_one_line_without_anything_secret(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let url = app.database_url();
    let created = program()
        .args(["tenant", "create", "--slug", "acme", "--name", "Acme", "--seats", "9"])
        .args([
            "--admin-email",
            "boss@acme.test",
            "--database-url",
            &url,
            "--secret",
            SECRET,
            "--log",
            "trace",
        ])
        .output()
        .unwrap();
    let tenant: Json = serde_json::from_slice(&created.stdout).expect("one JSON object");
    let (mail, folder) = folder();
    let variables =
        [("ROLECALL_LOG", "trace"), ("ROLECALL_LOG_FORMAT", "json"), ("ROLECALL_RESEND_COOLDOWN", "0s")];
    let server = app.process(&["--mail", &folder], &variables);
    let mut asked =
        Asked { server, mail, http: reqwest::Client::new(), secrets: vec![SECRET.into()], ids: vec![] };

    let link = asked.link().await;
    assert_eq!(tenant["inviteToken"], link.as_str());
    let boss = json!({ "t": link, "n": "The Grand Boss", "p": "grove-otter-lantern-58" });
    let boss = asked.ask("", ACCEPT, boss).await["data"]["acceptInvite"]["token"].take();
    let boss = boss.as_str().unwrap();
    asked.ask("", SIGN_IN, json!({ "e": "boss@acme.test", "p": "a-wrong-guess-77" })).await;
    asked.ask("", SIGN_IN, json!({ "e": "boss@acme.test", "p": "grove-otter-lantern-58" })).await;
    let by_cookie = "mutation ($e: String!, $p: String!) {
        signIn(input: { tenant: \"acme\", email: $e, password: $p, cookie: true }) { token } }";
    asked.ask("", by_cookie, json!({ "e": "boss@acme.test", "p": "grove-otter-lantern-58" })).await;
    let invite = "mutation Invite($e: String!) { inviteUser(input: { email: $e }) { errors { code } } }";
    asked.ask(boss, invite, json!({ "e": "ann@acme.test" })).await;
    // Refused, also where the caller does not ask why.
    let silent = "mutation Again($e: String!) { inviteUser(input: { email: $e }) { user { id } } }";
    asked.ask(boss, silent, json!({ "e": "ann@acme.test" })).await;
    let link = asked.link().await;
    let ann = json!({ "t": link, "n": "Ann Quill", "p": "violet-kettle-94-orbit" });
    let ann = asked.ask("", ACCEPT, ann).await["data"]["acceptInvite"]["token"].take();
    let forgot = "mutation Forgot($e: String!) { requestPasswordReset(input: { tenant: \"acme\", email: $e }) { accepted } }";
    asked.ask("", forgot, json!({ "e": "ann@acme.test" })).await;
    let link = asked.link().await;
    let reset = "mutation Reset($t: String!, $p: String!) { resetPassword(input: { token: $t, password: $p }) { token } }";
    asked.ask("", reset, json!({ "t": link, "p": "copper-meadow-31-raft" })).await;
    asked.ask(ann.as_str().unwrap(), "query People { users { totalCount } }", json!({})).await;
    asked
        .ask(boss, "query People { users(filter: { search: \"zanzibar\" }) { totalCount } }", json!({}))
        .await;
    asked.ask("rcs_wrong-token-of-somebody", "{ viewer { user { id } } }", json!({})).await;
    asked.ask("", "{ nonsense-zanzibar", json!({})).await;
    let long = "x".repeat(200);
    asked.ask("", &format!("query {long} {{ __typename }}"), json!({})).await;

    let Asked { server, secrets, ids, .. } = asked;
    let log = server.stop();
    let secrets = secrets.into_iter().chain(["zanzibar".to_owned(), "rcs_wrong-token".to_owned()]);
    for secret in secrets.filter(|secret| !secret.is_empty()) {
        assert!(!log.contains(&secret), "{secret} is logged: {log}");
        assert!(
            !String::from_utf8_lossy(&created.stderr).contains(&secret),
            "{secret} is logged by a command"
        );
    }
    let lines = requests(&log);
    assert_eq!(lines.iter().map(|line| line["request_id"].as_str().unwrap()).collect::<Vec<_>>(), ids);
    let id = tenant["tenantId"].as_str();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            assert!(line["duration_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{line}");
            assert!(line["tenant"].is_null() || line["tenant"].as_str() == id, "{line}");
            let text = |field: &str| line[field].as_str().unwrap_or("-").to_owned();
            assert_eq!(line["tenant"].is_null(), text("principal") == "nobody", "{line}");
            [text("operation"), text("kind"), text("principal"), text("outcome"), text("codes")].join(" ")
        })
        .collect();
    let expected = [
        "Up mutation nobody ok -",
        "In mutation nobody refused INVALID_CREDENTIALS",
        "In mutation nobody ok -",
        "- mutation nobody ok -",
        "Invite mutation admin ok -",
        "Again mutation admin refused EMAIL_TAKEN",
        "Up mutation nobody ok -",
        "Forgot mutation nobody ok -",
        "Reset mutation nobody ok -",
        "People query nobody refused UNAUTHENTICATED",
        "People query admin ok -",
        "- query nobody ok -",
        "- none nobody refused GRAPHQL_PARSE_FAILED",
        &format!("{} query nobody ok -", &long[..64]),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn what_is_no_request_that_can_be_run_is_a_line_too_and_a_page_is_none() {
    let app = TestApp::start(Db::Sqlite).await;
    let (_mail, folder) = folder();
    let server = app.process(&["--mail", &folder], &[("ROLECALL_LOG_FORMAT", "json")]);
    let (http, url) = (reqwest::Client::new(), format!("{}/graphql", server.url));
    http.post(&url).body("query=secretive").send().await.unwrap();
    http.post(&url)
        .json(&json!({ "query": "{ __typename }", "operationName": "Evil\nline" }))
        .send()
        .await
        .unwrap();
    http.get(&url).header("accept", "text/html").send().await.unwrap();
    http.get(format!("{}/health/live", server.url)).send().await.unwrap();
    let log = server.stop();
    let lines = requests(&log);
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line["status"].as_u64().unwrap(), line["codes"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(415, "BAD_USER_INPUT"), (200, "GRAPHQL_VALIDATION_FAILED")]);
    assert!(!log.contains("Evil") && !log.contains("secretive"), "{log}");
}

use reqwest::header::HeaderMap;

/// JSON.
pub type Json = serde_json::Value;

/// Who asks: an [`crate::Actor`], a token, or `()` for nobody.
pub trait Who {
    /// The bearer token.
    fn token(&self) -> Option<&str>;
}

impl Who for () {
    fn token(&self) -> Option<&str> {
        None
    }
}

impl Who for str {
    fn token(&self) -> Option<&str> {
        Some(self)
    }
}

impl Who for String {
    fn token(&self) -> Option<&str> {
        Some(self)
    }
}

impl<T: Who + ?Sized> Who for &T {
    fn token(&self) -> Option<&str> {
        (**self).token()
    }
}

/// What a mutation answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The name of the mutation.
    pub field: &'static str,
    /// The whole response.
    pub json: Json,
    /// The headers of the response.
    pub headers: HeaderMap,
}

impl Answer {
    /// The payload; null where the field was refused.
    pub fn payload(&self) -> &Json {
        &self.json["data"][self.field]
    }

    /// The payload of a mutation that did what it was asked.
    #[track_caller]
    pub fn ok(&self) -> &Json {
        assert!(self.payload().is_object(), "{} failed: {:#}", self.field, self.json);
        // What can only succeed has no `errors`.
        if self.payload().get("errors").is_some() {
            assert_eq!(self.refusals(), [""; 0], "{} was refused", self.field);
        }
        self.payload()
    }

    /// What `errors` of the payload say, each as `CODE at path.of.field`, or `CODE` alone for an empty path.
    #[track_caller]
    pub fn refusals(&self) -> Vec<String> {
        let errors = self.payload()["errors"].as_array();
        errors.unwrap_or_else(|| panic!("no payload: {:#}", self.json)).iter().map(refusal).collect()
    }

    /// The only error of the payload.
    #[track_caller]
    pub fn refusal(&self) -> &Json {
        let errors = self.payload()["errors"].as_array().map(Vec::as_slice);
        let Some([only]) = errors else { panic!("not one error: {:#}", self.json) };
        only
    }

    /// `extensions.code` of the top-level error that refused this field, and nothing but it.
    #[track_caller]
    pub fn refused(&self) -> &str {
        assert!(self.payload().is_null(), "{} was not refused: {:#}", self.field, self.json);
        let errors = self.json["errors"].as_array().map(Vec::as_slice);
        let Some([only]) = errors else { panic!("not one error: {:#}", self.json) };
        assert_eq!(only["path"], serde_json::json!([self.field]), "{:#}", self.json);
        only["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no code: {:#}", self.json))
    }
}

fn refusal(error: &Json) -> String {
    assert!(error["message"].as_str().is_some_and(|m| m.len() > 10), "a sentence: {error}");
    let path: Vec<_> = error["path"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    let code = error["code"].as_str().unwrap();
    if path.is_empty() { code.to_owned() } else { format!("{code} at {}", path.join(".")) }
}

//! Answers as JSON.

use async_graphql::{Response, Value};
use serde_json::{Result, to_writer};

/// The body of an answer; an error of the request itself has no data at all, not null.
pub fn body(response: &Response, with_data: bool) -> Result<Vec<u8>> {
    let mut body = Vec::with_capacity(256);
    let mut before = b'{';
    if !response.errors.is_empty() {
        body.push(before);
        write_key("errors", &mut body);
        to_writer(&mut body, &response.errors)?;
        before = b',';
    }
    if with_data {
        body.push(before);
        write_key("data", &mut body);
        write(&response.data, &mut body)?;
    }
    if !response.extensions.is_empty() {
        body.push(b',');
        write_key("extensions", &mut body);
        to_writer(&mut body, &response.extensions)?;
    }
    body.push(b'}');
    Ok(body)
}

/// Writes a value behind what is there. One that is binary is JSON already: see [`super::in_turn`].
pub fn write(value: &Value, out: &mut Vec<u8>) -> Result<()> {
    match value {
        Value::Binary(written) => out.extend_from_slice(written),
        Value::Object(fields) => {
            let mut before = b'{';
            for (key, value) in fields {
                out.push(before);
                write_key(key, out);
                write(value, out)?;
                before = b',';
            }
            out.extend(if fields.is_empty() { &b"{}"[..] } else { b"}" });
        }
        Value::List(items) => {
            let mut before = b'[';
            for item in items {
                out.push(before);
                write(item, out)?;
                before = b',';
            }
            out.extend(if items.is_empty() { &b"[]"[..] } else { b"]" });
        }
        Value::String(text) => to_writer(out, text)?,
        Value::Enum(name) => to_writer(out, name.as_str())?,
        Value::Null | Value::Number(_) | Value::Boolean(_) => to_writer(out, value)?,
    }
    Ok(())
}

/// Writes the key of a field: a name of GraphQL, in which nothing is to be escaped.
pub fn write_key(key: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(key.as_bytes());
    out.extend(b"\":");
}

#[cfg(test)]
mod tests {
    use async_graphql::{Name, ServerError, value};

    use super::*;

    #[test]
    fn an_answer_is_written_as_the_library_writes_it() {
        let error = ServerError::new("No \"way\".", None);
        for data in [
            Value::Null,
            value!({}),
            value!({ "a": [], "b": {}, "c": [{ "d": 1.5 }, null, "\u{1}\"\\é"], "e": true, "f": -3 }),
            value!({ "role": (Value::Enum(Name::new("ADMIN"))) }),
        ] {
            for errors in [vec![], vec![error.clone()]] {
                let mut response = Response::new(data.clone());
                response.errors = errors;
                if response.data == Value::Null {
                    response.extensions.insert("cost".to_owned(), Value::from(7));
                }
                let library = serde_json::to_string(&response).expect("JSON");
                assert_eq!(String::from_utf8(body(&response, true).expect("JSON")).expect("text"), library);
            }
        }
        let refused = Response::from_errors(vec![error]);
        let written = String::from_utf8(body(&refused, false).expect("JSON")).expect("text");
        assert_eq!(written, r#"{"errors":[{"message":"No \"way\"."}]}"#);
    }
}

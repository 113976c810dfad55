//! What an agent's view may say of where its agent points: read strictly, written anew, so that the page hears nothing else.

use crate::limit::Rate;
use axum::extract::ws::Utf8Bytes;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// A message of a view, in bytes.
pub(crate) const MESSAGE: usize = 1_024;
/// Points of one showing: ten a second, twenty at once.
pub(crate) const RATE: Rate = Rate { per_minute: 600, burst: 20 };

/// A message of a view.
#[derive(PartialEq, Debug)]
pub(crate) enum Said {
    Ping,
    Points(Pointed),
}

/// Where he points, as the page is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Pointed {
    pub kind: Kind,
    pub text: Utf8Bytes,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// His pointer is there.
    Point,
    /// He marks the place, for which the next point is no replacement.
    Mark,
    /// He points no longer.
    End,
}

impl Pointed {
    /// He points no longer.
    pub fn end() -> Self {
        Pointed { kind: Kind::End, text: Utf8Bytes::from_static(r#"{"type":"point_end"}"#) }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Message {
    Ping {},
    /// `node`: rrweb's number of an element; `x`, `y`: fractions of its box.
    Point {
        node: NonZeroU32,
        x: Fraction,
        y: Fraction,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        mark: bool,
    },
    PointEnd {},
}

/// From 0 to 1.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "f64")]
struct Fraction(f64);

impl TryFrom<f64> for Fraction {
    type Error = &'static str;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        if (0.0..=1.0).contains(&value) { Ok(Fraction(value)) } else { Err("a fraction is from 0 to 1") }
    }
}

/// Reads a message, or names what is wrong with it.
pub(crate) fn read(text: &str) -> Result<Said, &'static str> {
    let message = serde_json::from_str(text)
        .map_err(|error| if error.is_data() { "invalid_message" } else { "invalid_json" })?;
    let kind = match message {
        Message::Ping {} => return Ok(Said::Ping),
        Message::PointEnd {} => return Ok(Said::Points(Pointed::end())),
        Message::Point { mark: false, .. } => Kind::Point,
        Message::Point { mark: true, .. } => Kind::Mark,
    };
    let text = serde_json::to_string(&message).map_err(|_| "invalid_message")?;
    Ok(Said::Points(Pointed { kind, text: text.into() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match read(text) {
            Ok(Said::Points(point)) => format!("{:?} {}", point.kind, point.text),
            Ok(Said::Ping) => "ping".into(),
            Err(code) => code.into(),
        }
    }

    #[test]
    fn what_may_be_said_is_written_anew() {
        for (text, expected) in [
            (r#"{"type":"ping"}"#, "ping"),
            (
                r#" {"y":1, "x":0.25, "node":7, "type":"point"} "#,
                r#"Point {"type":"point","node":7,"x":0.25,"y":1.0}"#,
            ),
            (
                r#"{"type":"point","node":4294967295,"x":0,"y":1,"mark":true}"#,
                r#"Mark {"type":"point","node":4294967295,"x":0.0,"y":1.0,"mark":true}"#,
            ),
            (
                r#"{"type":"point","node":7,"x":0,"y":0,"mark":false}"#,
                r#"Point {"type":"point","node":7,"x":0.0,"y":0.0}"#,
            ),
            (r#"{"type":"point_end"}"#, r#"End {"type":"point_end"}"#),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            r#"{"type":"full","events":[]}"#,
            r#"{"type":"full_wanted"}"#,
            r#"{"type":"click","node":7}"#,
            r#"{"type":"point"}"#,
            r#"{"type":"point","node":0,"x":0,"y":0}"#,
            r#"{"type":"point","node":-1,"x":0,"y":0}"#,
            r#"{"type":"point","node":1.5,"x":0,"y":0}"#,
            r#"{"type":"point","node":4294967296,"x":0,"y":0}"#,
            r#"{"type":"point","node":"7","x":0,"y":0}"#,
            r#"{"type":"point","node":7,"x":1.01,"y":0}"#,
            r#"{"type":"point","node":7,"x":0,"y":-0.01}"#,
            r#"{"type":"point","node":7,"x":null,"y":0}"#,
            r#"{"type":"point","node":7,"x":"0","y":0}"#,
            r#"{"type":"point","node":7,"x":0,"y":0,"mark":1}"#,
            r#"{"type":"point","node":7,"x":0,"y":0,"text":"<script>"}"#,
            r#"{"type":"point","node":7,"node":8,"x":0,"y":0}"#,
            r#"{"type":"point_end","node":7}"#,
            r#"[]"#,
            r#""point""#,
            "null",
        ] {
            assert_eq!(told(text), "invalid_message", "{text}");
        }
        for text in [
            "",
            "{",
            r#"{"type":"point","node":7,"x":1e999,"y":0}"#,
            r#"{"type":"point","node":7,"x":NaN,"y":0}"#,
        ] {
            assert_eq!(told(text), "invalid_json", "{text}");
        }
    }
}

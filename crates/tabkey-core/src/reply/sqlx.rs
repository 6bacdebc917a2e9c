//! What a failure of the database is to a caller. Runs in: the server.

use crate::Error;

/// 503 `busy`: nothing was done, and it may be tried again. A row that was to be there and is not is 404 `not_found`. A constraint
/// that a person can break is its statement's to tell.
impl From<sqlx_core::Error> for Error {
    fn from(error: sqlx_core::Error) -> Self {
        if matches!(error, sqlx_core::Error::RowNotFound) {
            return Self::NotFound;
        }
        tracing::error!(why = why(&error), "a statement failed");
        Self::busy()
    }
}

/// For the log. What a database says of a value repeats it, and the value may be a stranger's: its code and the constraint do.
fn why(error: &sqlx_core::Error) -> String {
    match error {
        sqlx_core::Error::Database(failure) => {
            let code = failure.code().unwrap_or_default();
            format!("the database says {code} {}", failure.constraint().unwrap_or_default())
        }
        sqlx_core::Error::Io(_) | sqlx_core::Error::Tls(_) => error.to_string(),
        sqlx_core::Error::PoolTimedOut | sqlx_core::Error::PoolClosed => error.to_string(),
        _ => "a value that cannot be sent or read".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Repeats;

    impl std::fmt::Display for Repeats {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("invalid input: hunter2")
        }
    }

    impl std::error::Error for Repeats {}

    impl sqlx_core::error::DatabaseError for Repeats {
        fn message(&self) -> &str {
            "invalid input: hunter2"
        }

        fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
            Some("22P02".into())
        }

        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> sqlx_core::error::ErrorKind {
            sqlx_core::error::ErrorKind::Other
        }
    }

    #[test]
    fn the_log_has_the_code_of_a_failure_and_nothing_of_what_was_sent() {
        let said = why(&sqlx_core::Error::Database(Box::new(Repeats)));

        assert!(said.contains("22P02") && !said.contains("hunter2"), "{said}");
    }

    #[test]
    fn a_statement_that_fails_is_busy_and_a_row_that_is_not_there_is_not_found() {
        assert_eq!(Error::from(sqlx_core::Error::PoolTimedOut), Error::busy());
        assert_eq!(Error::from(sqlx_core::Error::RowNotFound), Error::NotFound);
    }
}

//! What a failure of the database is to a caller. Runs in: the server.

use crate::Error;

/// 503 `busy`: nothing was done, and it may be tried again. What went wrong is in the log, not in the reply. A row that was to be
/// there and is not is 404 `not_found`.
impl From<sqlx_core::Error> for Error {
    fn from(error: sqlx_core::Error) -> Self {
        match error {
            sqlx_core::Error::RowNotFound => Self::NotFound,
            error => {
                tracing::error!(%error, "a statement failed");
                Self::busy()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_fails_is_busy_and_a_row_that_is_not_there_is_not_found() {
        assert_eq!(Error::from(sqlx_core::Error::PoolTimedOut), Error::busy());
        assert_eq!(Error::from(sqlx_core::Error::RowNotFound), Error::NotFound);
    }
}

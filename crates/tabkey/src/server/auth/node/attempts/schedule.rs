//! How long somebody has to wait for their next try: pure. The statements that count say the same. Runs in: the server.

use crate::server::store::{AttemptRow, DAY, SKEW, WINDOW};

/// Wrong passwords in a row that disable it (NIST SP 800-63B-4, section 3.2.2).
pub const MOST_IN_A_ROW: i64 = 100;

/// Milliseconds until an account, or a device, may try again: `free` tries within the window are free, then each wait is twice
/// as long as the one before, from 30 s up to an hour. A day without a try, and it begins anew.
pub fn delayed_waits(row: &AttemptRow, free: i64) -> i64 {
    let window_is_over = row.began_at + WINDOW <= row.now;
    if (row.tries < free && window_is_over) || row.now - row.last_at >= DAY {
        return 0;
    }
    (row.next_at - row.now).max(0)
}

/// Milliseconds until another try may be counted there.
pub fn windowed_waits(row: &AttemptRow, limit: i64) -> i64 {
    if row.tries < limit { 0 } else { (row.began_at + WINDOW - row.now).max(0) }
}

/// Whether the clock was put back since: what waits for a moment so far ahead would wait for the length of the step.
pub fn is_ahead(row: &AttemptRow) -> bool {
    row.last_at > row.now + SKEW
}

/// Whether the log may be told of a refusal again.
pub fn may_tell(row: &AttemptRow) -> bool {
    row.told_at.is_none_or(|at| row.now - at >= WINDOW || at > row.now)
}

/// Whole seconds, at least one.
pub fn seconds(wait: i64) -> u32 {
    u32::try_from((wait + 999) / 1_000).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::{Delayed, FIRST_DELAY, Key, LONGEST_DELAY, Store, Windowed};

    const FREE: i64 = 10;

    /// A database whose clock a test puts forward by putting every count back.
    struct Time {
        store: Store,
        url: String,
        _folder: tempfile::TempDir,
    }

    impl Time {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite:{}", folder.path().join("test.db").display());
            Self {
                store: Store::open(&url.clone().into(), None, 1, &Default::default()).await.unwrap(),
                url,
                _folder: folder,
            }
        }

        async fn pass(&self, milliseconds: i64) {
            use sqlx::Connection;
            let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            let sql =
                "UPDATE attempts SET began_at = began_at - $1, last_at = last_at - $1, forget_at = forget_at - $1,
                           next_at = CASE WHEN next_at = 0 THEN 0 ELSE next_at - $1 END";
            sqlx::query(sql).bind(milliseconds).execute(&mut connection).await.unwrap();
        }

        async fn row(&self, key: Key) -> Option<AttemptRow> {
            self.store.find_attempts([Some(key), None, None, None, None]).await.unwrap().pop()
        }

        /// What the statement says to one more try, and what the pure function had said.
        async fn try_account(&self, key: Key) -> Result<i64, i64> {
            let said = self.row(key).await.map_or(0, |row| delayed_waits(&row, FREE));
            let taken = self.store.take_attempt(vec![], Some(Delayed { key, free: FREE })).await.unwrap();
            assert_eq!(taken.is_some(), said == 0, "they agree");
            taken.ok_or(said)
        }
    }

    #[tokio::test]
    async fn r26_ten_are_free_and_then_each_wait_is_twice_as_long_up_to_an_hour() {
        let time = Time::new().await;
        let key = Key::account("ann@example.org");
        for n in 1..=FREE {
            assert_eq!(time.try_account(key).await, Ok(n));
        }

        let mut waits = Vec::new();
        for n in 0..9 {
            let wait = time.try_account(key).await.unwrap_err();
            waits.push(i64::from(seconds(wait)));
            time.pass(wait - 100).await;
            assert!(time.try_account(key).await.is_err(), "not a moment before");
            time.pass(100).await;
            assert_eq!(time.try_account(key).await, Ok(FREE + 1 + n));
        }

        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        assert_eq!((waits[0], waits[8]), (FIRST_DELAY / 1_000, LONGEST_DELAY / 1_000));
    }

    #[tokio::test]
    async fn fewer_than_ten_are_forgotten_after_a_quarter_of_an_hour_but_not_how_many_there_were_in_a_row() {
        let time = Time::new().await;
        let key = Key::account("ann@example.org");
        for round in 0..5 {
            for n in 1..FREE {
                assert_eq!(time.try_account(key).await, Ok(round * (FREE - 1) + n));
            }
            time.pass(WINDOW).await;
        }
    }

    #[tokio::test]
    async fn the_delays_begin_anew_after_a_day() {
        let time = Time::new().await;
        let key = Key::account("ann@example.org");
        for _ in 0..FREE {
            time.try_account(key).await.unwrap();
        }
        time.pass(WINDOW).await;
        time.try_account(key).await.unwrap();
        assert_eq!(seconds(time.try_account(key).await.unwrap_err()), 60, "not after the window");

        time.pass(DAY).await;

        for _ in 0..FREE {
            time.try_account(key).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_right_password_clears_the_count_but_on_a_shared_device_not_how_many_were_wrong() {
        let time = Time::new().await;
        let key = Key::account("ann@example.org");
        for keeps_row in [false, true, true] {
            for _ in 0..FREE {
                time.try_account(key).await.unwrap();
            }
            time.store.clear_attempts(vec![], key, keeps_row).await.unwrap();
        }

        assert_eq!(time.try_account(key).await, Ok(2 * (FREE - 1) + 1));
    }

    #[tokio::test]
    async fn a_network_has_its_window_and_what_was_given_back_does_not_count() {
        let time = Time::new().await;
        let network = Windowed { key: Key::new("network", b"here"), limit: 2 };
        let attempt = async || {
            let said = time.row(network.key).await.map_or(0, |row| windowed_waits(&row, network.limit));
            let taken = time.store.take_attempt(vec![network], None).await.unwrap();
            assert_eq!(taken.is_some(), said == 0, "they agree");
            taken.is_some()
        };
        for _ in 0..5 {
            assert!(attempt().await);
            time.store.clear_attempts(vec![network], Key::account(""), false).await.unwrap();
        }
        assert!(attempt().await && attempt().await && !attempt().await);

        time.pass(WINDOW).await;

        assert!(attempt().await);
    }

    #[tokio::test]
    async fn what_one_count_refuses_is_counted_nowhere() {
        let time = Time::new().await;
        let (wide, narrow) = (Key::new("network", b"wide"), Key::new("network", b"narrow"));
        let both = vec![Windowed { key: wide, limit: 9 }, Windowed { key: narrow, limit: 1 }];
        let account = Delayed { key: Key::account("ann@example.org"), free: FREE };
        assert_eq!(time.store.take_attempt(both.clone(), Some(account)).await.unwrap(), Some(1));

        assert_eq!(time.store.take_attempt(both, Some(account)).await.unwrap(), None);

        assert_eq!(time.row(wide).await.unwrap().tries, 1);
        assert_eq!(time.row(account.key).await.unwrap().tries, 1);
    }

    #[tokio::test]
    async fn a_clock_that_is_put_back_makes_nobody_wait_longer_than_the_wait_itself() {
        let time = Time::new().await;
        let key = Key::account("ann@example.org");
        for _ in 0..FREE + 1 {
            let _ = time.try_account(key).await;
        }
        time.pass(-DAY).await;
        assert!(is_ahead(&time.row(key).await.unwrap()));

        time.store.anchor_attempts([Some(key), None, None, None, None], FREE).await.unwrap();

        let row = time.row(key).await.unwrap();
        assert!(!is_ahead(&row));
        assert_eq!(seconds(delayed_waits(&row, FREE)), 30);
        time.pass(FIRST_DELAY).await;
        assert_eq!(time.try_account(key).await, Ok(FREE + 1));
    }

    #[tokio::test]
    async fn what_matters_to_nobody_is_forgotten_and_a_flood_goes_before_it() {
        let time = Time::new().await;
        for n in 0..20 {
            let key = Key::account(&format!("{n}@example.org"));
            time.try_account(key).await.unwrap();
        }
        assert_eq!(time.store.count_short_attempts().await.unwrap(), 20);
        assert_eq!(time.store.delete_dead_attempts(100).await.unwrap(), 0);
        assert_eq!(time.store.delete_short_attempts(5).await.unwrap(), 5);

        time.pass(WINDOW).await;

        assert_eq!(time.store.delete_dead_attempts(10).await.unwrap(), 10);
        assert_eq!(time.store.delete_dead_attempts(10).await.unwrap(), 5);
    }
}

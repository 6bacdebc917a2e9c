//! How long somebody has to wait for their next try: pure. The statements that count say the same. Runs in: the server.

use crate::server::store::{AttemptRow, DAY, SKEW, WINDOW};

/// Wrong passwords in a row that disable it (NIST SP 800-63B-4, section 3.2.2).
pub const MOST_IN_A_ROW: i64 = 100;

/// Milliseconds until an account, or a device, may try again: `free` tries within the window are free, then each wait is twice
/// as long as the one before, from 30 s up to an hour. A day without a try, and it begins anew. `rights` right passwords
/// within the window are enough, too.
pub fn account_waits(row: &AttemptRow, free: i64, rights: i64) -> i64 {
    let window = row.began_at + WINDOW - row.now;
    if (row.tries < free && window <= 0) || row.now - row.last_at >= DAY {
        return 0;
    }
    let delay = (row.next_at - row.now).max(0);
    if row.rights >= rights { delay.max(window).max(1) } else { delay }
}

/// Milliseconds until another try may come from a network.
pub fn network_waits(row: &AttemptRow, limit: i64) -> i64 {
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
    use crate::server::store::{Account, FIRST_DELAY, Key, LONGEST_DELAY, Network, Store};

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
            Self { store: Store::open(&url.clone().into(), None, 1).await.unwrap(), url, _folder: folder }
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
            self.store.find_attempts([Some(key), None, None, None]).await.unwrap().pop()
        }

        /// What the statement says to one more try, and what the pure function had said.
        async fn try_account(&self, key: Key, rights: i64) -> Result<i64, i64> {
            let said = self.row(key).await.map_or(0, |row| account_waits(&row, FREE, rights));
            let taken = self.store.take_attempt(vec![], Some(Account { key, free: FREE, rights })).await.unwrap();
            assert_eq!(taken.is_some(), said == 0, "they agree");
            taken.ok_or(said)
        }
    }

    #[tokio::test]
    async fn r26_ten_are_free_and_then_each_wait_is_twice_as_long_up_to_an_hour() {
        let time = Time::new().await;
        let key = Key::account("ann@example.org");
        for n in 1..=FREE {
            assert_eq!(time.try_account(key, 99).await, Ok(n));
        }

        let mut waits = Vec::new();
        for n in 0..9 {
            let wait = time.try_account(key, 99).await.unwrap_err();
            waits.push(i64::from(seconds(wait)));
            time.pass(wait - 100).await;
            assert!(time.try_account(key, 99).await.is_err(), "not a moment before");
            time.pass(100).await;
            assert_eq!(time.try_account(key, 99).await, Ok(FREE + 1 + n));
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
                assert_eq!(time.try_account(key, 99).await, Ok(round * (FREE - 1) + n));
            }
            time.pass(WINDOW).await;
        }
    }

    #[tokio::test]
    async fn the_delays_begin_anew_after_a_day() {
        let time = Time::new().await;
        let key = Key::account("ann@example.org");
        for _ in 0..FREE {
            time.try_account(key, 99).await.unwrap();
        }
        time.pass(WINDOW).await;
        time.try_account(key, 99).await.unwrap();
        assert_eq!(seconds(time.try_account(key, 99).await.unwrap_err()), 60, "not after the window");

        time.pass(DAY).await;

        for _ in 0..FREE {
            time.try_account(key, 99).await.unwrap();
        }
    }

    #[tokio::test]
    async fn right_passwords_clear_the_count_and_have_a_wide_limit_of_their_own() {
        let time = Time::new().await;
        let key = Key::account("ann@example.org");
        for _ in 0..3 {
            for _ in 0..FREE - 1 {
                time.try_account(key, 3).await.unwrap();
            }
            assert_eq!(time.try_account(key, 3).await.map(|_| ()), Ok(()));
            time.store.clear_attempts(vec![], Some(key), true).await.unwrap();
        }

        let wait = time.try_account(key, 3).await.unwrap_err();

        assert!((1..=WINDOW).contains(&wait), "{wait}");
        time.pass(wait).await;
        assert_eq!(time.try_account(key, 3).await, Ok(1));
    }

    #[tokio::test]
    async fn a_network_has_its_window_and_what_was_given_back_does_not_count() {
        let time = Time::new().await;
        let network = Network { key: Key::new("network", b"here"), limit: 2 };
        let attempt = async || {
            let said = time.row(network.key).await.map_or(0, |row| network_waits(&row, network.limit));
            let taken = time.store.take_attempt(vec![network], None).await.unwrap();
            assert_eq!(taken.is_some(), said == 0, "they agree");
            taken.is_some()
        };
        for _ in 0..5 {
            assert!(attempt().await);
            time.store.clear_attempts(vec![network], None, true).await.unwrap();
        }
        assert!(attempt().await && attempt().await && !attempt().await);

        time.pass(WINDOW).await;

        assert!(attempt().await);
    }

    #[tokio::test]
    async fn what_one_count_refuses_is_counted_nowhere() {
        let time = Time::new().await;
        let (wide, narrow) = (Key::new("network", b"wide"), Key::new("network", b"narrow"));
        let both = vec![Network { key: wide, limit: 9 }, Network { key: narrow, limit: 1 }];
        let account = Account { key: Key::account("ann@example.org"), free: FREE, rights: 9 };
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
            let _ = time.try_account(key, 99).await;
        }
        time.pass(-DAY).await;
        assert!(is_ahead(&time.row(key).await.unwrap()));

        time.store.anchor_attempts([Some(key), None, None, None], FREE).await.unwrap();

        let row = time.row(key).await.unwrap();
        assert!(!is_ahead(&row));
        assert_eq!(seconds(account_waits(&row, FREE, 99)), 30);
        time.pass(FIRST_DELAY).await;
        assert_eq!(time.try_account(key, 99).await, Ok(FREE + 1));
    }

    #[tokio::test]
    async fn what_matters_to_nobody_is_forgotten_and_a_flood_goes_before_it() {
        let time = Time::new().await;
        for n in 0..20 {
            let key = Key::account(&format!("{n}@example.org"));
            time.try_account(key, 9).await.unwrap();
        }
        assert_eq!(time.store.count_short_attempts().await.unwrap(), 20);
        assert_eq!(time.store.delete_dead_attempts(100).await.unwrap(), 0);
        assert_eq!(time.store.delete_short_attempts(5).await.unwrap(), 5);

        time.pass(WINDOW).await;

        assert_eq!(time.store.delete_dead_attempts(10).await.unwrap(), 10);
        assert_eq!(time.store.delete_dead_attempts(10).await.unwrap(), 5);
    }
}

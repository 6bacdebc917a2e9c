//! A count that costs much, made once for all who ask and kept for a while. Runs in: the server.

use std::time::Duration;

use tokio::{sync::Mutex, time::Instant};

use crate::server::store::StoreError;

/// It is kept so many times as long as it took: a small installation's is always new.
const SHARE: u32 = 100;
const LONGEST: Duration = Duration::from_secs(60);

#[derive(Default)]
pub struct Kept(Mutex<Option<(i64, Instant)>>);

impl Kept {
    /// The last one, or a new one; whoever asks meanwhile waits for it. Errors: those of the count.
    pub async fn get(&self, count: impl Future<Output = Result<i64, StoreError>>) -> Result<i64, StoreError> {
        let mut last = self.0.lock().await;
        if let Some((value, until)) = *last
            && Instant::now() < until
        {
            return Ok(value);
        }
        let began = Instant::now();
        let value = count.await?;
        *last = Some((value, Instant::now() + (began.elapsed() * SHARE).min(LONGEST)));
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_took_long_is_counted_once_for_all_who_ask_within_a_minute() {
        let (kept, counted) = (Kept::default(), AtomicI64::new(0));
        let ask = || {
            kept.get(async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(counted.fetch_add(1, Ordering::Relaxed) + 1)
            })
        };

        let answers = tokio::join!(ask(), ask(), ask());
        assert_eq!((answers.0.unwrap(), answers.1.unwrap(), answers.2.unwrap()), (1, 1, 1));
        tokio::time::advance(LONGEST - Duration::from_millis(1)).await;
        assert_eq!(ask().await.unwrap(), 1);

        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(ask().await.unwrap(), 2);
    }
}

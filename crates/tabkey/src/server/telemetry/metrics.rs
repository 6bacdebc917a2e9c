//! What is counted, within bounded memory whether or not anybody reads it. Runs in: the server.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::lines;
use crate::server::StartError;

/// How long answers take, in seconds. An answer under half a millisecond is the rule, one over ten seconds is given up soon.
pub const REQUEST_SECONDS: &str = "tabkey_http_request_seconds";
const BUCKETS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Every sample is kept until it is sorted into its bucket.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The process's counters. Errors: a recorder of another kind in this process.
pub fn recorder() -> Result<PrometheusHandle, StartError> {
    static HANDLE: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
    // Held to the end: of two nodes that begin at once in one process, one waits.
    let mut known = HANDLE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*known {
        return Ok(handle.clone());
    }
    let failed = |error: &dyn std::fmt::Display| StartError(format!("the metrics cannot be recorded ({error})"));
    let recorder = builder().map_err(|error| failed(&error))?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|error| failed(&error))?;
    Ok(known.insert(handle).clone())
}

fn builder() -> Result<PrometheusBuilder, metrics_exporter_prometheus::BuildError> {
    PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(REQUEST_SECONDS.into()), &BUCKETS)
}

/// Runs for as long as the process: sorts the samples, and sums up the lines that were left out of the log.
pub async fn upkeep(metrics: PrometheusHandle) {
    let mut ticks = tokio::time::interval(UPKEEP_EVERY);
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
        lines::sum_up();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_become_buckets_of_which_there_is_a_fixed_number() {
        let recorder = builder().unwrap().build_recorder();
        let handle = recorder.handle();
        ::metrics::with_local_recorder(&recorder, || {
            let histogram = ::metrics::histogram!(REQUEST_SECONDS);
            (0..10_000).for_each(|n| histogram.record(f64::from(n) / 10_000.0));
        });

        handle.run_upkeep();

        let text = handle.render();
        assert!(text.contains("tabkey_http_request_seconds_bucket{le=\"0.5\"} 5001"), "{text}");
        assert!(text.contains("tabkey_http_request_seconds_count 10000"), "{text}");
        assert!(text.lines().count() < 30 && !text.contains("quantile"), "{text}");
    }

    #[test]
    fn nodes_that_begin_at_once_in_one_process_share_the_recorder() {
        let together = std::sync::Barrier::new(16);
        std::thread::scope(|threads| {
            let begun: Vec<_> = (0..16)
                .map(|_| {
                    threads.spawn(|| {
                        together.wait();
                        recorder().is_ok()
                    })
                })
                .collect();
            assert!(begun.into_iter().all(|node| node.join().unwrap()));
        });
    }
}

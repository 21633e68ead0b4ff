//! The hash over what rooms take and give is a function of the seed and of what the rooms do.

use simulate::kernel::Stub;
use simulate::plan::Plan;
use simulate::run::run_traced;
use simulate::trace::Shared;

fn traced(seed: u64) -> (u64, u64) {
    let trace = Shared::new(false);
    run_traced(&Plan::steady(seed), Stub::boxed, false, Some(trace.clone()));
    let trace = trace.lock();
    (trace.hash.value(), trace.items)
}

#[test]
fn a_seed_has_one_trace() {
    let (hash, items) = traced(16);
    assert_eq!(traced(16), (hash, items));
    assert!(items > 1_000 && traced(0).0 != hash);
}

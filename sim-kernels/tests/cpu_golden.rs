//! The golden digest on the CPU: see `sim_kernels::golden`.

use sim_kernels::fingerprint;
use sim_kernels::golden;

#[test]
fn the_golden_digest() {
    assert_eq!(golden::scene().problem(), None);
    for threads in [Some(1), None] {
        let (new, old) = (golden::run_cpu(threads).expect("runs"), golden::DIGEST);
        assert!(
            new == old,
            "the golden digest changed\n  old {old}\n  new {new}\n  (fingerprint {})\nIf the physics was meant to \
             change, set DIGEST in sim-kernels/src/golden.rs to the new one and say so in the changelog.",
            fingerprint::peers()
        );
    }
}

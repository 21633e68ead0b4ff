//! The golden digests on the CPU: see `sim_kernels::golden`.

use sim_kernels::fingerprint;
use sim_kernels::golden;

#[test]
fn the_golden_digests() {
    for golden in golden::ALL {
        assert_eq!(golden.scene().problem(), None);
        for threads in [Some(1), None] {
            let (new, old) = (golden.run_cpu(threads).expect("runs"), golden.digest);
            assert!(
                new == old,
                "the golden digest of {} changed\n  old {old}\n  new {new}\n  (fingerprint {})\nIf the physics was meant \
                 to change, set it in sim-kernels/src/golden.rs to the new one and say so in the changelog.",
                golden.name,
                fingerprint::peers()
            );
        }
    }
}

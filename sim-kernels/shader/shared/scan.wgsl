// An exclusive prefix sum over the workgroup's lanes, with as few barriers as it can have: drivers that run
// on a CPU pay dearly for each.

const SCAN_RUN = 16u;

var<workgroup> scan_words: array<u32, LANES>;
var<workgroup> scan_runs: array<u32, SCAN_RUN>;

struct Scan {
    // The sum of the lanes before this one.
    before: u32,
    // The sum of all lanes.
    total: u32,
}

// Every lane of the workgroup must call this, once in a kernel.
fn scan(lane: u32, value: u32) -> Scan {
    scan_words[lane] = value;
    workgroupBarrier();
    if (lane < SCAN_RUN) {
        var sum = 0u;
        for (var k = 0u; k < SCAN_RUN; k += 1u) {
            sum += scan_words[lane * SCAN_RUN + k];
        }
        scan_runs[lane] = sum;
    }
    workgroupBarrier();
    let run = lane / SCAN_RUN;
    var before = 0u;
    var total = 0u;
    for (var k = 0u; k < SCAN_RUN; k += 1u) {
        let sum = scan_runs[k];
        before += select(0u, sum, k < run);
        total += sum;
    }
    for (var k = run * SCAN_RUN; k < lane; k += 1u) {
        before += scan_words[k];
    }
    return Scan(before, total);
}

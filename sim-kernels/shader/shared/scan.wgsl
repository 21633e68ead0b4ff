// An exclusive prefix sum over the workgroup's lanes.

var<workgroup> scan_words: array<u32, LANES>;

struct Scan {
    // The sum of the lanes before this one.
    before: u32,
    // The sum of all lanes.
    total: u32,
}

// Every lane of the workgroup must call this.
fn scan(lane: u32, value: u32) -> Scan {
    scan_words[lane] = value;
    workgroupBarrier();
    for (var reach = 1u; reach < LANES; reach *= 2u) {
        var other = 0u;
        if (lane >= reach) {
            other = scan_words[lane - reach];
        }
        workgroupBarrier();
        scan_words[lane] += other;
        workgroupBarrier();
    }
    let through = scan_words[lane];
    let total = scan_words[LANES - 1u];
    workgroupBarrier();
    return Scan(through - value, total);
}

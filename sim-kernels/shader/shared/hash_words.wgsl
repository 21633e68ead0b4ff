// Mixes the words of a particle that its material has, and that of its heat and label, into the hash of its 16 bytes (with `hash` and `words`).
// Twin: digest.rs.

fn hash_words(hash: vec4<u32>, material: u32, i: u32) -> vec4<u32> {
    var sum = hash;
    //+ let count = word_count(material);
    //+ for (var k = 0u; k < count; k += 4u) {
        //+ for (var lane = 0u; lane < min(count - k, 4u); lane += 1u) {
            //+ sum[lane] ^= words[i * WORDS + k + lane];
        //+ }
        //+ sum = hash4(sum);
    //+ }
    let last = words[i * WORDS + WORDS - 1u];
    if (last != 0u) {
        sum.w ^= last;
        sum = hash4(sum);
    }
    return sum;
}

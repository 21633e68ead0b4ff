// Puts a particle's words (with `words`).

fn put_words(i: u32, put: Words) {
    var own = put;
    for (var k = 0u; k < WORDS; k += 1u) {
        words[i * WORDS + k] = own[k];
    }
}

// A particle's words of state beyond its 16 bytes. `WORDS`, `Words` and what depends on the material are generated.

fn words_of(i: u32) -> Words {
    var own: Words;
    for (var k = 0u; k < WORDS; k += 1u) {
        own[k] = words[i * WORDS + k];
    }
    return own;
}

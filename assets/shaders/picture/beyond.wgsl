// The ground beyond the world's borders: a rim beside it, which falls away to a plain.
#import shot

// How high the ground is, in cells, at a place beside the world. `regions.rs` has a bound of it.
fn ground_top(x: f32) -> f32 {
    let away = max(max(-x, x - shot.world.x), 0.0) / shot.world.y;
    let falls = smoothstep(0.05, 1.6, away);
    let rough = 2.5 * sin(x * 0.07) + 1.2 * sin(x * 0.19) + 0.3 * sin(x * 0.9);
    let hills = falls * (4.0 * sin(x * 0.021 + 1.0) + 6.0 * (1.0 - falls) * sin(x * 0.047));
    return mix(shot.world.y + 5.0, 0.08 * shot.world.y, falls) + rough + hills;
}

// The light of what is hot: red, then yellow, then white; 1 is the brightest that a screen shows.
fn emitted(glow: f32) -> vec3<f32> {
    return vec3(
        1.6 * smoothstep(0.02, 0.72, glow),
        1.05 * smoothstep(0.22, 1.05, glow),
        0.62 * smoothstep(0.62, 1.3, glow),
    );
}

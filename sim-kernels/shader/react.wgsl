// With reactions: what becomes of each particle by heat, touch and age, once a tick. What is gone leaves a hole.
// Twin: cpu/react.rs.
//! import index each_particle particle tiles hash fixed fields chance neighbours words become put_words heat reactions initial winds air_index air traits

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read_write> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read> masks: array<u32>;
@group(0) @binding(5) var<storage, read_write> nodes: array<atomic<u32>>;
//+ @group(0) @binding(6) var<storage, read> air: array<i32>;
//+ @group(0) @binding(7) var<storage, read_write> words: array<u32>;
//+ @group(0) @binding(8) var<uniform> materials: Materials;

const COUNT = STATE_PARTICLES;

fn each(i: u32) {
    let q = particles[i];
    //+heat let material = q.y >> 26u;
    //+heat if (!is_particle(q)) {
        //+heat return;
    //+heat }
    //+heat let cell = cell_of(q);
    //+heat let near = neighbours(cell);
    //+heat let around = masks[node_index(near, cell)] >> u32(TOUCH_SHIFT);
    //+heat let still = is_still(material);
    //+heat var f = unpack(q, words_of(i));
    //+heat if (material == AIR) {
        //+heat if (!is_parcel(cell)) {
            //+heat return;
        //+heat }
        //+heat let after = aired(f);
        //+heat particles[i] = pack(after);
        //+heat put_words(i, after.words);
        //+heat return;
    //+heat }
    //+heat let struck = any(f.vel != vec2<i32>(0));
    //+heat let push = blown(f);
    //+heat let moves = !still && ((around & THING_BITS) != 0u || any(push != vec2<i32>(0)));
    //+heat if (!moves && !reacts(material, around, struck)) {
        //+heat return;
    //+heat }
    //+heat let h = heat_enthalpy(f.words);
    //+heat let chance = chance_of(f, params.substep ^ u32(REACTION_SALT));
    //+heat let becomes = reaction(material, h, around, chance, struck);
    //+heat var to = u32(becomes.x);
    //+heat if (!still) {
        //+heat f.vel = clamp(driven(f.vel, around) + push, vec2<i32>(-SPEED_MAX), vec2<i32>(SPEED_MAX));
        //+heat to = select(to, u32(MATERIAL_NONE), (around & DRAIN_BITS) != 0u);
    //+heat }
    //+heat let node = node_index(near, cell) * NODE_STRIDE;
    //+heat if (to == u32(MATERIAL_NONE)) {
        //+heat particles[i] = NO_PARTICLE;
        //+heat atomicSub(&nodes[node + u32(NODE_COUNT)], 1u);
        //+heat atomicSub(&nodes[node + u32(NODE_CROWD)], u32(mass_of(material)));
        //+heat return;
    //+heat }
    //+heat var next = f;
    //+heat if (to != material) {
        //+heat next = become_of(f, to);
    //+heat }
    // What has just come to stay has struck nothing.
    //+heat if (is_still(to)) {
        //+heat next.vel = vec2<i32>(0);
    //+heat }
    //+heat next.words[WORDS - 1u] = with_enthalpy(next.words[WORDS - 1u], clamp_abs(h + becomes.y, 32767));
    //+heat particles[i] = pack(next);
    //+heat put_words(i, next.words);
    //+heat atomicAdd(&nodes[node + u32(NODE_CROWD)], u32(mass_of(to) - mass_of(material)));
}

// Applies a tick's cell operations in order: a workgroup for each tile that they touch, a lane for each cell.
// A cell stands alone, so its lane walks the list with the cell's particles and the few that it spawns.
// Particles must be sorted; removed ones leave holes, new ones go to the end, and a sort follows.
// Twin: cpu/ops.rs; the buffer's layout is in gpu/ops.rs.
//! import index particle tiles hash fixed fields words put_words initial carriage traits

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read_write> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read> nodes: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read> offsets: array<u32>;
@group(0) @binding(6) var<storage, read> ops: array<u32>;
@group(0) @binding(7) var<storage, read_write> taken: array<u32>;
//+words @group(0) @binding(8) var<storage, read_write> words: array<u32>;
//+ @group(0) @binding(9) var<uniform> materials: Materials;

const TAKEN_WORDS = 4u; //-words
//+words const TAKEN_WORDS = 4u + WORDS;

// The word of an operation for a cell; 0 outside its rectangle.
fn op_word(op: u32, cell: vec2<i32>) -> u32 {
    let x0 = i32(ops[op + 1u]);
    let y0 = i32(ops[op + 2u]);
    let x1 = i32(ops[op + 3u]);
    let y1 = i32(ops[op + 4u]);
    if (cell.x < x0 || cell.x >= x1 || cell.y < y0 || cell.y >= y1) {
        return 0u;
    }
    let words = ops[op + 5u];
    if ((ops[op] & OP_UNIFORM) != 0u) {
        return ops[words];
    }
    return ops[words + u32((cell.y - y0) * (x1 - x0) + cell.x - x0)];
}

fn pushed(q: vec4<u32>, word: u32) -> vec4<u32> {
    var f = unpack(q); //-
    // A push leaves the words alone.
    //+ var f = unpack(q, Words());
    let w = i32(word);
    f.vel.x = clamp_abs(f.vel.x + ((w << 16u) >> 16u), SPEED_MAX);
    f.vel.y = clamp_abs(f.vel.y + (w >> 16u), SPEED_MAX);
    return pack(f);
}

// The last word, warmer or colder. Twin: cpu/ops.rs.
//+heat fn warmed(last: u32, word: u32) -> u32 {
    //+heat let h = clamp_abs(((i32(last) << 16u) >> 16u) + i32(word), 32767);
    //+heat return (last & 0xffff0000u) | (u32(h) & 0xffffu);
//+heat }

// Whose stroke a last word is of.
//+words fn stroke_of(last: u32) -> u32 {
    //+words return (last >> 16u) & 0xfffu;
//+words }

// The last word as nobody's, where it is of one of the operation's strokes. Twin: cpu/ops.rs.
//+words fn forgotten(last: u32, op: u32) -> u32 {
    //+words let stroke = stroke_of(last);
    //+words return select(last, last & 0xf000ffffu, stroke >= ops[op + 6u] && stroke < ops[op + 7u]);
//+words }

// What was spawned in the cell and is not yet among the particles.
var<private> fresh: array<vec4<u32>, 4>;
//+words var<private> fresh_words: array<Words, 4>;
var<private> fresh_count: u32;

// Notes what an operation's stroke takes away, as it lies dormant, where that is kept: not for nobody's stroke, and not what it
// had itself added; with the tick's number, which stands beside the stroke's. Twin: cpu/stages.rs.
fn take(q: vec4<u32>, op: u32) { //-words
//+words fn take(q: vec4<u32>, own: Words, op: u32) {
    let by = ops[op + 11u];
    let stroke = by & 0xfffu;
    if (stroke == 0u || !is_particle(q)) {
        return;
    }
    //+words if (stroke_of(own[WORDS - 1u]) == stroke) {
        //+words return;
    //+words }
    let place = atomicAdd(&state[STATE_TAKEN], 1u);
    if (place >= params.taken_max) {
        return;
    }
    let at = place * TAKEN_WORDS;
    taken[at] = q.x;
    taken[at + 1u] = (q.y & 0x03ffffffu) | (u32(DORMANT) << 26u);
    taken[at + 2u] = by | ((q.y >> 26u) << 12u);
    taken[at + 3u] = q.w;
    //+words for (var k = 0u; k < WORDS; k += 1u) {
        //+words taken[at + 4u + k] = own[k];
    //+words }
}

fn take_own(i: u32, op: u32) {
    take(particles[i], op); //-words
    //+words take(particles[i], words_of(i), op);
}

fn take_fresh(i: u32, op: u32) {
    take(fresh[i], op); //-words
    //+words take(fresh[i], fresh_words[i], op);
}

// Removes all of a cell's particles but its air, which nothing takes away: for a stroke, to lie dormant.
fn remove(begin: u32, end: u32, op: u32) {
    for (var i = begin; i < end; i += 1u) {
        //+heat if ((particles[i].y >> 26u) == AIR) {
            //+heat continue;
        //+heat }
        take_own(i, op);
        particles[i] = NO_PARTICLE;
    }
    for (var i = 0u; i < fresh_count; i += 1u) {
        take_fresh(i, op);
    }
    fresh_count = 0u;
}

// Whether an emitter that copies adds more of it.
fn is_copied(material: u32) -> bool {
    return material != u32(MATERIAL_NONE); //-
    //+ return material != u32(MATERIAL_NONE) && material != AIR && carriage(material) == 0;
}

// The velocity of what an operation adds, as a particle has it.
fn velocity_word(op: u32) -> u32 {
    return (ops[op + 6u] & 0xffffu) | (ops[op + 7u] << 16u);
}

// What stays of what is carried is set going. Twin: cpu/ops.rs.
//+ fn set_off(q: vec4<u32>, own: Words, op: u32) -> Fields {
    //+ var f = unpack(q, own);
    //+ let carriage = carriage(f.material);
    //+ if (carriage == 0 || (own[0] >> 22u) != 0u) {
        //+ return f;
    //+ }
    //+ let told = set_going(vec2<u32>(ops[op + 6u], ops[op + 7u]), carriage == 2, f.pos, ops[op + 8u]);
    //+ f.words[0] = told.x;
    //+ f.words[1] = told.y;
    //+ if ((told.x >> 22u) != 0u) {
        //+ let velocity = pose_of(told, carriage == 2, ops[op + 8u]).velocity;
        //+ f.vel = clamp(velocity, vec2<i32>(-SPEED_MAX), vec2<i32>(SPEED_MAX));
    //+ }
    //+ return f;
//+ }

// A particle of another material from now on, as if that had been poured where it is. Twin: globals.rs.
//+ fn replaced(q: vec4<u32>, own: Words, op: u32) -> Fields {
    //+ let f = unpack(q, own);
    //+ let to = ops[op + 7u];
    //+ let vel = select(f.vel, vec2<i32>(0), keeps_place(to));
    //+ var words = initial_words_at(to, f.pos);
    //+ let stroke = ops[op + 11u] & 0xfffu;
    //+ words[WORDS - 1u] |= select(stroke, stroke_of(own[WORDS - 1u]), stroke == 0u) << 16u;
    //+ return Fields(f.pos, vel, vec4<i32>(0), initial_j(to, f.pos), to, words);
//+ }

// Twin: globals.rs.
fn spawned(cell: vec2<i32>, n: u32, op: u32, material: u32) -> vec4<u32> {
    let h = hash4(vec4<u32>(u32(cell.x), u32(cell.y), n, ops[op + 9u]));
    let x = (cell.x << 12u) + i32((n & 1u) * 2048u + 512u + (h.x & 1023u));
    let y = (cell.y << 12u) + i32(((n >> 1u) & 1u) * 2048u + 512u + (h.y & 1023u));
    let vel = vec2<i32>(i32(ops[op + 6u]), i32(ops[op + 7u]));
    return pack(Fields(vec2<i32>(x, y), vel, vec4<i32>(0), J_REST, material)); //-
    //+ let pos = vec2<i32>(x, y);
    //+ return pack(Fields(pos, vel, vec4<i32>(0), initial_j(material, pos), material, Words()));
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_index(group, groups);
    if (index >= params.op_tile_count) {
        return;
    }
    let entry = params.op_tiles + index * 3u;
    let tile = ops[entry];
    let list = ops[entry + 1u];
    let list_end = list + ops[entry + 2u];
    let cell = cell_at(tile, lane);
    if (!is_inside(cell)) {
        return;
    }

    // The cell's particles lie in begin..end; those that were erased are holes.
    let node = table[tile] * LANES + lane;
    var count = select(0u, nodes[node * NODE_VECTORS].w, table[tile] != 0u);
    let end = offsets[node];
    let begin = end - count;
    // Air leaves room for all else.
    //+heat for (var i = begin; i < end; i += 1u) {
        //+heat count -= select(0u, 1u, (particles[i].y >> 26u) == AIR);
    //+heat }

    for (var at = list; at < list_end; at += 1u) {
        let op = ops[at];
        let word = op_word(op, cell);
        if (word == 0u) {
            continue;
        }
        let kind = ops[op] & 255u;
        if (kind == OP_ERASE) {
            remove(begin, end, op);
            count = 0u;
        } else if (kind == OP_PUSH) {
            for (var i = begin; i < end; i += 1u) {
                if (is_particle(particles[i])) {
                    particles[i] = pushed(particles[i], word);
                }
            }
            for (var i = 0u; i < fresh_count; i += 1u) {
                fresh[i] = pushed(fresh[i], word);
            }
        } else if (kind == OP_REMOVE) {
            // Where particles have no labels, all are nobody's.
            //+words for (var i = begin; i < end; i += 1u) {
                //+words if (is_particle(particles[i]) && stroke_of(words[(i + 1u) * WORDS - 1u]) == ops[op + 6u]) {
                    //+words count -= 1u; //-heat
                    //+heat count -= select(1u, 0u, (particles[i].y >> 26u) == AIR);
                    //+words particles[i] = NO_PARTICLE;
                //+words }
            //+words }
            //+words var kept = 0u;
            //+words for (var i = 0u; i < fresh_count; i += 1u) {
                //+words if (stroke_of(fresh_words[i][WORDS - 1u]) != ops[op + 6u]) {
                    //+words fresh[kept] = fresh[i];
                    //+words fresh_words[kept] = fresh_words[i];
                    //+words kept += 1u;
                //+words }
            //+words }
            //+words count -= fresh_count - kept;
            //+words fresh_count = kept;
        } else if (kind == OP_TAKE) {
            // Never air, which no command names.
            for (var i = begin; i < end; i += 1u) {
                if ((particles[i].y >> 26u) == ops[op + 6u]) {
                    take_own(i, op);
                    particles[i] = NO_PARTICLE;
                    count -= 1u;
                }
            }
            var kept = 0u;
            for (var i = 0u; i < fresh_count; i += 1u) {
                if ((fresh[i].y >> 26u) != ops[op + 6u]) {
                    fresh[kept] = fresh[i];
                    //+words fresh_words[kept] = fresh_words[i];
                    kept += 1u;
                } else {
                    take_fresh(i, op);
                }
            }
            count -= fresh_count - kept;
            fresh_count = kept;
        } else if (kind == OP_FORGET) {
            //+words for (var i = begin; i < end; i += 1u) {
                //+words if (is_particle(particles[i])) {
                    //+words words[(i + 1u) * WORDS - 1u] = forgotten(words[(i + 1u) * WORDS - 1u], op);
                //+words }
            //+words }
            //+words for (var i = 0u; i < fresh_count; i += 1u) {
                //+words fresh_words[i][WORDS - 1u] = forgotten(fresh_words[i][WORDS - 1u], op);
            //+words }
        //+ } else if (kind == OP_REPLACE) {
            //+ for (var i = begin; i < end; i += 1u) {
                //+ if ((particles[i].y >> 26u) == ops[op + 6u]) {
                    //+ take_own(i, op);
                    //+ let other = replaced(particles[i], words_of(i), op);
                    //+ particles[i] = pack(other);
                    //+ put_words(i, other.words);
                //+ }
            //+ }
            //+ for (var i = 0u; i < fresh_count; i += 1u) {
                //+ if ((fresh[i].y >> 26u) == ops[op + 6u]) {
                    //+ take_fresh(i, op);
                    //+ let other = replaced(fresh[i], fresh_words[i], op);
                    //+ fresh[i] = pack(other);
                    //+ fresh_words[i] = other.words;
                //+ }
            //+ }
        // Where there is nothing but water, that stays.
        } else if (kind == OP_REPLACE) { //-
        //+ } else if (kind == OP_CARRY) {
            //+ for (var i = begin; i < end; i += 1u) {
                //+ let off = set_off(particles[i], words_of(i), op);
                //+ particles[i] = pack(off);
                //+ put_words(i, off.words);
            //+ }
            //+ for (var i = 0u; i < fresh_count; i += 1u) {
                //+ let off = set_off(fresh[i], fresh_words[i], op);
                //+ fresh[i] = pack(off);
                //+ fresh_words[i] = off.words;
            //+ }
        //+heat } else if (kind == OP_WARM) {
            //+heat for (var i = begin; i < end; i += 1u) {
                //+heat if (is_particle(particles[i])) {
                    //+heat words[(i + 1u) * WORDS - 1u] = warmed(words[(i + 1u) * WORDS - 1u], word);
                //+heat }
            //+heat }
            //+heat for (var i = 0u; i < fresh_count; i += 1u) {
                //+heat fresh_words[i][WORDS - 1u] = warmed(fresh_words[i][WORDS - 1u], word);
            //+heat }
        } else {
            // Nothing is poured into what stays where it is, and what stays takes the place of all else.
            //+heat var solid = false;
            //+heat for (var i = begin; i < end; i += 1u) {
                //+heat solid = solid || is_still(particles[i].y >> 26u);
            //+heat }
            //+heat for (var i = 0u; i < fresh_count; i += 1u) {
                //+heat solid = solid || is_still(fresh[i].y >> 26u);
            //+heat }
            //+heat if (solid) {
                //+heat continue;
            //+heat }
            var material = ops[op + 8u];
            if (material == u32(COPY)) {
                // The highest of what is there and not its air, one more than its code.
                var there = 0u;
                for (var i = begin; i < end; i += 1u) {
                    let other = particles[i].y >> 26u;
                    there = max(there, select(0u, other + 1u, is_copied(other)));
                }
                for (var i = 0u; i < fresh_count; i += 1u) {
                    let other = fresh[i].y >> 26u;
                    there = max(there, select(0u, other + 1u, is_copied(other)));
                }
                if (there == 0u) {
                    continue;
                }
                material = there - 1u;
                // What is copied goes the way of its copies, so that it stays long enough to be copied again.
                for (var i = begin; i < end; i += 1u) {
                    if (is_copied(particles[i].y >> 26u)) {
                        particles[i].z = velocity_word(op);
                    }
                }
                for (var i = 0u; i < fresh_count; i += 1u) {
                    if (is_copied(fresh[i].y >> 26u)) {
                        fresh[i].z = velocity_word(op);
                    }
                }
            }
            //+heat if (is_still(material)) {
                //+heat remove(begin, end, op);
                //+heat count = 0u;
            //+heat }
            for (var n = count; n < 4u; n += 1u) {
                fresh[fresh_count] = spawned(cell, n, op, material);
                //+words fresh_words[fresh_count] = Words();
                //+ fresh_words[fresh_count] = initial_words_at(material, unpack(fresh[fresh_count], Words()).pos);
                //+words fresh_words[fresh_count][WORDS - 1u] |= ops[op + 10u] << 16u;
                fresh_count += 1u;
            }
            count = max(count, 4u);
        }
    }

    if (fresh_count > 0u) {
        let first = atomicAdd(&state[STATE_PARTICLES], fresh_count);
        for (var i = 0u; i < fresh_count; i += 1u) {
            if (first + i < params.particle_max) {
                particles[first + i] = fresh[i];
                //+words put_words(first + i, fresh_words[i]);
            }
        }
        if (first + fresh_count > params.particle_max) {
            atomicOr(&state[STATE_FLAGS], FLAG_PARTICLES);
            atomicMax(&state[STATE_PARTICLES_WANTED], first + fresh_count);
        }
    }
}

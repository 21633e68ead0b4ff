// Scatters particles one after another. They are sorted by cell, so those in a row mostly share their nine
// nodes: the shares are summed in registers until the cell changes. Sums of integers have no order, so every
// way to form them gives the same bits. The kernel says where sums go: `place_of` and `put`,
// and where a cell's node is: `node_of`.

fn put_nine(place: Place, n: array<Share, 9>) {
    put(place, vec2<i32>(-1, -1), n[0]);
    put(place, vec2<i32>(0, -1), n[1]);
    put(place, vec2<i32>(1, -1), n[2]);
    put(place, vec2<i32>(-1, 0), n[3]);
    put(place, vec2<i32>(0, 0), n[4]);
    put(place, vec2<i32>(1, 0), n[5]);
    put(place, vec2<i32>(-1, 1), n[6]);
    put(place, vec2<i32>(0, 1), n[7]);
    put(place, vec2<i32>(1, 1), n[8]);
}

fn put_mirrored(place: Place, offset: vec2<i32>, mask: u32, holds: bool, value: Share) {
    let mirrored = image(offset, mask);
    put(place, mirrored.to, turned(value, mirrored.turn, holds));
}

//+ fn weight_at(w: Stencil, offset: vec2<i32>) -> i32 {
    //+ let row = select(select(w.same, w.below, offset.y < 0), w.above, offset.y > 0);
    //+ return select(select(row.y, row.x, offset.x < 0), row.z, offset.x > 0);
//+ }

fn scatter_run(first: u32, last: u32) {
    var n = array<Share, 9>();
    var held = vec2<i32>(0);
    var holds = false;
    for (var i = first; i < last; i += 1u) {
        // What reacted in this tick may have left holes.
        //+heat if (!is_particle(particles[i])) {
            //+heat continue;
        //+heat }
        let f = unpack(particles[i]); //-
        //+ let f = unpack(particles[i], words_of(i));
        let cell = f.pos >> vec2<u32>(12u);
        let own = node_of(cell);
        let mask = masks[own] & u32(SOLID_BITS); //-heat
        // To what stays where it is there are no walls: heat goes on through them.
        //+heat let mask = select(masks[own] & u32(SOLID_BITS), 0u, stays(f.material));
        let s = scatter_of(f, overfull_shift(crowd(own)));
        //+ if (mask != 0u) {
            //+ let place = place_of(cell);
            //+ // The few at walls: a loop, since nine times the code for them takes a compiler for CPUs half a minute.
            //+ for (var k = 0; k < 9; k += 1) {
                //+ let offset = vec2<i32>(k % 3 - 1, k / 3 - 1);
                //+ put_mirrored(place, offset, mask, s.holds, share(s, weight_at(s.w, offset), offset));
            //+ }
            //+ continue;
        //+ }
        let n0 = share(s, s.w.below.x, vec2<i32>(-1, -1));
        let n1 = share(s, s.w.below.y, vec2<i32>(0, -1));
        let n2 = share(s, s.w.below.z, vec2<i32>(1, -1));
        let n3 = share(s, s.w.same.x, vec2<i32>(-1, 0));
        let n4 = share(s, s.w.same.y, vec2<i32>(0, 0));
        let n5 = share(s, s.w.same.z, vec2<i32>(1, 0));
        let n6 = share(s, s.w.above.x, vec2<i32>(-1, 1));
        let n7 = share(s, s.w.above.y, vec2<i32>(0, 1));
        let n8 = share(s, s.w.above.z, vec2<i32>(1, 1));
        if (mask != 0u) { //-
            let place = place_of(cell); //-
            put_mirrored(place, vec2<i32>(-1, -1), mask, s.holds, n0); //-
            put_mirrored(place, vec2<i32>(0, -1), mask, s.holds, n1); //-
            put_mirrored(place, vec2<i32>(1, -1), mask, s.holds, n2); //-
            put_mirrored(place, vec2<i32>(-1, 0), mask, s.holds, n3); //-
            put_mirrored(place, vec2<i32>(0, 0), mask, s.holds, n4); //-
            put_mirrored(place, vec2<i32>(1, 0), mask, s.holds, n5); //-
            put_mirrored(place, vec2<i32>(-1, 1), mask, s.holds, n6); //-
            put_mirrored(place, vec2<i32>(0, 1), mask, s.holds, n7); //-
            put_mirrored(place, vec2<i32>(1, 1), mask, s.holds, n8); //-
        } else { //-
            if (holds && any(cell != held)) {
                put_nine(place_of(held), n);
                n = array<Share, 9>();
            }
            held = cell;
            holds = true;
            n[0] = sum_of(n[0], n0);
            n[1] = sum_of(n[1], n1);
            n[2] = sum_of(n[2], n2);
            n[3] = sum_of(n[3], n3);
            n[4] = sum_of(n[4], n4);
            n[5] = sum_of(n[5], n5);
            n[6] = sum_of(n[6], n6);
            n[7] = sum_of(n[7], n7);
            n[8] = sum_of(n[8], n8);
        } //-
    }
    if (holds) {
        put_nine(place_of(held), n);
    }
}

// The twin of cpu/air.rs, which has the bounds: parcels of air that push each other, and pull at what is light. `air` are
// their words.

//+heat struct Parcel {
    //+heat here: bool,
    //+heat v: vec2<i32>,
    //+heat pressure: i32,
    //+heat warm: i32,
    //+heat open: i32,
    //+heat pull: i32,
    //+heat toward: vec2<i32>,
//+heat }

//+heat fn parcel(cell: vec2<i32>) -> Parcel {
    //+heat let at = air_index(cell);
    //+heat return Parcel(
        //+heat air[at] != 0,
        //+heat clamp(vec2<i32>(air[at + 1u], air[at + 2u]), vec2<i32>(-AIR_SPEED_MAX), vec2<i32>(AIR_SPEED_MAX)),
        //+heat clamp_abs(air[at + 3u], 1 << 24u),
        //+heat clamp_abs(air[at + 4u], 1 << 13u),
        //+heat air[at + 5u],
        //+heat air[at + 6u],
        //+heat vec2<i32>(air[at + 7u], air[at + 8u]),
    //+heat );
//+heat }

//+heat fn edge(a: Parcel, b: Parcel) -> i32 {
    //+heat return select(0, min(a.open, b.open), a.here && b.here);
//+heat }

//+heat fn flux(axis: u32, before: Parcel, own: Parcel) -> i32 {
    //+heat return select(0, own.v[axis], edge(before, own) > 0);
//+heat }

//+heat fn inflow(own: Parcel, left: Parcel, right: Parcel, below: Parcel, above: Parcel) -> i32 {
    //+heat let along = flux(0u, left, own) - flux(0u, own, right);
    //+heat return 4 * (along + flux(1u, below, own) - flux(1u, own, above));
//+heat }

// Of the two that end the names, the first is the place along the axis, the second the one across it.
//+heat fn across(
    //+heat axis: u32,
    //+heat own: Parcel,
    //+heat before: Parcel,
    //+heat drop: i32,
    //+heat next: Parcel,
    //+heat low: Parcel,
    //+heat high: Parcel,
    //+heat before_high: Parcel,
    //+heat gravity: i32,
//+heat ) -> i32 {
    //+heat let open = edge(before, own);
    //+heat if (open == 0) {
        //+heat return 0;
    //+heat }
    //+heat let v = own.v[axis];
    //+heat let other = 1u - axis;
    //+heat let wind = rs(own.v[other] + high.v[other] + before.v[other] + before_high.v[other], 2u);
    //+heat let from_along = select(select(next.v[axis], before.v[axis], v > 0), v, v == 0);
    //+heat let from_aside = select(select(high.v[axis], low.v[axis], wind > 0), v, wind == 0);
    //+heat let blown = v - rs(abs(v) * (v - from_along), 16u) - rs(abs(wind) * (v - from_aside), 16u);
    //+heat let driven = blown - clamp_abs(drop, 1 << 20u) / 16 * open / (AIR_CELLS * AIR_CELLS);
    //+heat let risen = driven - rs(4 * gravity * ((before.warm + own.warm) / 2), AIR_BUOYANCY);
    //+heat let pull = own.pull + before.pull;
    //+heat let toward = (own.toward[axis] + before.toward[axis]) / max(pull, 1);
    //+heat let by = clamp(pull, 0, 1 << AIR_INERTIA);
    //+heat let pulled = risen + rs(by * (clamp_abs(toward, ONE / 8) * 8 - clamp_abs(risen, ONE)), AIR_INERTIA);
    //+heat return clamp_abs(pulled - (pulled + 255 * sign(pulled)) / 256, AIR_SPEED_MAX * open / (AIR_CELLS * AIR_CELLS));
//+heat }

// A particle of air after its tick.
//+heat fn aired(f: Fields) -> Fields {
    //+heat let cell = f.pos >> vec2<u32>(12u);
    //+heat let step = AIR_CELLS;
    //+heat let own = parcel(cell);
    //+heat let left = parcel(cell + vec2<i32>(-step, 0));
    //+heat let right = parcel(cell + vec2<i32>(step, 0));
    //+heat let below = parcel(cell + vec2<i32>(0, -step));
    //+heat let above = parcel(cell + vec2<i32>(0, step));
    //+heat let left_above = parcel(cell + vec2<i32>(-step, step));
    //+heat let right_below = parcel(cell + vec2<i32>(step, -step));
    //+heat let left_below = parcel(cell + vec2<i32>(-step, -step));
    // What lies two parcels away is out of reach, and counts as open.
    //+heat var open = Parcel();
    //+heat open.here = true;
    //+heat open.open = AIR_CELLS * AIR_CELLS;
    //+heat let change = inflow(own, left, right, below, above);
    //+heat let after = own.pressure + change;
    //+heat let after_left = left.pressure + inflow(left, open, own, left_below, left_above);
    //+heat let after_below = below.pressure + inflow(below, left_below, right_below, open, own);
    //+heat var next = f;
    //+heat next.vel = vec2<i32>(
        //+heat across(0u, own, left, after - after_left, right, below, above, left_above, params.gravity_x),
        //+heat across(1u, own, below, after - after_below, above, left, right, right_below, params.gravity_y),
    //+heat );
    //+heat next.words[0] = f.words[0] + u32(change);
    //+heat return next;
//+heat }

// The velocity across an edge of a cell's parcel, or none where there is no air.
//+heat fn edge_velocity(axis: u32, cell: vec2<i32>) -> i32 {
    //+heat return clamp_abs(air[air_index(cell) + 1u + axis], AIR_SPEED_MAX);
//+heat }

//+heat fn wind_along(axis: u32, pos: vec2<i32>) -> i32 {
    //+heat let part = (pos >> vec2<u32>(7u)) & vec2<i32>(255);
    //+heat let along = part[axis];
    //+heat let beside = part[1u - axis] - 128;
    //+heat let aside = beside & 255;
    //+heat let ahead = select(vec2<i32>(0, AIR_CELLS), vec2<i32>(AIR_CELLS, 0), axis == 0u);
    //+heat let over = vec2<i32>(AIR_CELLS) - ahead;
    //+heat let cell = (pos >> vec2<u32>(12u)) - select(vec2<i32>(0), over, beside < 0);
    //+heat let low = edge_velocity(axis, cell) * (256 - along) + edge_velocity(axis, cell + ahead) * along;
    //+heat let high = edge_velocity(axis, cell + over) * (256 - along) + edge_velocity(axis, cell + over + ahead) * along;
    //+heat return rs(rs(low, 4u) * (256 - aside) + rs(high, 4u) * aside, 12u);
//+heat }

// What the air adds to a particle's velocity in a tick.
//+heat fn blown(f: Fields) -> vec2<i32> {
    //+heat let share = winds(f.material).carried;
    //+heat if (share == 0 || air[air_index(f.pos >> vec2<u32>(12u))] == 0) {
        //+heat return vec2<i32>(0);
    //+heat }
    //+heat let own = select(f.vel, vec2<i32>(0), traits_of(f.material).drag != 0);
    //+heat let push = (vec2<i32>(wind_along(0u, f.pos), wind_along(1u, f.pos)) - own) * share;
    //+heat return vec2<i32>(rs(push.x, 8u), rs(push.y, 8u));
//+heat }

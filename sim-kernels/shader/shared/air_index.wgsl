// Where the words of a cell's parcel of air begin.

//+heat fn air_index(cell: vec2<i32>) -> u32 {
    //+heat let slot = table[table_index(cell)];
    //+heat let at = (cell >> vec2<u32>(u32(AIR_BITS))) & vec2<i32>(AIR_SIDE - 1);
    //+heat return slot * u32(AIR_TILE_WORDS) + u32((at.y * AIR_SIDE + at.x) * AIR_WORDS);
//+heat }

// Whether air in a cell is that of a parcel: elsewhere it does nothing.
//+heat fn is_parcel(cell: vec2<i32>) -> bool {
    //+heat return all((cell & vec2<i32>(AIR_CELLS - 1)) == vec2<i32>(AIR_CELLS / 2));
//+heat }

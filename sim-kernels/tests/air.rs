//! Air: it goes around what stands in its way, nothing is lost of it, and it carries smoke.

mod cpu_common;

use cpu_common::Whole;
use cpu_common::measure::{at, blocks, code, upright};
use cpu_common::twin::{Params, Twin};
use cpu_common::twin_air::AirTwin;
use sim_kernels::command::{Command, Stroke};
use sim_kernels::geom::Rect;
use sim_kernels::materials::AIR;
use sim_kernels::particle::Particle;
use sim_kernels::scene::Block;

/// Pressures and velocities of all parcels.
fn parcels(particles: &[Particle]) -> Vec<([i32; 2], [i32; 2], i32)> {
    let air = particles.iter().filter(|p| p.material() == AIR);
    air.map(|p| {
        let f = p.unpack();
        ([f.x >> 15, f.y >> 15], [f.vx, f.vy], f.words[0] as i32)
    })
    .collect()
}

/// A room of 160 x 96 cells full of air, with what else there is.
fn room(others: &[(&str, Rect)]) -> Whole {
    let mut scene = blocks(160, 96, upright(), others).scene;
    scene.blocks.push(Block::of(AIR, scene.world.rect()));
    Whole::new(scene)
}

#[test]
fn a_gust_dies_down_and_nothing_is_lost() {
    let mut whole = room(&[]);
    let stroke = Stroke { from: [40, 40], to: [60, 40], radius: 10 };
    whole.scene.commands = vec![(0, Command::Push { stroke, velocity: [12000, 3000] })];
    whole.run(1);
    let mut loudest = 0;
    for seconds in 0..60 {
        let air = parcels(&whole.particles());
        assert_eq!(air.len(), 20 * 12);
        assert_eq!(air.iter().map(|p| i64::from(p.2)).sum::<i64>(), 0, "after {seconds} s");
        loudest = air.iter().map(|p| p.1[0].abs().max(p.1[1].abs())).max().unwrap();
        println!("{seconds} s: {loudest}");
        if loudest == 0 {
            break;
        }
        whole.run(60);
    }
    assert_eq!(loudest, 0, "it never comes to rest");
}

/// Where walls fill parcels in part, air is driven by less, and by nothing for ever.
#[test]
fn a_gust_dies_down_between_walls_that_fill_parcels_in_part() {
    let rooms: [&[Rect]; 3] = [
        &[Rect::new(26, 26, 38, 38)],
        &[Rect::new(0, 0, 160, 2), Rect::new(20, 21, 44, 23)],
        &[Rect::new(30, 0, 31, 50), Rect::new(10, 30, 30, 31), Rect::new(99, 13, 111, 96)],
    ];
    for walls in rooms {
        let mut whole = room(&[]);
        walls.iter().for_each(|&rect| whole.scene.terrain.push(rect));
        let mut whole = Whole::new(whole.scene);
        let stroke = Stroke { from: [20, 20], to: [90, 20], radius: 14 };
        whole.scene.commands = vec![(0, Command::Push { stroke, velocity: [8000, 5000] })];
        whole.run(60 * 60);
        let air = parcels(&whole.particles());
        let loudest = air.iter().map(|p| p.1[0].abs().max(p.1[1].abs())).max().unwrap();
        println!("{walls:?}: {loudest} after a minute");
        assert_eq!(air.iter().map(|p| i64::from(p.2)).sum::<i64>(), 0);
        assert!(loudest <= 1, "{walls:?}: {loudest}");
    }
}

#[test]
fn a_fan_blows_around_a_wall() {
    // A fan blows to the right at a wall that leaves a gap at its top.
    let mut whole = room(&[("fan_right", Rect::new(16, 40, 18, 48)), ("rock", Rect::new(80, 0, 88, 64))]);
    whole.run(300);
    let air = parcels(&whole.particles());
    let v = |x: i32, y: i32| air.iter().find(|p| p.0 == [x, y]).unwrap().1;
    for y in (0..12).rev() {
        println!("{}", (0..20).map(|x| format!("{:>6},{:>6} ", v(x, y)[0], v(x, y)[1])).collect::<String>());
    }
    assert!(v(3, 5)[0] > 2000, "before the fan");
    assert_eq!((0..8).map(|y| v(10, y)[0]).max(), Some(0), "through the wall");
    assert!((8..12).map(|y| v(10, y)[0].abs()).max() > Some(100), "over it");
}

#[test]
fn smoke_rises_as_in_real_numbers() {
    let mut whole = room(&[("smoke", Rect::new(72, 8, 88, 16))]);
    whole.run(1);
    let of = |all: Vec<Particle>| -> Vec<Particle> {
        all.into_iter().filter(|p| p.material() == u32::from(code("smoke"))).collect()
    };
    let begun = of(whole.particles());
    let params = Params::of_gas("smoke", upright());
    let mut twin = AirTwin::new(Twin::new(params, &whole.globals.terrain, &begun), "smoke", 20, 12);
    let mean = |all: &[[f64; 2]]| [0, 1].map(|axis| all.iter().map(|x| x[axis]).sum::<f64>() / all.len() as f64);
    for second in 1..=4 {
        whole.run(60);
        for tick in 0..60 {
            twin.tick();
            // Smoke thins out: one of 240 a tick, whichever.
            let gone = |k: usize| (k * 7919 + tick * 104_729 + second * 15_485_863).is_multiple_of(240);
            let mut k = 0;
            twin.gas.points.retain(|_| {
                k += 1;
                !gone(k)
            });
        }
        let ours: Vec<[f64; 2]> = of(whole.particles()).iter().map(at).collect();
        let theirs: Vec<[f64; 2]> = twin.gas.points.iter().map(|q| q.x).collect();
        println!("{second} s: {:?} of {}, in f64 {:?} of {}", mean(&ours), ours.len(), mean(&theirs), theirs.len());
        let [rise, twins] = [&ours, &theirs].map(|all| mean(all)[1] - 12.0);
        assert!((rise / twins - 1.0).abs() <= 0.07 && (mean(&ours)[0] - 80.0).abs() <= 1.0, "{rise} {twins}");
    }
}

#[test]
fn smoke_is_carried_by_what_it_sets_going_and_by_wind() {
    let smoke = Rect::new(70, 8, 90, 20);
    let middle = |whole: &mut Whole, axis: usize| {
        let all = whole.particles();
        let of: Vec<f64> =
            all.iter().filter(|p| p.material() == u32::from(code("smoke"))).map(|p| at(p)[axis]).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    let mut still = blocks(160, 96, upright(), &[("smoke", smoke)]);
    let mut calm = room(&[("smoke", smoke)]);
    let mut windy = room(&[("smoke", smoke), ("fan_right", Rect::new(40, 24, 42, 40))]);
    let of = |whole: &mut Whole| [middle(whole, 0), middle(whole, 1)];
    for tick in [60, 120, 180] {
        for whole in [&mut still, &mut calm, &mut windy] {
            whole.run(60);
        }
        println!("{tick}: without air {:?}, in air {:?}, in wind {:?}", of(&mut still), of(&mut calm), of(&mut windy));
    }
    let [still, calm, windy] = [&mut still, &mut calm, &mut windy].map(of);
    assert!(calm[1] > 1.5 * still[1], "a plume rises faster than what each of it does alone");
    assert!((calm[0] - 80.0).abs() < 1.0 && windy[0] > 85.0, "the wind carries it");
}

#[test]
fn nothing_takes_air_away_and_it_leaves_room() {
    let mut whole = room(&[("water", Rect::new(4, 4, 5, 5))]);
    let everything = Stroke { from: [0, 40], to: [160, 40], radius: 20 };
    let pour = |material: &str| Command::Pour { stroke: everything, material: code(material), velocity: [0, 0] };
    for (tick, command) in
        [Command::Erase(everything), pour("water"), pour("rock"), Command::Clear].into_iter().enumerate()
    {
        whole.scene.commands = vec![(tick as u64 + 1, command)];
        whole.run(if tick == 0 { 2 } else { 1 });
        let all = whole.particles();
        assert_eq!(parcels(&all).len(), 240);
        // What is poured fills the cell of a parcel's middle as it does all others.
        let there = all.iter().filter(|p| p.cell() == (84, 44) && p.material() != AIR).count();
        assert_eq!(there, if tick == 1 || tick == 2 { 4 } else { 0 }, "{tick}");
    }
    assert!(!Command::Fill { rect: whole.scene.world.rect(), material: AIR as u8 }.is_valid(whole.scene.world));
}

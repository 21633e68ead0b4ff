use super::*;

const RATE: f32 = 48_000.0;

/// Seconds of a scape that is told every twentieth of one.
fn play(synth: &mut Synth, scape: &Scape, seconds: f32) -> Vec<f32> {
    let mut samples = Vec::new();
    for _ in 0..(seconds * 20.0) as usize {
        synth.hear(scape);
        let mut block = vec![0.0; synth.rate as usize / 20 * 2];
        synth.render(&mut block);
        samples.extend(block);
    }
    samples
}

fn loudness(samples: &[f32]) -> f32 {
    (samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64).sqrt() as f32
}

fn side(samples: &[f32], side: usize) -> Vec<f32> {
    samples.iter().skip(side).step_by(2).copied().collect()
}

/// Where most of it lies, in hertz, by how fast it changes: a pure note's own pitch.
fn pitch(samples: &[f32]) -> f32 {
    let left = side(samples, 0);
    let change: Vec<f32> = left.windows(2).map(|pair| pair[1] - pair[0]).collect();
    loudness(&change) / loudness(&left) * RATE / std::f32::consts::TAU
}

#[test]
fn the_same_seed_gives_the_same_bits_however_it_is_cut() {
    let mut scape = Scape { gain: 0.8, ..Scape::default() };
    scape.voices = [Voice { level: 0.6, pan: -0.3 }; KINDS];
    let all = |cut: usize| {
        let mut synth = Synth::new(RATE, 7);
        synth.hear(&scape);
        let mut samples = vec![0.0; 19_200];
        samples.chunks_mut(cut).for_each(|block| synth.render(block));
        samples
    };
    let whole = all(19_200);
    assert!(all(256) == whole && all(882) == whole);
    let mut other = Synth::new(RATE, 8);
    other.hear(&scape);
    let mut samples = vec![0.0; 19_200];
    other.render(&mut samples);
    assert!(samples != whole, "another seed is another noise");
}

#[test]
fn nothing_is_silence_and_costs_nothing() {
    let mut synth = Synth::new(RATE, 1);
    assert!(play(&mut synth, &Scape::default(), 0.2).iter().all(|s| *s == 0.0));
    assert!(play(&mut synth, &Scape { gain: 1.0, ..Scape::default() }, 0.2).iter().all(|s| *s == 0.0));
    assert!(synth.is_silent());
}

#[test]
fn everything_at_once_stays_below_full_scale_at_every_rate() {
    let scape = Scape { voices: [Voice { level: 1.0, pan: 1.0 }; KINDS], gain: 1.0 };
    for rate in [0.0, 8000.0, 22_050.0, 44_100.0, 96_000.0, 192_000.0, 1e9, f32::NAN] {
        let samples = play(&mut Synth::new(rate, 3), &scape, 1.0);
        assert!(samples.iter().all(|s| s.is_finite() && s.abs() < 1.0), "{rate}");
        assert!(loudness(&samples) > 0.05, "{rate}");
    }
}

#[test]
fn each_kind_is_louder_at_a_higher_level_and_none_drowns_the_others() {
    for kind in Kind::ALL {
        let [quiet, middle, loud] =
            [0.1, 0.4, 1.0].map(|level| loudness(&play(&mut Synth::new(RATE, 5), &only(kind, level), 2.0)));
        println!("{kind:?}: {quiet:.4} {middle:.4} {loud:.4}");
        assert!(quiet > 1e-4 && quiet * 1.5 < middle && middle * 1.3 < loud, "{kind:?}: {quiet} {middle} {loud}");
        assert!((0.03..0.5).contains(&loud), "{kind:?}: {loud}");
    }
}

#[test]
fn kinds_differ_by_their_pitch() {
    let of = |kind| pitch(&play(&mut Synth::new(RATE, 5), &only(kind, 0.6), 2.0));
    let all = Kind::ALL.map(of);
    println!("{all:?}");
    let [flow, splash, sizzle, _, crumble, wind, rumble] = all;
    assert!(rumble < wind && wind < flow && flow < sizzle && splash < sizzle, "{all:?}");
    assert!(rumble < 300.0 && crumble > 1500.0 && sizzle > 3000.0, "{all:?}");
}

#[test]
fn it_falls_to_silence_when_nothing_is_heard_any_more() {
    for quiet in [Scape { gain: 1.0, ..Scape::default() }, Scape { gain: 0.0, ..Scape::default() }] {
        let mut synth = Synth::new(RATE, 5);
        let loud = Scape { voices: [Voice { level: 1.0, pan: 0.0 }; KINDS], gain: 1.0 };
        assert!(loudness(&play(&mut synth, &loud, 1.0)) > 0.1);
        play(&mut synth, &quiet, 1.0);
        assert!(loudness(&play(&mut synth, &quiet, 0.5)) < 0.01);
        play(&mut synth, &quiet, 3.0);
        assert!(synth.is_silent() && play(&mut synth, &quiet, 0.1).iter().all(|s| *s == 0.0));
        assert!(loudness(&play(&mut synth, &loud, 1.0)) > 0.1, "and comes back");
    }
}

#[test]
fn a_splash_is_heard_once() {
    let mut synth = Synth::new(RATE, 5);
    let splash = only(Kind::Splash, 0.8);
    let silent = Scape { gain: 1.0, ..Scape::default() };
    let blow = loudness(&play(&mut synth, &splash, 0.05)).max(loudness(&play(&mut synth, &silent, 0.1)));
    let after = loudness(&play(&mut synth, &silent, 1.0));
    let end = loudness(&play(&mut synth, &silent, 2.0));
    assert!(blow > 0.02 && after < blow && end < 0.1 * blow, "{blow} {after} {end}");
}

#[test]
fn a_place_on_the_left_is_louder_there() {
    for kind in Kind::ALL {
        let mut scape = only(kind, 0.7);
        scape.voices[kind as usize].pan = -0.8;
        let samples = play(&mut Synth::new(RATE, 5), &scape, 1.0);
        let [left, right] = [0, 1].map(|s| loudness(&side(&samples, s)));
        assert!(left > 1.7 * right && right > 0.0, "{kind:?}: {left} {right}");
    }
}

#[test]
fn who_is_told_nothing_more_falls_silent() {
    let mut synth = Synth::new(RATE, 5);
    synth.hear(&only(Kind::Wind, 0.8));
    let mut second = || {
        let mut block = vec![0.0; RATE as usize * 2];
        synth.render(&mut block);
        loudness(&block)
    };
    let loud = [second(), second(), second(), second(), second()];
    assert!(loud[0] > 0.01 && loud[3] < 0.01 * loud[0] && loud[4] == 0.0, "{loud:?}");
}

/// A step of a level is a glide: no click.
#[test]
fn levels_glide() {
    let mut synth = Synth::new(RATE, 5);
    synth.hear(&only(Kind::Rumble, 1.0));
    let mut block = vec![0.0; 96];
    synth.render(&mut block);
    assert!(block.iter().all(|s| s.abs() < 0.2));
}

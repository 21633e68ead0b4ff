//! What a page says of its family: the law as the code has it, where it is from, and what keeps it stable and within 32
//! bits, with the numbers of the page's material.

use sim_kernels::constants::{GRADIENT_MAX, PARTING_MAX, SPEED_MAX};
use sim_kernels::materials::family::air::Air;
use sim_kernels::materials::family::carried::{Carried, RATE_MAX};
use sim_kernels::materials::family::elastic::Elastic;
use sim_kernels::materials::family::fluid::Fluid;
use sim_kernels::materials::family::plastic::Plastic;
use sim_kernels::materials::family::porous::Porous;
use sim_kernels::materials::family::still::Still;
use sim_kernels::materials::{Family, Material};

/// A row of the table of parameters: what it is called, its value, in what.
pub type Row = (&'static str, String, &'static str);

/// How a page shows a law.
pub struct Shown {
    /// The family's file, without its ending.
    pub file: &'static str,
    /// The formulas and their sources.
    pub law: String,
    /// The constants.
    pub rows: Vec<Row>,
    /// What keeps it stable and within its formats.
    pub bounds: Vec<String>,
}

/// A number with so many bits behind the point, as the fraction that it is and in decimals: `60/16 = 3.75`.
pub fn q(raw: i32, bits: u32) -> String {
    let (value, one) = (f64::from(raw) / f64::from(1 << bits), 1 << bits);
    match raw {
        0 => "0".to_owned(),
        _ if raw % one == 0 => (raw / one).to_string(),
        _ if value.abs() < 0.001 => format!("{raw}/{one}"),
        _ => format!("{raw}/{one} = {}", decimals(value)),
    }
}

/// At most four places behind the point, three where there is something before it.
fn decimals(value: f64) -> String {
    let text = if value.abs() < 1.0 { format!("{value:.4}") } else { format!("{value:.3}") };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The law of a material.
pub fn shown(m: &Material) -> Shown {
    match m.family {
        Family::Fluid(law) => fluid(&law),
        Family::Plastic(law) => plastic(&law),
        Family::Elastic(law) => elastic(&law),
        Family::Porous(law) => porous(&law),
        Family::Still(law) => still(&law),
        Family::Air(law) => air(&law),
        Family::Carried(law) => carried(&law),
        _ => panic!("{}: its family has no page yet", m.name),
    }
}

/// Sound in what is as stiff as that (Q4 in all), cells a substep.
#[expect(clippy::disallowed_methods, reason = "it is printed; nothing of it enters the simulation")]
fn sound(stiffness: i32) -> String {
    decimals((f64::from(stiffness) / 16.0).sqrt() / 2.0)
}

/// The greatest value that a product comes to, and that it fits.
fn fits(what: &str, greatest: i64) -> String {
    assert!(greatest < 1 << 31, "{what}");
    format!("{what} ≤ {greatest} < 2³¹")
}

fn fluid(law: &Fluid) -> Shown {
    let &Fluid { stiffness, bulk, shear, mix, lag, apart, lift, drag } = law;
    let mut text = "The stress is added to the velocity gradient D that a particle scatters, J is its volume ratio, \
        ρ the density that it gathers:

    D += K max(1 − J, 0) · 1 − β tr D · 1 − 2 η dev D
    J' = J (1 + (1 + lag) div v),  then  J' += mix ((1 + div v) / max(ρ, 1) − J')
"
    .to_owned();
    if apart > 0 {
        text += &format!(
            "    Δv = apart (m V − R) (V ∇R − R ∇V) / m, at most {} along an axis; V, R: volume and mass gathered\n",
            q(PARTING_MAX, 15)
        );
    }
    if lift > 0 {
        text += "    v' = v − drag v − lift g: the air's, where a scene has none of its own\n";
    }
    text += "\nA weakly compressible liquid, whose law of state is linear ([why](../physics.md#the-model)), on MLS-MPM (Hu et al., \
        ACM Transactions on Graphics 37(4), 2018) with APIC (Jiang et al., ACM Transactions on Graphics 34(4), 2015).";
    if apart > 0 {
        text += " How it parts from what is lighter or heavier has no source but its purpose.";
    }
    let mut rows = vec![
        ("stiffness K", q(stiffness, 4), "added to D for each 1 − J"),
        ("sound", sound(stiffness), "√K / 2, cells a substep"),
        ("bulk damping β", q(bulk, 4), "of tr D, off each diagonal element"),
        ("shear η", q(shear, 9), "of D's shear; a quarter of it is the viscosity, cells² a substep"),
        ("volume correction mix", q(mix, 8), "of the way to the grid's density, a substep"),
        ("lag", q(lag, 8), "by how much more J follows the divergence"),
    ];
    if apart > 0 {
        rows.push(("apart", q(apart, 10), "how fast it parts from another liquid"));
    }
    if lift > 0 {
        rows.push(("lift", q(lift, 6), "times gravity, upwards"));
        rows.push(("drag", q(drag, 8), "of its velocity, a substep"));
    }
    let fullest = i64::from(SPEED_MAX) * (256 + i64::from(lag)) / 256 + 1;
    let bounds = vec![
        format!("Stable: K (1 + lag) = {} ≤ 5; 6 was not.", decimals(f64::from(stiffness * (256 + lag)) / 4096.0)),
        format!("Stable: η = {} ≤ 128/512; what is thicker needs less stiffness and no bulk damping.", q(shear, 9)),
        fits("Pressure (1 − J) K: 2¹⁴ × K, Q19,", (1 << 14) * i64::from(stiffness)) + ".",
        fits("Volume J div v (1 + lag), Q30,", 49144 * fullest + (1 << 14)) + ".",
        fits("Correction: a difference below 2¹⁸ times mix,", (1 << 18) * i64::from(mix)) + ".",
    ];
    Shown { file: "fluid", law: text, rows, bounds }
}

fn plastic(law: &Plastic) -> Shown {
    let &Plastic { stiffness, tension, modulus, friction, cohesion, creep, bulk, shear, mix, loose } = law;
    let model = match (friction > 0, cohesion > 0) {
        (true, _) => {
            "Drucker and Prager's limit in the plane, as Dunatunga and Kamrin have it (Journal of Fluid Mechanics 779, \
             2015); sand by MPM with that limit: Klar et al., ACM Transactions on Graphics 35(4), 2016."
        }
        (false, true) => {
            "Bingham's plastic, which is Herschel and Bulkley's with an exponent of 1, as in Yue et al., ACM Transactions \
             on Graphics 34(5), 2015."
        }
        (false, false) => {
            "The upper-convected Maxwell model, which is Oldroyd's B without a solvent: a viscosity of μ / 4 times the \
             substeps in which strain relaxes."
        }
    };
    let text = format!(
        "The strain that is held is s = (s₁, s₂), the deviator of the isochoric left Cauchy–Green tensor b, so det b = 1. \
         With L the deviator of a substep's velocity gradient:

    D += (K max(1 − J, 0) − T max(J − 1, 0)) · 1 − μ s − β tr D · 1 − 2 η dev D
    b' = b + L b + b Lᵀ + L b Lᵀ, over det(1 + L) to first order
    limit = sin φ K (1 − J) / μ + cohesion;  |s| beyond it loses the share `creep` of the excess
    J' = min(J (1 + div v), loose), then toward the grid's density by mix

{model}"
    );
    let rows = vec![
        ("stiffness K", q(stiffness, 4), "added to D for each 1 − J"),
        ("tension T", q(tension, 4), "the same where J is above 1"),
        ("shear modulus μ", q(modulus, 4), "taken off D for each s"),
        ("sin φ", q(friction, 8), if friction > 0 { "sine of the angle of friction" } else { "no friction" }),
        ("cohesion", q(cohesion, 15), "strain that is held without pressure"),
        ("creep", q(creep, 16), "of what is beyond the limit gives way, a substep"),
        ("bulk damping β", q(bulk, 4), "of tr D"),
        ("shear η", q(shear, 9), "of D's shear"),
        ("volume correction mix", q(mix, 8), "of the way to the grid's density, a substep"),
        ("loose", q(loose, 15), "the largest J"),
    ];
    let held = f64::from(friction * stiffness) / f64::from(512 * modulus);
    let mut bounds = vec![format!("Stable: K + μ = {}/16 ≤ 60/16.", stiffness + modulus)];
    if friction > 0 {
        bounds.push(format!(
            "Formats: friction K ≤ 2 μ, so the strain that friction holds, at most {} (where J is ½), stays below 1.",
            decimals(held)
        ));
    }
    bounds.extend([
        fits("Stress: |s| < 2¹⁵ times μ, Q19,", (1 << 15) * i64::from(modulus)) + ".",
        fits("Volume J div v, Q30,", 49144 * i64::from(SPEED_MAX)) + ".",
        fits("What is left of |s|, at most 65534 in Q15, times a part of 1, Q15,", 65534 << 15) + ".",
    ]);
    Shown { file: "plastic", law: text, rows, bounds }
}

fn elastic(law: &Elastic) -> Shown {
    let &Elastic { stiffness, modulus, bulk, shear, yields, gives, packed, breaks, crush } = law;
    let mut text =
        "A particle remembers E = F − 1, F the deformation gradient; J = det F. With L a substep's velocity gradient:

    D += K (1 − J) · 1 − μ dev(F Fᵀ) / J − β tr D · 1 − 2 η dev D
    F' = (1 + L − flow) F
"
        .to_owned();
    if yields > 0 {
        text = text.replace("(1 + L)", "(1 + L − flow)");
        text += "    flow: |dev F Fᵀ| beyond `yields` and |1 − J| beyond `gives`, half of it, within a substep\n";
    }
    if breaks > 0 {
        text += "    breaks where ½ tr F Fᵀ + |dev F Fᵀ| > 1 + `breaks` (the largest stretch, squared), or 1 − J > `crush`\n";
    }
    text += "\nIsochoric neo-Hookean shear with a pressure linear in J both ways (Bonet and Wood, Nonlinear Continuum Mechanics \
        for Finite Element Analysis, have such laws); written in E, what is linear in it is exact. ";
    text += if breaks > 0 {
        "It does not flow: what is beyond its limits breaks."
    } else {
        "[Why it flows](../materials.md#why-they-are-tough) has no source but what was measured."
    };
    let mut rows = vec![
        ("stiffness K", q(stiffness, 4), "added to D for each 1 − J"),
        ("shear modulus μ", q(modulus, 4), "taken off D for each dev(F Fᵀ) / J"),
        ("sound", sound(stiffness + modulus), "√(K + μ) / 2, cells a substep"),
        ("bulk damping β", q(bulk, 4), "of tr D"),
        ("shear η", q(shear, 9), "of D's shear"),
    ];
    if yields > 0 {
        rows.push(("yields", q(yields, 15), "the size of dev F Fᵀ that it bears"));
        rows.push(("gives", q(gives, 15), "the change of volume, 1 − J, that it bears"));
        rows.push(("packed", q(packed, 15), "of the rest density: what is pressed gives way no more"));
    }
    if breaks > 0 {
        rows.push(("breaks", q(breaks, 15), "square of the largest stretch, less 1"));
        rows.push(("crush", q(crush, 15), "1 − J that it bears"));
    }
    let calm = format!(
        "K = {stiffness} against 32 − 2 β = {}, μ = {modulus} against 32 − η/16 = {} (in sixteenths)",
        32 - 2 * bulk,
        32 - shear / 16
    );
    let alone = if stiffness < 32 - 2 * bulk && modulus < 32 - shear / 16 {
        format!("Stable alone, when a particle came loose: {calm}.")
    } else {
        assert!(breaks > 0);
        format!("Not stable alone: {calm}. What breaks has no loose particles for long.")
    };
    let bounds = vec![
        format!("Stable in bulk: K + μ = {}/16 ≤ 56/16, and K ≤ 40/16.", stiffness + modulus),
        alone,
        fits("Pressure: |1 − J| < 2^18.2 times K, Q19,", 301_124 * i64::from(stiffness)) + ".",
        fits("Stress: |dev F Fᵀ| / J ≤ 2¹⁸ times μ, Q19,", (1 << 18) * i64::from(modulus)) + ".",
        "E in 16 bits, Q14: −2 to 2. Products of two in Q12 stay below 2²⁷, those with L, at most ½, below 2¹⁴ × 2¹³."
            .to_owned(),
    ];
    Shown { file: "elastic", law: text, rows, bounds }
}

fn porous(law: &Porous) -> Shown {
    let &Porous {
        stiffness,
        tension,
        modulus,
        friction,
        cohesion,
        crush,
        tear,
        harder,
        soft,
        hard,
        loose,
        bulk,
        shear,
    } = law;
    let text = "J = Je Jp: Je pushes back, Jp is how much room is left at rest; s is the strain of what is plastic. H is the hardness:

    D += (K max(1 − Je, 0) − T max(Je − 1, 0)) · 1 − μ s − β tr D · 1 − 2 η dev D
    H = 1 + harder (1 − Jp), within soft and hard
    Je' = Je (1 + div v), held within 1 − crush H and 1 + tear H; what is beyond goes to Jp, within ¼ and loose
    limit of |s| = sin φ K (1 − Je) / μ + cohesion H; all beyond gives way

The split of Stomakhin et al., \"A material point method for snow simulation\", ACM Transactions on Graphics 32(4), 2013,
without a singular value decomposition: volume and shear have limits of their own, that of shear being Drucker and
Prager's. There hardening makes the moduli grow, here the limits."
        .to_owned();
    let rows = vec![
        ("stiffness K", q(stiffness, 4), "added to D for each 1 − Je"),
        ("tension T", q(tension, 4), "the same where Je is above 1"),
        ("shear modulus μ", q(modulus, 4), "taken off D for each s"),
        ("sin φ", q(friction, 8), "sine of the angle of friction"),
        ("cohesion", q(cohesion, 15), "strain that is held without pressure, times H"),
        ("crush", q(crush, 15), "1 − Je that it bears, times H"),
        ("tear", q(tear, 15), "Je − 1 that it bears, times H"),
        ("harder", q(harder, 8), "by how much H grows while Jp falls by 1"),
        ("soft, hard", format!("{}, {}", q(soft, 8), q(hard, 8)), "the least and the greatest H"),
        ("loose", q(loose, 15), "the largest Jp"),
        ("bulk damping β", q(bulk, 4), "of tr D"),
        ("shear η", q(shear, 9), "of D's shear"),
    ];
    let most = |limit: i32| decimals(f64::from(limit * hard) / f64::from(1 << 23));
    let bounds = vec![
        format!("Stable: K + μ = {}/16 ≤ 48/16 (60 crept for ever), T ≤ 12/16 (with 30 what lay alone swung).", {
            stiffness + modulus
        }),
        format!(
            "Formats: at the greatest H it is crushed at {} and torn at {}, both ≤ ½, and holds a strain of {} < 1.",
            most(crush),
            most(tear),
            most(cohesion)
        ),
        format!("Friction K ≤ 2 μ: it holds a strain of at most {}.", {
            decimals(f64::from(friction * stiffness) / f64::from(512 * modulus))
        }),
        fits("Pressure: |Je − 1| ≤ 2¹⁵ times K, Q20,", (1 << 15) * i64::from(stiffness)) + ".",
        fits("What is beyond, Q20, times Jp, Q12: 2¹⁵ × 2¹³,", 1 << 28) + ".",
    ];
    Shown { file: "porous", law: text, rows, bounds }
}

fn still(law: &Still) -> Shown {
    let &Still { strength } = law;
    let mut text = "It stays where it is, and its cell is solid to all else for the tick, as bedrock is; it takes part in heat and in \
        reactions alone."
        .to_owned();
    if strength < i32::MAX {
        text += " A push or a blast gives it a velocity that it keeps for the tick; from its strength on it is struck.";
    }
    text += " The law has no source but its purpose ([more](../materials.md#what-stays-where-it-is)).";
    let strength = match strength {
        i32::MAX => ("strength", "–".to_owned(), "nothing breaks it"),
        _ => ("strength", q(strength, 15), "cells a substep: the speed of a push from which on it is struck"),
    };
    let bounds = vec![
        "Stable: nothing of it moves.".to_owned(),
        "No stress, no words of its own: nothing can overflow but its heat, which is bounded for all alike.".to_owned(),
    ];
    Shown { file: "still", law: text, rows: vec![strength], bounds }
}

fn air(law: &Air) -> Shown {
    let &Air { inertia, buoyancy } = law;
    let text = "A parcel for each 8 x 8 cells has the velocity across its left and its lower edge, and a pressure; once a tick, all from \
        what there was as it began:

    p += (what flows in − what flows out over the four edges) / 2
    v += −(p − p beyond the edge) / 2 · open part − upwind (v · ∇) v + buoyancy + pulls,  then  v −= v / 256

The staggered grid of Harlow and Welch, Physics of Fluids 8(12), 1965, explicit and weakly compressible; how what is light
pulls at it has no source but its purpose."
        .to_owned();
    let rows = vec![
        (
            "inertia",
            format!("2^{inertia}"),
            "the sum of pulls (of 256 each) that brings an edge the whole way in a tick",
        ),
        ("buoyancy", format!("2^{buoyancy}"), "sixteenths of a degree at which it is lifted by its own weight"),
    ];
    let bounds = vec![
        "Stable: sound goes half a parcel a tick, below 1 / √2, the bound of its scheme (Courant).".to_owned(),
        fits("Buoyancy: 4 g times a temperature below 2¹³,", 4 * 512 * (1 << 13)) + ".",
        fits("Pulls: 2¹⁴ times a difference of velocities below 2¹⁶, Q29,", (1 << 14) * (1 << 16)) + ".",
        fits("Drive: a difference of pressures over 16, 2¹⁶ at most, times the open part of 64,", (1 << 16) * 64) + ".",
    ];
    Shown { file: "air", law: text, rows, bounds }
}

fn carried(law: &Carried) -> Shown {
    let &Carried { slides, press, stiffness, mix, lag } = law;
    let way = if slides == 0 { "pivot + R(rate n) offset" } else { "rest + sway sin(rate n)" };
    let text = format!(
        "Where it is follows from its two words and the number n of the substep alone, with an integer sine:

    x = {way}
    D = {}press · 1 + K max(1 − J, 0) · 1

A kinematic body; J follows water's law, so what comes near presses it. The pressures only push: without them single
particles of water went through the wall. The law has no source but its purpose
([more](../materials.md#what-moves-as-told-vane-piston)).",
        if slides == 0 { "the gradient of its turn + " } else { "" }
    );
    let rows = vec![
        ("press", q(press, 15), "always added to D"),
        ("stiffness K", q(stiffness, 4), "added to D for each 1 − J"),
        ("volume correction mix", q(mix, 8), "as water's"),
        ("lag", q(lag, 8), "as water's"),
    ];
    let most = press + stiffness * 1024;
    assert!(most <= GRADIENT_MAX);
    let bounds = vec![
        "Stable: nothing pushes it, it goes less than a cell a substep and stays within the world.".to_owned(),
        format!("Stress: press + K / 2 = {} ≤ {}, the largest gradient.", q(most, 15), q(GRADIENT_MAX, 15)),
        fits("Turn: a rate, at most 511, times 2 π / 65536, Q27,", i64::from(RATE_MAX) * 12868) + ".",
        fits("Offset: its length, below 2^15.5 in Q9, times a sine, Q15,", 46341 * 32770) + ".",
    ];
    Shown { file: "carried", law: text, rows, bounds }
}

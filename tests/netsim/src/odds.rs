//! How likely each kind of fault is, drawn for each seed: swarm testing (Groce and others, 2012), as TigerBeetle's
//! VOPR does it. With one table for all seeds most runs look alike, and faults that need many of one kind, or the
//! absence of another, do not show.

use crate::Rng;
use std::fmt;

/// Kinds and their weights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Odds(Vec<(&'static str, u64)>);

impl Odds {
    /// From the usual weights: a third of the kinds are left out, the others are up to eight times as likely.
    pub fn draw(rng: &mut Rng, usual: &[(&'static str, u64)]) -> Self {
        let one = |&(kind, weight): &(&'static str, u64)| {
            let times = if rng.below(3) == 0 { 0 } else { 1 << rng.below(4) };
            (kind, weight * times)
        };
        Self(usual.iter().map(one).collect())
    }

    /// One of the kinds; nothing when all are left out.
    pub fn pick(&self, rng: &mut Rng) -> Option<&'static str> {
        let all = self.0.iter().map(|k| k.1).sum();
        let mut at = rng.below(all);
        self.0.iter().find_map(|&(kind, weight)| {
            let here = at < weight;
            at = at.saturating_sub(weight);
            here.then_some(kind)
        })
    }

    /// A kind's weight.
    pub fn weight(&self, kind: &str) -> u64 {
        self.0.iter().filter(|k| k.0 == kind).map(|k| k.1).sum()
    }
}

impl fmt::Display for Odds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for (kind, weight) in self.0.iter().filter(|k| k.1 > 0) {
            write!(f, "{between}{kind} {weight}")?;
            between = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_come_as_often_as_they_weigh_and_differ_by_seed() {
        let usual = [("a", 1), ("b", 3), ("c", 0), ("d", 2)];
        let all: Vec<Odds> = (0..64).map(|seed| Odds::draw(&mut Rng::new(seed, "odds"), &usual)).collect();
        assert!(all.iter().any(|o| o.weight("a") == 0) && all.iter().any(|o| o.weight("a") > o.weight("b")));
        let mut rng = Rng::new(1, "picks");
        for odds in all {
            let picked: Vec<_> = (0..100).filter_map(|_| odds.pick(&mut rng)).collect();
            assert!(picked.iter().all(|kind| odds.weight(kind) > 0), "{odds}");
            assert!(picked.len() == 100 || odds.to_string().is_empty());
        }
    }
}

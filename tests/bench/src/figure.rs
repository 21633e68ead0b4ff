//! What is measured.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Time, bytes.
    Less,
    /// What is carried, a rate.
    More,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Who measured it.
    pub group: String,
    /// What it is of, with whatever else than its size it depends on.
    pub series: String,
    /// The size that it is at, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
    /// How much.
    pub value: f64,
    /// Of what: `ns a particle-substep`.
    pub unit: String,
    /// Which way is better.
    pub better: Better,
    /// Of what `at` is a number: `particles`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sizes: String,
}

impl Figure {
    /// Of a series without sizes, less of which is better.
    pub fn new(group: &str, series: impl Into<String>, value: f64, unit: &str) -> Self {
        let (group, series, unit) = (group.into(), series.into(), unit.into());
        Self { group, series, at: None, value, unit, better: Better::Less, sizes: String::new() }
    }

    /// At a size.
    pub fn at(self, at: f64, sizes: &str) -> Self {
        Self { at: Some(at), sizes: sizes.into(), ..self }
    }

    /// More of it is better.
    pub fn more_is_better(self) -> Self {
        Self { better: Better::More, ..self }
    }

    /// Whether another one is of the same thing.
    pub fn is_of(&self, other: &Self) -> bool {
        (&self.group, &self.series, self.at, &self.unit) == (&other.group, &other.series, other.at, &other.unit)
    }

    /// How many times as good as before: above 1 is better, whichever way that is.
    pub fn gain(&self, before: &Self) -> f64 {
        match self.better {
            Better::Less => before.value / self.value,
            Better::More => self.value / before.value,
        }
    }
}

/// A run of the measurements.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// The processor and how many of it there are.
    pub machine: String,
    /// When it began.
    pub begun: Timestamp,
    /// The commit, with `+` where files differ from it.
    pub commit: String,
    /// Whether it was a quick one.
    pub quick: bool,
    /// How many processes were ready to run when it began: above nothing, others were measured, too.
    pub load: f64,
    /// What was found.
    pub figures: Vec<Figure>,
    /// What could not be measured, and why.
    pub left_out: Vec<(String, String)>,
}

impl Run {
    /// One that begins now.
    pub fn begun(quick: bool) -> Self {
        Self {
            machine: crate::place::machine(),
            begun: Timestamp::now(),
            commit: crate::place::commit(),
            quick,
            load: crate::place::load(),
            figures: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Its figures, series by series, in the order of measuring.
    pub fn series(&self) -> Vec<Vec<&Figure>> {
        let mut all: Vec<Vec<&Figure>> = Vec::new();
        for figure in &self.figures {
            let same = |of: &&mut Vec<&Figure>| {
                let first = of[0];
                (&first.group, &first.series, &first.unit) == (&figure.group, &figure.series, &figure.unit)
            };
            match all.iter_mut().find(same) {
                Some(of) => of.push(figure),
                None => all.push(vec![figure]),
            }
        }
        all
    }

    /// The same figure of this run.
    pub fn same(&self, figure: &Figure) -> Option<&Figure> {
        self.figures.iter().find(|other| other.is_of(figure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_is_above_one_whichever_way_is_better() {
        let ns = |value| Figure::new("a", "b", value, "ns");
        assert_eq!(ns(20.0).gain(&ns(40.0)), 2.0);
        let rate = |value| ns(value).more_is_better();
        assert_eq!(rate(20.0).gain(&rate(40.0)), 0.5);
    }
}

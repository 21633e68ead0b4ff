//! Budgets that refill: nobody is locked out for longer than it takes to earn the next request.

use super::Source;
use crate::config::Rate;
use std::collections::HashMap;
use std::time::Duration;

/// One budget, kept as the moment at which it is full again: a single number, whatever the rate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Budget {
    full_at: Duration,
}

impl Budget {
    /// Takes `amount`, or says how long it takes until that much is there. More than the whole budget counts as the
    /// whole.
    pub(crate) fn take(&mut self, now: Duration, amount: u32, rate: Rate) -> Result<(), Duration> {
        let each = Duration::from_secs(1) / rate.per_second.max(1);
        let whole = each * rate.burst.max(1);
        let full_at = self.full_at.max(now) + (each * amount).min(whole);
        let wait = full_at.saturating_sub(now).saturating_sub(whole);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.full_at = full_at;
        Ok(())
    }
}

/// A budget for each address, of boundedly many.
#[derive(Debug)]
pub(crate) struct Budgets {
    rate: Rate,
    addresses_max: usize,
    of: HashMap<Source, Budget>,
}

impl Budgets {
    /// All are full.
    pub(crate) fn new(rate: Rate, addresses_max: usize) -> Self {
        Self { rate, addresses_max: addresses_max.max(1), of: HashMap::new() }
    }

    /// Takes one from an address's budget, or says how long to wait.
    pub(crate) fn take(&mut self, now: Duration, source: Source) -> Result<(), Duration> {
        if !self.of.contains_key(&source) && self.of.len() >= self.addresses_max {
            self.forget(now);
        }
        self.of.entry(source).or_default().take(now, 1, self.rate)
    }

    /// Forgets full budgets, which are as good as none; where there are none, the one that has least to lose.
    fn forget(&mut self, now: Duration) {
        self.of.retain(|_, budget| budget.full_at > now);
        if self.of.len() >= self.addresses_max
            && let Some(fullest) = self.of.iter().min_by_key(|(_, budget)| budget.full_at).map(|(source, _)| *source)
        {
            self.of.remove(&fullest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    const T0: Duration = Duration::from_secs(1000);
    const RATE: Rate = Rate { per_second: 10, burst: 3 };

    fn source(n: u8) -> Source {
        Source::from(IpAddr::V4(Ipv4Addr::new(192, 0, 2, n)))
    }

    #[test]
    fn a_budget_refills_to_its_burst_and_says_when() {
        let mut budget = Budget::default();
        let mut take = |at: Duration| budget.take(at, 1, RATE);
        assert_eq!([0; 4].map(|_| take(T0).is_ok()), [true, true, true, false]);
        assert_eq!(take(T0 + Duration::from_millis(30)), Err(Duration::from_millis(70)));
        assert!(take(T0 + Duration::from_millis(100)).is_ok());
        assert!(take(T0 + Duration::from_millis(150)).is_err());
        let late = T0 + Duration::from_secs(60);
        assert_eq!([0; 4].map(|_| take(late).is_ok()), [true, true, true, false]);
        // A large thing costs as much as there can be, and can be had after a rest.
        let mut bytes = Budget::default();
        assert!(bytes.take(T0, 99, RATE).is_ok() && bytes.take(T0, 1, RATE).is_err());
    }

    #[test]
    fn addresses_have_budgets_of_their_own_and_few_are_remembered() {
        let mut budgets = Budgets::new(RATE, 2);
        for _ in 0..3 {
            budgets.take(T0, source(1)).unwrap();
        }
        assert!(budgets.take(T0, source(1)).is_err() && budgets.take(T0, source(2)).is_ok());
        // A third pushes out the one that has used least; the spent one stays remembered.
        assert!(budgets.take(T0, source(3)).is_ok());
        assert!(budgets.take(T0, source(1)).is_err() && budgets.of.len() == 2);
        assert!(budgets.take(T0 + Duration::from_secs(1), source(4)).is_ok());
        assert_eq!(budgets.of.len(), 1, "full budgets are forgotten");
    }
}

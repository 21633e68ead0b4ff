//! Whom the directory lists and no connection reaches. Sans-IO.
//!
//! The directory knows names and no ids, and it is late: somebody who just left may still be listed, somebody who just
//! came has no connection yet. So a name counts as out of reach when two questions in a row, the time for connecting
//! apart, find it listed and nobody of that name was ever met.

use room::api::PeerId;
use std::collections::BTreeMap;

/// People that are remembered; a room has fewer at a time.
const MET_MAX: usize = 256;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    met: BTreeMap<PeerId, String>,
    missing: Vec<String>,
}

impl Reach {
    /// Those who are in the room as this peer sees it, itself included.
    pub(crate) fn met<'a>(&mut self, people: impl Iterator<Item = (PeerId, &'a str)>) {
        for (id, name) in people {
            match self.met.get_mut(&id) {
                Some(known) if known == name => {}
                Some(known) => name.clone_into(known),
                None => {
                    if self.met.len() >= MET_MAX {
                        self.met.pop_first();
                    }
                    self.met.insert(id, name.to_owned());
                }
            }
        }
    }

    /// The directory lists these, this peer included, who has so many links: those of them who are out of reach.
    pub(crate) fn missing(&mut self, mut listed: Vec<String>, linked: usize) -> Vec<String> {
        if listed.len() <= linked + 1 {
            self.missing.clear();
            return Vec::new();
        }
        take(&mut listed, self.met.values());
        let mut before = std::mem::replace(&mut self.missing, listed.clone());
        listed.retain(|name| before.iter().position(|other| other == name).map(|i| before.swap_remove(i)).is_some());
        listed
    }
}

/// Takes each of these names out, once.
fn take<'a>(from: &mut Vec<String>, names: impl Iterator<Item = &'a String>) {
    for name in names {
        if let Some(i) = from.iter().position(|other| other == name) {
            from.swap_remove(i);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn after_meeting(people: &[(u128, &str)]) -> Reach {
        let mut reach = Reach::default();
        reach.met(people.iter().map(|(id, name)| (PeerId(*id), *name)));
        reach
    }

    #[test]
    fn whoever_stays_out_of_reach_is_named() {
        let mut reach = after_meeting(&[(1, "Me"), (2, "Anna")]);
        let all = listed(&["Anna", "Ben", "Me"]);
        assert!(reach.missing(all.clone(), 1).is_empty(), "Ben may be on the way");
        assert_eq!(reach.missing(all.clone(), 1), ["Ben"]);
        assert_eq!(reach.missing(all, 1), ["Ben"], "as long as it is so");
        assert!(reach.missing(listed(&["Anna", "Me", "Zoe"]), 1).is_empty(), "Ben has gone, Zoe is on the way");
    }

    #[test]
    fn whoever_leaves_is_not_out_of_reach_however_long_it_is_listed() {
        let mut reach = after_meeting(&[(1, "Me"), (2, "Anna"), (3, "Anna")]);
        // Both have left, and the directory does not know yet.
        for _ in 0..5 {
            assert!(reach.missing(listed(&["Anna", "Me", "Anna"]), 0).is_empty());
        }
        // A third of that name never arrived.
        let all = listed(&["Anna", "Anna", "Anna", "Me"]);
        assert!(reach.missing(all.clone(), 2).is_empty());
        assert_eq!(reach.missing(all, 2), ["Anna"]);
    }

    #[test]
    fn a_new_name_is_another_name_of_the_same() {
        let mut reach = after_meeting(&[(2, "Anna"), (2, "Anne")]);
        assert_eq!(reach.met.get(&PeerId(2)).map(String::as_str), Some("Anne"));
        (0..10_000).for_each(|i| reach.met([(PeerId(i), "x")].into_iter()));
        assert!(reach.met.len() <= MET_MAX);
    }
}

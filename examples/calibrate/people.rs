//! Who is who, as far as a list tells: pictures of one person are tied by the pairs that say so.

use std::collections::HashSet;

use crate::Failure;
use crate::table::{Problems, Table};

/// What stands behind the comparisons of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct People {
    /// How many there are. Pictures that no pair ties to another count as one person each.
    pub(crate) count: usize,
    /// How many different pairs of people the impostor comparisons are of.
    pub(crate) impostor_pairs: usize,
}

impl People {
    /// Counts them.
    ///
    /// Fails when the list contradicts itself: it says that two pictures show different people,
    /// and ties them to one person through others. One wrong label among thousands decides about
    /// the lowest rates.
    pub(crate) fn of(table: &Table) -> Result<Self, Failure> {
        let mut people = Sets::new(table.names.len());
        for pair in table.pairs.iter().filter(|pair| pair.same) {
            people.join(pair.a, pair.b);
        }
        let mut problems = Problems::default();
        let mut impostor_pairs = HashSet::new();
        for pair in table.pairs.iter().filter(|pair| !pair.same) {
            let (a, b) = (people.first(pair.a), people.first(pair.b));
            if a == b {
                let (a, b) = (table.name(pair.a), table.name(pair.b));
                problems.add(format!(
                    "`{a}` and `{b}` are different people by their own line, and one person by \
                     other lines"
                ));
            }
            impostor_pairs.insert((a.min(b), a.max(b)));
        }
        problems.none()?;
        let firsts = (0..table.names.len() as u32).filter(|it| people.first(*it) == *it);
        let count = firsts.count();
        Ok(Self {
            count,
            impostor_pairs: impostor_pairs.len(),
        })
    }
}

/// Disjoint sets of pictures, each known by one of them.
struct Sets(Vec<u32>);

impl Sets {
    fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    fn first(&mut self, mut of: u32) -> u32 {
        while self.0[of as usize] != of {
            let parent = self.0[of as usize];
            // Halves the path for whoever asks next.
            self.0[of as usize] = self.0[parent as usize];
            of = parent;
        }
        of
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.first(a), self.first(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Pair;

    fn table(pairs: &[(u32, u32, bool)]) -> Table {
        let pair = |&(a, b, same): &(u32, u32, bool)| Pair { a, b, same };
        Table {
            names: (0..6).map(|name| format!("{name}.jpg")).collect(),
            pairs: pairs.iter().map(pair).collect(),
            scores: Vec::new(),
        }
    }

    #[test]
    fn people_are_tied_through_others() {
        // 0 1 2 are one, 3 4 another, 5 a third.
        let pairs = [
            (2, 1, true),
            (0, 1, true),
            (3, 4, true),
            (0, 3, false),
            (2, 4, false),
        ];
        let people = People::of(&table(&pairs)).expect("consistent");
        assert_eq!((people.count, people.impostor_pairs), (3, 1));
    }

    #[test]
    fn contradictions_are_found() {
        let pairs = [(0, 1, true), (1, 2, true), (2, 0, false)];
        let error = People::of(&table(&pairs))
            .expect_err("contradictory")
            .to_string();
        assert!(
            error.contains("`2.jpg` and `0.jpg` are different people"),
            "{error}"
        );
    }
}

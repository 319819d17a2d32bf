//! Whether mutants prove the cases: each case has one that fails it, and which fails no other.

use std::fmt::Debug;

pub(super) struct Proof {
    /// Cases that no mutant was for.
    without: Vec<&'static str>,
    /// Mutants that failed other cases than they should.
    wrong: Vec<String>,
}

impl Proof {
    pub(super) fn of(cases: impl Iterator<Item = &'static str>) -> Self {
        Self {
            without: cases.collect(),
            wrong: Vec::new(),
        }
    }

    /// A mutant that does `how` for the case `name` and must fail it and those in `also`, of all
    /// that it was `asked`, in their order.
    pub(super) fn judge(
        &mut self,
        name: &str,
        how: impl Debug,
        also: &[&str],
        asked: impl Iterator<Item = &'static str>,
        failed: &[&str],
    ) {
        self.without.retain(|case| *case != name);
        let expected: Vec<_> = asked
            .filter(|case| *case == name || also.contains(case))
            .collect();
        if failed != expected {
            self.wrong.push(format!("{how:?} for {name}: {failed:?}"));
        }
    }

    pub(super) fn holds(self) {
        let Self { without, wrong } = self;
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(without.is_empty(), "cases without a mutant: {without:?}");
    }
}

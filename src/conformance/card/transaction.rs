//! Transactions of two handles on one card.

use std::time::Duration;

use super::{Bench, SELECT, select, send};
use crate::card::{CardConnection, Disposition};
use crate::conformance::report::{Case, Stop, Verdict};
use crate::conformance::run::{LATE, fails, in_time, works};
use crate::error::ErrorKind;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "transaction.excludes-others",
        rule: "While one handle has the card, another one's `begin_transaction` is `Busy` or \
               `TimedOut`, in time.",
        run: excludes_others,
    },
    Case {
        name: "transaction.holds-back-commands",
        rule: "While one handle has the card, another one's commands wait.",
        run: holds_back_commands,
    },
    Case {
        name: "transaction.abandoned-begin",
        rule: "A `begin_transaction` that was given up does not take the card later: once the \
               holder ends, others can have it.",
        run: abandoned_begin,
    },
    Case {
        name: "transaction.nested-is-refused",
        rule: "A second `begin_transaction` on the same handle is `InvalidInput`.",
        run: nested_is_refused,
    },
    Case {
        name: "transaction.drop-gives-back",
        rule: "Dropping a handle ends its transaction.",
        run: drop_gives_back,
    },
];

/// How long a handle waits for a card that another one has.
const SHORT: Duration = Duration::from_millis(300);

/// What a handle hears that waits in vain.
const HELD: &[ErrorKind] = &[ErrorKind::TimedOut, ErrorKind::Busy];

type Connection = Box<dyn CardConnection>;

/// Two handles, the first in a transaction.
fn one_has_it(bench: &mut Bench) -> Result<(Connection, Connection), Stop> {
    let (mut one, two) = (bench.connect()?, bench.connect()?);
    let wait = bench.ample();
    works("begin_transaction", one.begin_transaction(&wait))?;
    Ok((one, two))
}

fn end(one: &mut dyn CardConnection) -> Verdict {
    works("end_transaction", one.end_transaction(Disposition::Leave))
}

fn excludes_others(bench: &mut Bench) -> Verdict {
    let (mut one, mut two) = one_has_it(bench)?;
    let clock = bench.clock();
    let begun = clock.now();
    let second = two.begin_transaction(&bench.within(SHORT));
    fails("a second begin_transaction", second, HELD)?;
    in_time("a second begin_transaction", &clock, begun, SHORT + LATE)?;
    // The holder still has it.
    let wait = bench.ample();
    select(&mut *one, &wait)?;
    end(&mut *one)
}

fn holds_back_commands(bench: &mut Bench) -> Verdict {
    let (mut one, mut two) = one_has_it(bench)?;
    let held = send(&mut *two, SELECT, &bench.within(SHORT));
    fails("another handle's command", held, HELD)?;
    end(&mut *one)
}

fn abandoned_begin(bench: &mut Bench) -> Verdict {
    let (mut one, mut two) = one_has_it(bench)?;
    // That it fails, another case looks at.
    let _ = two.begin_transaction(&bench.within(SHORT));
    end(&mut *one)?;
    // Time for the abandoned call to get the card, and to give it back.
    let wait = bench.ample();
    works("a pause", wait.sleep(SHORT))?;
    let mut three = bench.connect()?;
    let third = three.begin_transaction(&bench.within(SHORT + LATE));
    works("begin_transaction, after another one was given up", third)?;
    end(&mut *three)
}

fn nested_is_refused(bench: &mut Bench) -> Verdict {
    let mut one = bench.connect()?;
    let wait = bench.ample();
    works("begin_transaction", one.begin_transaction(&wait))?;
    let nested = one.begin_transaction(&wait);
    fails(
        "a nested begin_transaction",
        nested,
        &[ErrorKind::InvalidInput],
    )?;
    end(&mut *one)
}

fn drop_gives_back(bench: &mut Bench) -> Verdict {
    let (one, _two) = one_has_it(bench)?;
    drop(one);
    // The drop may have cut the power: a transaction that is lost may have left a key open.
    let mut three = bench.connect()?;
    let begun = three.begin_transaction(&bench.within(Duration::from_secs(2)));
    works("begin_transaction, after the holder was dropped", begun)?;
    end(&mut *three)
}

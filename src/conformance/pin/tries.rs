//! What costs a try, on a test card alone.

use std::time::Duration;

use super::change::change_request;
use super::double::{Count, Listening};
use super::{Bench, Person, request};
use crate::apdu::{CommandApdu, StatusWord};
use crate::card::{CardConnection, Transaction};
use crate::conformance::report::{Case, Stop, Verdict, fail, skip};
use crate::conformance::run::{check, works};
use crate::error::Result;
use crate::pin::{self, ChangeOutcome, PinEntry, PinOutcome, PinPad, PinPath};
use crate::wait::Wait;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "pin.right-verifies",
        rule: "The right PIN is `Verified` and costs no try.",
        run: right_verifies,
    },
    Case {
        name: "pin.wrong-costs-one",
        rule: "A wrong PIN is `Rejected` with the tries left, and costs one.",
        run: wrong_costs_one,
    },
    Case {
        name: "pin.secure-hides-digits",
        rule: "The digits of a secure pad do not pass through the connection.",
        run: secure_hides_digits,
    },
];

/// Tries that must be left before one is spent: the wrong one and the right one that restores it
/// leave one for mistakes.
const ENOUGH: u8 = 3;

/// SELECT of the application with the PIN.
const SELECT: &[u8] = crate::conformance::card::SELECT;

/// How long the card itself may take.
const CARD: Duration = Duration::from_secs(10);

/// The test card in a transaction, its PIN's application selected and its tries counted. It loses
/// its power when this is dropped.
pub(super) struct Card {
    transaction: Transaction<Listening>,
    count: Count,
    left: u8,
}

impl Card {
    /// The card, unless so few tries are left that none may be spent.
    pub(super) fn open(bench: &mut Bench) -> Result<Self, Stop> {
        let mut card = Self::take(bench)?;
        card.left = card.query(&bench.within(CARD))?;
        if card.left < ENOUGH {
            return skip(format!("only {} tries are left on the card", card.left));
        }
        Ok(card)
    }

    fn take(bench: &mut Bench) -> Result<Self, Stop> {
        let count = Count::default();
        let inner = bench.test_card()?;
        let wait = bench.within(CARD);
        let listening = Listening {
            inner,
            count: count.clone(),
        };
        let begun = Transaction::begin(listening, &wait).map_err(|(_, error)| error);
        let mut card = Self {
            transaction: works("begin_transaction", begun)?,
            count,
            left: 0,
        };
        card.transaction.unpower_at_end();
        card.select(&wait)?;
        Ok(card)
    }

    fn select(&mut self, wait: &Wait) -> Verdict {
        let command = works("SELECT", CommandApdu::parse(SELECT))?;
        match works("SELECT", self.transaction.transmit(&command, wait))?.status() {
            StatusWord::OK => Ok(()),
            status => skip(format!("SELECT answered {status}: not a My Number Card")),
        }
    }

    /// VERIFY without data, which only asks for the counter.
    fn query(&mut self, wait: &Wait) -> Result<u8, Stop> {
        let command = works("the query", CommandApdu::short(request().header, &[], 0))?;
        let response = works("the query", self.transaction.transmit(&command, wait))?;
        match response.status().retries_left() {
            Some(left) => Ok(left),
            None => skip(format!(
                "the card does not tell its tries: {}",
                response.status()
            )),
        }
    }

    pub(super) fn verify(&mut self, pad: &mut dyn PinPad, wait: &Wait) -> Result<PinOutcome> {
        pin::verify(&mut self.transaction, pad, &request(), wait)
    }

    /// A change, which the person has to end before the new PIN.
    pub(super) fn change(&mut self, pad: &mut dyn PinPad, wait: &Wait) -> Result<ChangeOutcome> {
        pin::change(&mut self.transaction, pad, &change_request(), wait)
    }

    /// How many tries are gone since this was opened; the card is taken anew for that, because a
    /// verified key answers the query with 9000.
    fn lost(self, bench: &mut Bench) -> Result<u8, Stop> {
        let before = self.left;
        drop(self);
        let left = Self::take(bench)?.query(&bench.within(CARD))?;
        Ok(before.saturating_sub(left))
    }

    pub(super) fn lost_none(self, bench: &mut Bench) -> Verdict {
        let lost = self.lost(bench)?;
        check(lost == 0, format!("{lost} tries are gone"))
    }
}

/// Asks the person and verifies, in the order that the pad's path wants.
fn enter(bench: &mut Bench, card: &mut Card, does: Person) -> Result<PinOutcome, Stop> {
    let (mut pad, wait) = (bench.pad()?, bench.long());
    bench.person(does)?;
    let entry = works("prepare", pad.prepare(&request().prompt, &wait))?;
    check(entry == PinEntry::Ready, format!("prepare: {entry:?}"))?;
    works("verify", card.verify(&mut *pad, &wait))
}

fn right_verifies(bench: &mut Bench) -> Verdict {
    let mut card = Card::open(bench)?;
    match enter(bench, &mut card, Person::TypesRight)? {
        PinOutcome::Verified => card.lost_none(bench),
        outcome => fail(format!("the right PIN is {outcome:?}")),
    }
}

fn wrong_costs_one(bench: &mut Bench) -> Verdict {
    let mut card = Card::open(bench)?;
    let wanted = card.left - 1;
    let outcome = enter(bench, &mut card, Person::TypesWrong);
    let lost = card.lost(bench)?;
    // The right PIN gives the card its tries back, before anything is said.
    if lost == 1 {
        let mut card = Card::take(bench)?;
        drop(enter(bench, &mut card, Person::TypesRight)?);
    }
    check(lost == 1, format!("a wrong PIN costs {lost} tries"))?;
    match outcome? {
        PinOutcome::Rejected { retries_left } if retries_left == Some(wanted) => Ok(()),
        outcome => fail(format!(
            "a wrong PIN is {outcome:?}, {wanted} tries are left"
        )),
    }
}

fn secure_hides_digits(bench: &mut Bench) -> Verdict {
    bench.pad_of(PinPath::Secure)?;
    let mut card = Card::open(bench)?;
    drop(enter(bench, &mut card, Person::TypesRight)?);
    let seen = card.count.digits() + card.count.changes();
    card.lost_none(bench)?;
    check(
        seen == 0,
        format!("{seen} VERIFY with digits passed through the connection of a secure pad"),
    )
}

//! The conformance kit's cases for secure pads, on every make.

use std::sync::Arc;

use super::*;
use crate::conformance::Acted;
use crate::conformance::pin::{Person, PinBench, Tries};
use crate::time::Clock;

impl PinBench for Desk {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.shared()
    }

    fn pad(&mut self) -> Result<Box<dyn PinPad>> {
        Ok(Box::new(Desk::pad(self)))
    }

    fn person(&mut self, does: Person) -> Acted {
        match does {
            Person::TypesRight => self.keys.types("1234"),
            Person::TypesWrong => self.keys.types("9999"),
            Person::Cancels => self.keys.cancels_after(Duration::from_secs(1)),
            Person::DoesNothing => {}
            change @ (Person::TypesNewPin | Person::TypesTwoNewPins) => {
                return Acted::Impossible(format!("{change:?} is for host pads"));
            }
        }
        Acted::Done
    }

    fn clear(&mut self) {
        self.keys.clear();
    }

    fn card(&mut self) -> Result<Box<dyn CardConnection>> {
        Ok(self.connect())
    }
}

#[test]
fn every_make_passes_the_cases_for_secure_pads() {
    for product in PinPadProduct::ALL {
        let desk = desk(product);
        let card = desk.card.clone();
        let report = crate::conformance::pin::run(desk, Tries::TestCard, &mut |_| {});
        report.verdict().expect("it is a pad as pads should be");
        assert_eq!(card.tries_left(Key::AuthPin), 3);
        assert!(!card.is_unlocked());
    }
}

//! A phone that holds the card's certificate.

use std::collections::VecDeque;
use std::time::Duration;

use super::Government;
use crate::checkin::ports::{AuthAnswer, PhoneAnswer, PhoneReader, PinlessAuthenticator};
use crate::checkin::{Identified, Method, Proven, ProvenSet};
use crate::error::Result;
use crate::wait::Wait;

/// A phone at its reader: after a second it has verified its owner, unless the script says
/// otherwise.
#[derive(Debug)]
pub struct Phone {
    government: Government,
    certificate_expiry: Option<jiff::civil::Date>,
    script: VecDeque<PhoneAnswer>,
}

impl Phone {
    /// A phone with a certificate until this day, before `government`.
    #[must_use]
    pub fn new(government: Government, certificate_expiry: Option<jiff::civil::Date>) -> Self {
        Self {
            government,
            certificate_expiry,
            script: VecDeque::new(),
        }
    }

    /// What the next tap brings.
    pub fn answer(&mut self, answer: PhoneAnswer) {
        self.script.push_back(answer);
    }
}

impl PhoneReader for Phone {
    fn present(&mut self, method: Method, wait: &Wait) -> Result<PhoneAnswer> {
        wait.sleep(Duration::from_secs(1))?;
        let mut proven = ProvenSet::EMPTY.with(Proven::CertificatePossession);
        if method == Method::PhonePin {
            proven = proven.with(Proven::PinVerified);
        }
        Ok(self.script.pop_front().unwrap_or(PhoneAnswer::Verified {
            certificate_expiry: self.certificate_expiry,
            proven,
        }))
    }

    fn authenticate(&mut self, identified: &Identified, wait: &Wait) -> Result<AuthAnswer> {
        PinlessAuthenticator::authenticate(&mut self.government, identified, &[], wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Clock;
    use jiff::civil::date;

    #[test]
    fn a_phone_proves_what_its_method_needs_and_follows_its_script() {
        let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("a literal"));
        let _me = clock.enter();
        let wait = Wait::forever(clock.shared());
        let expiry = Some(date(2030, 2, 17));
        let mut phone = Phone::new(Government::new(7), expiry);
        phone.answer(PhoneAnswer::Unreadable);
        let tap = phone.present(Method::PhonePin, &wait).expect("an answer");
        assert_eq!(tap, PhoneAnswer::Unreadable);
        for (method, pin) in [(Method::PhonePin, true), (Method::PhoneBiometric, false)] {
            let tap = phone.present(method, &wait).expect("an answer");
            let PhoneAnswer::Verified {
                certificate_expiry,
                proven,
            } = tap
            else {
                unreachable!("{tap:?}")
            };
            assert_eq!(certificate_expiry, expiry);
            assert!(proven.contains(Proven::CertificatePossession));
            assert_eq!(proven.contains(Proven::PinVerified), pin);
        }
    }
}

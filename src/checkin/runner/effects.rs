//! What the machine wants done, done by the lanes.

use std::time::Duration;

use super::card::CardLane;
use super::face::FaceLane;
use super::office::OfficeLane;
use super::request::Request;
use super::scan::ScanLane;
use super::{Runner, Screen, screen};
use crate::checkin::{Answer, CardFaceAnswer, Effect, Method, Policy, Ticket};
use crate::error::Result;
use crate::wait::{CancelToken, Wait};

impl Runner {
    /// Has every lane forget the person.
    pub(super) fn end_session(&self) {
        self.settling.cancel();
        self.card.post(CardLane::end_session);
        if let Some(scan) = &self.scan {
            scan.post(ScanLane::forget);
        }
        self.stop_looking();
    }

    /// Has camera, engine and scanner get ready, where a face may be asked for.
    fn get_ready(&self, look_ahead: bool) {
        let offered = self.policy.methods.and(self.policy.context.methods());
        let (true, Some(face), Some(scan)) =
            (offered.contains(Method::Face), &self.face, &self.scan)
        else {
            return;
        };
        let (token, input) = (self.settling.clone(), self.input.clone());
        face.post(move |lane| lane.warm_up(&token, &input));
        if look_ahead {
            let token = self.settling.clone();
            scan.post(move |lane| lane.look_ahead(&token));
        }
    }

    pub(super) fn stop_looking(&self) {
        if let Some(face) = &self.face {
            face.post(FaceLane::rest);
        }
    }

    /// The request that is open from now on.
    fn open(&mut self, ticket: Ticket) -> Request {
        let until = self.clock.now() + self.longest;
        let request = Request::new(ticket, self.input.clone(), until);
        self.open = Some(request.clone());
        request
    }

    /// Has the office lane call a port.
    fn ask_office(
        &mut self,
        ticket: Ticket,
        call: impl FnOnce(&mut OfficeLane, &Wait) -> Result<Answer> + Send + 'static,
    ) {
        let request = self.open(ticket);
        self.office.post(move |lane| lane.ask(&request, call));
    }

    pub(super) fn carry_out(&mut self, effect: Effect, screen: &mut dyn Screen) {
        match effect {
            Effect::SettleCard { debounce } => {
                self.settling.cancel();
                self.settling = CancelToken::new();
                let (token, limit) = (self.settling.clone(), self.policy.deadlines.settling);
                let input = self.input.clone();
                self.card
                    .post(move |lane| lane.settle(debounce, limit, &token, &input));
                self.get_ready(true);
            }
            Effect::ReadCard(ticket) => {
                let request = self.open(ticket);
                self.card.post(move |lane| lane.read(&request));
            }
            Effect::ScanCardFace(ticket) => {
                let request = self.open(ticket);
                // Perhaps a second time: after another method, which stopped the camera.
                self.get_ready(false);
                match &self.scan {
                    Some(scan) => scan.post(move |lane| lane.scan(&request)),
                    None => request.answer(Answer::CardFace(CardFaceAnswer::Unreadable)),
                }
            }
            Effect::UnlockPortrait(ticket, value) => {
                let (request, face) = (self.open(ticket), self.face.clone());
                self.card
                    .post(move |lane| lane.unlock(request, value, face.as_ref()));
            }
            Effect::StartFace { ticket, .. } => {
                let request = self.open(ticket);
                if let Some(face) = &self.face {
                    face.post(move |lane| lane.attempt(&request));
                }
            }
            Effect::CollectPin(ticket) => {
                let request = self.open(ticket);
                // A token of its own: the challenge is wanted after the entry has ended.
                let stop = self.stop.clone();
                self.stop_looking();
                self.office.post(move |lane| lane.challenge(&stop));
                self.card.post(move |lane| lane.collect_pin(&request));
            }
            Effect::VerifyPin(ticket) => {
                let (request, card) = (self.open(ticket), self.card.clone());
                self.office.post(move |lane| lane.verify(request, &card));
            }
            Effect::ReleaseCard => {
                self.card.post(CardLane::lend);
            }
            Effect::ExternalPin(ticket) => {
                let request = self.open(ticket);
                self.stop_looking();
                let (office, card) = (self.office.clone(), self.card.clone());
                // Behind the release of the card, which the card lane carries out first.
                self.card.post(move |_| {
                    office.post(move |lane| lane.external_pin(request, &card));
                });
            }
            Effect::AwaitPhone { ticket, method } => {
                self.ask_office(ticket, move |lane, wait| lane.present_phone(method, wait));
            }
            Effect::AskStaffCode(ticket) => {
                let request = self.open(ticket);
                self.stop_looking();
                self.staff.post(move |lane| lane.ask(&request));
            }
            Effect::Authenticate(ticket, identified) => {
                self.stop_looking();
                self.ask_office(ticket, move |lane, wait| {
                    lane.authenticate(&identified, wait)
                });
            }
            Effect::Register(ticket, patient) => {
                self.ask_office(ticket, move |lane, wait| lane.register(&patient, wait));
            }
            Effect::Query(ticket, patient) => {
                self.ask_office(ticket, move |lane, wait| lane.query(&patient, wait));
            }
            Effect::Submit(ticket, patient, consents) => {
                self.ask_office(ticket, move |lane, wait| {
                    lane.submit(&patient, &consents, wait)
                });
            }
            Effect::ArmTimer(timer, at) => self.timer = Some((timer, at)),
            Effect::CancelTimer(timer) => self.timer = self.timer.filter(|(id, _)| *id != timer),
            Effect::Abandon(ticket) => {
                if let Some(request) = self.open.take_if(|open| open.ticket() == ticket) {
                    request.abandon();
                }
            }
            Effect::Wipe => {
                self.card.post(CardLane::wipe);
                if let Some(face) = &self.face {
                    face.post(FaceLane::wipe);
                }
            }
            Effect::PowerCycleCard => {
                self.stop_looking();
                self.card.post(CardLane::power_cycle);
            }
            shown => screen::show(shown, screen, &self.input),
        }
    }
}

/// How long any call may go on: what its state may last when everything was extended that can be.
/// The machine gives each of them up much earlier.
pub(super) fn longest(policy: &Policy) -> Duration {
    let deadlines = &policy.deadlines;
    let factor = deadlines.assist_factor.max(1);
    let times = factor.saturating_mul(u32::from(policy.budgets.extensions) + 1);
    let longest = [
        deadlines.reading,
        deadlines.unlocking,
        deadlines.face,
        deadlines.pin_entry.saturating_add(deadlines.pin_verifying),
        deadlines.staff_gate,
        deadlines.authenticating,
        deadlines.registering,
        deadlines.querying,
        deadlines.submitting,
    ];
    let longest = longest.into_iter().max().unwrap_or_default();
    longest.saturating_mul(times)
}

//! Where everything that happens arrives.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::checkin::{
    Answer, AssistProfile, ConsentAnswer, Event, Method, Papers, SiteMode, Ticket,
};
use crate::time::Wake;

/// The patient's and the staff's side of a session: buttons, not devices. Clones are the same.
#[derive(Clone, Debug)]
pub struct Input(Arc<Inbox>);

#[derive(Debug, Default)]
struct Inbox {
    events: Mutex<VecDeque<Event>>,
    arrived: Wake,
}

impl Input {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// Tells the session that something happened.
    pub fn send(&self, event: Event) {
        self.lock().push_back(event);
        self.0.arrived.notify();
    }

    /// The patient chose a method; before any card came, a phone.
    pub fn choose(&self, method: Method) {
        self.send(Event::Chosen(method));
    }

    /// The patient has no card, or one that cannot be used here.
    pub fn without_card(&self) {
        self.send(Event::WithoutCard);
    }

    /// The patient without a usable card said what is at hand.
    pub fn papers(&self, ticket: Ticket, papers: Papers) {
        self.answer(ticket, Answer::Papers(papers));
    }

    /// The patient answered a consent screen.
    pub fn consent(&self, ticket: Ticket, answer: ConsentAnswer) {
        self.answer(ticket, Answer::Consent(answer));
    }

    /// The patient answered the offer of registration.
    pub fn register(&self, ticket: Ticket, yes: bool) {
        self.answer(ticket, Answer::RegistrationChoice(yes));
    }

    /// The patient wants to stop, or to go back.
    pub fn cancel(&self) {
        self.send(Event::Cancel);
    }

    /// The patient wants help.
    pub fn call_staff(&self) {
        self.send(Event::CallStaff);
    }

    /// Staff compared the person with the printed photo.
    pub fn staff_decides(&self, same: bool) {
        self.send(Event::StaffDecision { same });
    }

    /// Somebody chose an assist profile.
    pub fn assist(&self, profile: AssistProfile) {
        self.send(Event::Assist(profile));
    }

    /// Staff switched the mode of the site.
    pub fn switch_mode(&self, mode: SiteMode) {
        self.send(Event::ModeChanged(mode));
    }

    /// The program is about to stop: a session that runs ends within
    /// [`Deadlines::shutdown`](crate::checkin::Deadlines::shutdown), its card locked, and no other
    /// begins. Drop the runner when its report has come.
    pub fn shut_down(&self) {
        self.send(Event::Shutdown);
    }

    fn answer(&self, ticket: Ticket, answer: Answer) {
        self.send(Event::Answer(ticket, answer));
    }

    pub(super) fn take(&self) -> Option<Event> {
        self.lock().pop_front()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub(super) fn arrived(&self) -> &Wake {
        &self.0.arrived
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Event>> {
        self.0.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

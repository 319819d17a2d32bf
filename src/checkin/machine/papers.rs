//! A patient without a card that can be used here: what is at hand decides how the counter goes on.

use super::{Credential, Effect, FailureCode, MessageId, Outcome, Phase, Run};
use crate::checkin::routes::{Fallback, Papers};

impl Run<'_> {
    pub(super) fn on_without_card(&mut self) {
        if self.state.phase != Phase::Idle {
            return self.ignore();
        }
        self.go(Phase::WithoutCard);
        self.open_session(Credential::Papers);
        self.ask_papers();
    }

    fn ask_papers(&mut self) {
        self.prompt(MessageId::AskPapers);
        let ticket = self.request();
        self.push(Effect::AskPapers(ticket));
    }

    pub(super) fn on_papers(&mut self, papers: Papers) {
        let open: Vec<_> = self
            .ways(FailureCode::WithoutCard)
            .into_iter()
            .filter(|way| papers.open(*way))
            .collect();
        let shown = |way: &Fallback| !matches!(way, Fallback::DisasterSearch | Fallback::PayInFull);
        let alone = papers.notice && !open.iter().any(shown);
        if alone && !self.state.session.papers_refused {
            // Said once: perhaps the card is in the bag after all.
            self.state.session.papers_refused = true;
            self.fail(FailureCode::NoticeNeedsCard);
            return self.ask_papers();
        }
        let reason = if alone {
            FailureCode::NoticeNeedsCard
        } else if open.iter().any(shown) {
            FailureCode::WithoutCard
        } else {
            FailureCode::NothingToShow
        };
        self.alert(reason);
        let routes = match open.is_empty() {
            true => vec![Fallback::PayInFull],
            false => open,
        };
        self.finish(Outcome::Fallback { reason, routes });
    }
}

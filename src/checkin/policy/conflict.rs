//! What a policy must not say.

use std::time::Duration;

use super::{PadPolicy, Policy};
use crate::checkin::consent::{ConsentItem, LimitInfoPolicy};
use crate::checkin::identity::Method;
use crate::checkin::routes::Fallback;

/// Why a [`Policy`] contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyConflict {
    /// Nobody could be identified.
    #[error("no method is both offered by the site and allowed in its context")]
    NoMethod,
    /// A state would end before anything can happen.
    #[error("the deadline `{0}` is zero")]
    ZeroDeadline(&'static str),
    /// No card would ever settle.
    #[error("the debounce time is not shorter than the deadline of settling")]
    DebounceTooLong,
    /// A factor of zero would take the time away from those who need more.
    #[error("the factor for people who need more time is zero")]
    ZeroAssistFactor,
    /// A method is offered that its budget forbids.
    #[error("`{method}` is offered, but the budget `{budget}` never lets anybody use it", method = .method.code())]
    BudgetForbids {
        /// The method.
        method: Method,
        /// The budget.
        budget: &'static str,
    },
    /// A session could not even begin to choose.
    #[error("the budget `choices` is zero")]
    NoChoice,
    /// The same information would be asked for twice.
    #[error("the consent screens ask twice for `{}`", .0.code())]
    AskedTwice(ConsentItem),
    /// A screen would be empty.
    #[error("consent screen {0} (from 0) has no item")]
    EmptyScreen(usize),
    /// The limit information is to be asked for, on no screen.
    #[error("the limit information is to be asked for, but no consent screen has it")]
    LimitNeverAsked,
    /// A consent would be over before it is sent.
    #[error("a consent is valid for no time")]
    ConsentOverAtOnce,
    /// Nobody could go on at the counter.
    #[error("there is no route to the counter that holds on every day and needs no portal")]
    NoLastingRoute,
    /// A route would hold on no day.
    #[error("the route `{}` ends before it begins", .0.code())]
    RouteEndsFirst(Fallback),
    /// Staff would wait for something that nobody looks for.
    #[error("staff are to hear of reported suspects, but nothing is looked at")]
    SuspectsNeverReported,
}

impl Policy {
    /// Whether the policy can be kept. A machine under a policy that contradicts itself still ends
    /// every session, but helps nobody.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check(&self) -> Result<(), PolicyConflict> {
        if self.methods.and(self.context.methods()).is_empty() {
            return Err(PolicyConflict::NoMethod);
        }
        self.check_deadlines()?;
        self.check_budgets()?;
        self.check_consents()?;
        self.check_routes()?;
        if self.pad == PadPolicy::Off && self.tell_staff_of_reported_suspects {
            return Err(PolicyConflict::SuspectsNeverReported);
        }
        Ok(())
    }

    fn check_deadlines(&self) -> Result<(), PolicyConflict> {
        let deadlines = &self.deadlines;
        let named = [
            ("settling", deadlines.settling),
            ("reading", deadlines.reading),
            ("choosing", deadlines.choosing),
            ("phone", deadlines.phone),
            ("papers", deadlines.papers),
            ("unlocking", deadlines.unlocking),
            ("face", deadlines.face),
            ("pin_entry", deadlines.pin_entry),
            ("pin_verifying", deadlines.pin_verifying),
            ("staff_gate", deadlines.staff_gate),
            ("staff_confirm", deadlines.staff_confirm),
            ("authenticating", deadlines.authenticating),
            ("registration_offer", deadlines.registration_offer),
            ("registering", deadlines.registering),
            ("querying", deadlines.querying),
            ("consenting", deadlines.consenting),
            ("submitting", deadlines.submitting),
            ("showing", deadlines.showing),
            ("reminder", deadlines.reminder),
        ];
        if let Some((name, _)) = named.iter().find(|(_, time)| *time == Duration::ZERO) {
            return Err(PolicyConflict::ZeroDeadline(name));
        }
        if deadlines.debounce >= deadlines.settling {
            return Err(PolicyConflict::DebounceTooLong);
        }
        if deadlines.assist_factor == 0 {
            return Err(PolicyConflict::ZeroAssistFactor);
        }
        Ok(())
    }

    fn check_budgets(&self) -> Result<(), PolicyConflict> {
        let budgets = &self.budgets;
        let offered = self.methods.and(self.context.methods());
        // The code has ten attempts, so a floor of ten is never exceeded.
        let floor = budgets.card_face_floor >= 10 && !self.allow_unknown_card_face_counter;
        for (method, budget, forbids) in [
            (Method::Face, "face_attempts", budgets.face_attempts == 0),
            (
                Method::Face,
                "card_face_values",
                budgets.card_face_values == 0,
            ),
            (Method::Face, "card_face_floor", floor),
            (Method::StaffVisual, "staff_codes", budgets.staff_codes == 0),
        ] {
            if forbids && offered.contains(method) {
                return Err(PolicyConflict::BudgetForbids { method, budget });
            }
        }
        if budgets.choices == 0 {
            return Err(PolicyConflict::NoChoice);
        }
        Ok(())
    }

    fn check_consents(&self) -> Result<(), PolicyConflict> {
        let consent = &self.consent;
        let mut seen = Vec::new();
        for (number, screen) in consent.screens.iter().enumerate() {
            if screen.is_empty() {
                return Err(PolicyConflict::EmptyScreen(number));
            }
            for item in screen {
                if seen.contains(item) {
                    return Err(PolicyConflict::AskedTwice(*item));
                }
                seen.push(*item);
            }
        }
        if consent.limit_info == LimitInfoPolicy::AskAfterConsent
            && !seen.contains(&ConsentItem::LimitInfo)
        {
            return Err(PolicyConflict::LimitNeverAsked);
        }
        if consent.valid_for == Duration::ZERO {
            return Err(PolicyConflict::ConsentOverAtOnce);
        }
        Ok(())
    }

    fn check_routes(&self) -> Result<(), PolicyConflict> {
        let ends_first = |from, until| matches!((from, until), (Some(a), Some(b)) if a > b);
        if let Some(route) = self
            .routes
            .iter()
            .find(|route| ends_first(route.from, route.until))
        {
            return Err(PolicyConflict::RouteEndsFirst(route.way));
        }
        let lasting = self.routes.iter().any(|route| {
            route.from.is_none()
                && route.until.is_none()
                && route.way != Fallback::PortalScreenWithCard
        });
        if lasting {
            Ok(())
        } else {
            Err(PolicyConflict::NoLastingRoute)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkin::identity::MethodSet;
    use crate::checkin::policy::ServiceContext;
    use crate::checkin::routes::Route;
    use jiff::civil::date;

    fn refused(change: impl FnOnce(&mut Policy)) -> PolicyConflict {
        let mut policy = Policy::default();
        change(&mut policy);
        policy.check().expect_err("a contradiction")
    }

    #[test]
    fn the_default_holds_in_every_context() {
        for context in [
            ServiceContext::Reception,
            ServiceContext::Pharmacy,
            ServiceContext::HomeVisit,
            ServiceContext::OnlineConsultation,
        ] {
            let policy = Policy {
                context,
                ..Policy::default()
            };
            assert_eq!(policy.check(), Ok(()), "{context:?}");
        }
    }

    #[test]
    fn contradictions_are_named() {
        use PolicyConflict as No;
        let face = MethodSet::EMPTY.with(Method::Face);
        let online = ServiceContext::OnlineConsultation;
        let none = refused(|it| (it.methods, it.context) = (face, online));
        assert_eq!(none, No::NoMethod);
        let zero = refused(|it| it.deadlines.querying = Duration::ZERO);
        assert_eq!(zero, No::ZeroDeadline("querying"));
        let debounce = refused(|it| it.deadlines.debounce = it.deadlines.settling);
        assert_eq!(debounce, No::DebounceTooLong);
        let factor = refused(|it| it.deadlines.assist_factor = 0);
        assert_eq!(factor, No::ZeroAssistFactor);
        let attempts = refused(|it| it.budgets.face_attempts = 0);
        assert_eq!(
            attempts.to_string(),
            "`face` is offered, but the budget `face_attempts` never lets anybody use it"
        );
        let (method, budget) = (Method::Face, "card_face_floor");
        let floor = refused(|it| it.budgets.card_face_floor = 10);
        assert_eq!(floor, No::BudgetForbids { method, budget });
        assert_eq!(refused(|it| it.budgets.choices = 0), No::NoChoice);
        let twice = refused(|it| it.consent.screens.push(vec![ConsentItem::Medication]));
        assert_eq!(twice, No::AskedTwice(ConsentItem::Medication));
        let empty = refused(|it| it.consent.screens.insert(0, Vec::new()));
        assert_eq!(empty, No::EmptyScreen(0));
        let limit = refused(|it| {
            it.consent.limit_info = LimitInfoPolicy::AskAfterConsent;
            it.consent.screens.remove(2);
        });
        assert_eq!(limit, No::LimitNeverAsked);
        let over = refused(|it| it.consent.valid_for = Duration::ZERO);
        assert_eq!(over, No::ConsentOverAtOnce);
        let portal = refused(|it| it.routes = vec![Route::always(Fallback::PortalScreenWithCard)]);
        assert_eq!(portal, No::NoLastingRoute);
        let first = refused(|it| {
            it.routes[0].from = Some(date(2026, 1, 2));
            it.routes[0].until = Some(date(2026, 1, 1));
        });
        assert_eq!(first, No::RouteEndsFirst(Fallback::PortalScreenWithCard));
        let suspects = refused(|it| {
            it.pad = PadPolicy::Off;
            it.tell_staff_of_reported_suspects = true;
        });
        assert_eq!(suspects, No::SuspectsNeverReported);
    }

    #[test]
    fn a_method_that_is_not_offered_needs_no_budget() {
        let mut policy = Policy::default();
        policy.methods = policy.methods.without(Method::Face);
        policy.budgets.face_attempts = 0;
        assert_eq!(policy.check(), Ok(()));
    }
}

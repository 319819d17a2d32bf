//! Which consents are asked, in which order, and what was answered.
//!
//! *Contract*: an item is `NotAsked` until a patient answers it in this session. Nothing is ever
//! granted by default, by time-out, by removal of the card or by an earlier visit.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::ports::BirthDate;
use super::validity::{Capability, age_at, attains_on};

/// A kind of information that a patient may share. The set is open: more kinds were added over
/// the years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ConsentItem {
    /// Past diagnoses and treatment.
    Diagnosis,
    /// Medicines, prescribed and dispensed.
    Medication,
    /// Results of the specific health check-up, asked from the age of 40.
    HealthCheckup,
    /// The monthly out-of-pocket ceiling.
    LimitInfo,
    /// The certificate of treatment of a specific disease.
    SpecificDisease,
    /// A kind that this crate does not know, by the code of the application.
    Other(&'static str),
}

impl ConsentItem {
    /// The stable name, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Diagnosis => "diagnosis",
            Self::Medication => "medication",
            Self::HealthCheckup => "health-checkup",
            Self::LimitInfo => "limit-info",
            Self::SpecificDisease => "specific-disease",
            Self::Other(code) => code,
        }
    }
}

/// Who is asked about the health check-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HealthCheckupGate {
    /// People of at least this age today. Nobody, if the age is not known.
    AgeToday(i16),
    /// People who attain this age by the end of the fiscal year (31 March).
    AgeAtFiscalYearEnd(i16),
    /// Everybody.
    AlwaysAsk,
    /// People for whom the government system says so.
    BackendDecides,
}

/// Whether the limit information is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitInfoPolicy {
    /// It is provided without a question (the practice since 7 October 2024).
    #[default]
    ProvidedWithoutAsking,
    /// It is asked after the other consents, as older readers do.
    AskAfterConsent,
}

/// How a site asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentPolicy {
    /// The screens in order, each with the items that it asks together.
    pub screens: Vec<Vec<ConsentItem>>,
    /// Who is asked about the health check-up.
    pub health_checkup: HealthCheckupGate,
    /// Whether the limit information is asked.
    pub limit_info: LimitInfoPolicy,
    /// One question for all medical information first; asking for detail splits it.
    pub blanket: bool,
    /// How long a consent holds (24 hours).
    pub valid_for: Duration,
}

impl Default for ConsentPolicy {
    fn default() -> Self {
        use ConsentItem::{Diagnosis, HealthCheckup, LimitInfo, Medication, SpecificDisease};
        Self {
            screens: vec![
                vec![Diagnosis, Medication],
                vec![HealthCheckup],
                vec![LimitInfo],
                vec![SpecificDisease],
            ],
            health_checkup: HealthCheckupGate::AgeToday(40),
            limit_info: LimitInfoPolicy::default(),
            blanket: false,
            valid_for: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// What is known about the patient when the plan is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// The patient's birth date, from the chip or from the government system.
    pub birth: Option<BirthDate>,
    /// Today in Japan; `None` when the clock is not believed.
    pub today: Option<Date>,
    /// What the government system says about the health check-up.
    pub health_checkup: Option<bool>,
}

/// One screen of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentStep {
    /// The items that one answer decides.
    pub items: Vec<ConsentItem>,
}

/// The screens that a session shows, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsentPlan {
    steps: Vec<ConsentStep>,
    provided: Vec<ConsentItem>,
}

impl ConsentPlan {
    /// The plan for a card of `capability`. In the grace period no medical information flows, so
    /// nothing is asked.
    #[must_use]
    pub fn new(policy: &ConsentPolicy, capability: Capability, asked: Asked) -> Self {
        if capability != Capability::Full {
            return Self::default();
        }
        let mut plan = Self::default();
        for screen in &policy.screens {
            let mut items = Vec::new();
            for item in screen.iter().copied() {
                match item {
                    ConsentItem::LimitInfo
                        if policy.limit_info == LimitInfoPolicy::ProvidedWithoutAsking =>
                    {
                        plan.provided.push(item);
                    }
                    ConsentItem::HealthCheckup if !asks_health_checkup(policy, asked) => {}
                    _ => items.push(item),
                }
            }
            if !items.is_empty() {
                plan.steps.push(ConsentStep { items });
            }
        }
        if policy.blanket {
            plan.merge_medical();
        }
        plan
    }

    /// Puts all medical information on the first medical screen.
    fn merge_medical(&mut self) {
        let medical = |item: &ConsentItem| {
            !matches!(item, ConsentItem::LimitInfo | ConsentItem::SpecificDisease)
        };
        let all: Vec<_> = self
            .steps
            .iter()
            .flat_map(|step| step.items.iter().copied())
            .filter(medical)
            .collect();
        for step in &mut self.steps {
            step.items.retain(|item| !medical(item));
        }
        self.steps.retain(|step| !step.items.is_empty());
        if !all.is_empty() {
            self.steps.insert(0, ConsentStep { items: all });
        }
    }

    /// The screens.
    #[must_use]
    pub fn steps(&self) -> &[ConsentStep] {
        &self.steps
    }

    /// Items that are provided without a question. They are not consents.
    #[must_use]
    pub fn provided(&self) -> &[ConsentItem] {
        &self.provided
    }

    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Splits screen `step` into one per item; `false` if it has only one.
    pub(super) fn split(&mut self, step: usize) -> bool {
        let Some(items) = self.steps.get(step).map(|step| step.items.clone()) else {
            return false;
        };
        if items.len() < 2 {
            return false;
        }
        let single = items
            .into_iter()
            .map(|item| ConsentStep { items: vec![item] });
        self.steps.splice(step..=step, single);
        true
    }
}

fn asks_health_checkup(policy: &ConsentPolicy, asked: Asked) -> bool {
    let known = asked.birth.map(BirthDate::date).zip(asked.today);
    match policy.health_checkup {
        HealthCheckupGate::AgeToday(age) => {
            known.is_some_and(|(birth, today)| age_at(birth, today) >= age)
        }
        HealthCheckupGate::AgeAtFiscalYearEnd(age) => known.is_some_and(|(birth, today)| {
            let year = if today.month() >= 4 {
                today.year() + 1
            } else {
                today.year()
            };
            Date::new(year, 3, 31).is_ok_and(|end| attains_on(birth, age) <= end)
        }),
        HealthCheckupGate::AlwaysAsk => true,
        HealthCheckupGate::BackendDecides => asked.health_checkup == Some(true),
    }
}

/// What became of one item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Consent {
    /// Nobody asked, or nobody answered.
    #[default]
    NotAsked,
    /// The patient said no: an ordinary visit, not an error.
    Refused,
    /// The patient said yes.
    Granted {
        /// When.
        at: Timestamp,
        /// Until when it holds.
        valid_until: Timestamp,
    },
}

/// Every item of a plan and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsentRecord(Vec<(ConsentItem, Consent)>);

impl ConsentRecord {
    /// All items of `plan`, not asked yet.
    pub(super) fn of(plan: &ConsentPlan) -> Self {
        let items = plan.steps.iter().flat_map(|step| step.items.iter());
        Self(items.map(|item| (*item, Consent::NotAsked)).collect())
    }

    /// Writes one answer for `items`.
    pub(super) fn answer(
        &mut self,
        items: &[ConsentItem],
        yes: bool,
        at: Timestamp,
        valid_for: Duration,
    ) {
        let consent = if yes {
            let valid_until = at.saturating_add(valid_for).unwrap_or(at);
            Consent::Granted { at, valid_until }
        } else {
            Consent::Refused
        };
        for (item, state) in &mut self.0 {
            if items.contains(item) {
                *state = consent;
            }
        }
    }

    /// Forgets every answer.
    pub(super) fn clear(&mut self) {
        self.0
            .iter_mut()
            .for_each(|(_, consent)| *consent = Consent::NotAsked);
    }

    /// What became of `item`; items outside the plan were not asked.
    #[must_use]
    pub fn consent(&self, item: ConsentItem) -> Consent {
        self.0
            .iter()
            .find(|(own, _)| *own == item)
            .map_or(Consent::NotAsked, |(_, consent)| *consent)
    }

    /// All items of the plan, in order.
    pub fn iter(&self) -> impl Iterator<Item = (ConsentItem, Consent)> {
        self.0.iter().copied()
    }

    /// Whether anything was granted.
    #[must_use]
    pub fn has_granted(&self) -> bool {
        self.0
            .iter()
            .any(|(_, consent)| matches!(consent, Consent::Granted { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn asks(birth: Date, today: Date, gate: HealthCheckupGate) -> bool {
        let policy = ConsentPolicy {
            health_checkup: gate,
            ..ConsentPolicy::default()
        };
        let asked = Asked {
            birth: Some(BirthDate::new(birth)),
            today: Some(today),
            health_checkup: None,
        };
        let plan = ConsentPlan::new(&policy, Capability::Full, asked);
        ConsentRecord::of(&plan)
            .iter()
            .any(|(item, _)| item == ConsentItem::HealthCheckup)
    }

    #[test]
    fn the_check_up_is_asked_from_the_fortieth_birthday() {
        let gate = HealthCheckupGate::AgeToday(40);
        assert!(!asks(date(1985, 6, 1), date(2025, 5, 31), gate));
        assert!(asks(date(1985, 6, 1), date(2025, 6, 1), gate));
        assert!(!asks(date(1984, 2, 29), date(2024, 2, 28), gate));
        assert!(asks(date(1984, 2, 29), date(2024, 2, 29), gate));
        let year = HealthCheckupGate::AgeAtFiscalYearEnd(40);
        assert!(asks(date(1986, 3, 31), date(2025, 4, 1), year));
        assert!(
            asks(date(1986, 4, 1), date(2025, 4, 1), year),
            "attained on the eve, 31 March"
        );
        assert!(!asks(date(1986, 4, 2), date(2026, 3, 31), year));
    }

    #[test]
    fn an_unknown_age_is_not_asked_about() {
        let plan = ConsentPlan::new(
            &ConsentPolicy::default(),
            Capability::Full,
            Asked::default(),
        );
        assert_eq!(
            plan.steps()
                .iter()
                .flat_map(|step| step.items.clone())
                .collect::<Vec<_>>(),
            [
                ConsentItem::Diagnosis,
                ConsentItem::Medication,
                ConsentItem::SpecificDisease
            ]
        );
        assert_eq!(plan.provided(), [ConsentItem::LimitInfo]);
        let policy = ConsentPolicy {
            health_checkup: HealthCheckupGate::BackendDecides,
            ..ConsentPolicy::default()
        };
        let asked = Asked {
            health_checkup: Some(true),
            ..Asked::default()
        };
        assert_eq!(
            ConsentPlan::new(&policy, Capability::Full, asked)
                .steps()
                .len(),
            3
        );
    }

    #[test]
    fn nothing_is_asked_without_full_capability() {
        for capability in [Capability::EligibilityOnly, Capability::None] {
            let plan = ConsentPlan::new(&ConsentPolicy::default(), capability, Asked::default());
            assert!(plan.is_empty() && plan.provided().is_empty());
        }
    }

    #[test]
    fn the_limit_is_asked_where_the_policy_says_so() {
        let policy = ConsentPolicy {
            limit_info: LimitInfoPolicy::AskAfterConsent,
            ..ConsentPolicy::default()
        };
        let plan = ConsentPlan::new(&policy, Capability::Full, Asked::default());
        assert_eq!(plan.steps()[1].items, [ConsentItem::LimitInfo]);
    }

    #[test]
    fn a_blanket_question_splits_into_its_items() {
        let policy = ConsentPolicy {
            blanket: true,
            health_checkup: HealthCheckupGate::AlwaysAsk,
            ..ConsentPolicy::default()
        };
        let mut plan = ConsentPlan::new(&policy, Capability::Full, Asked::default());
        assert_eq!(plan.steps()[0].items.len(), 3);
        assert!(plan.split(0));
        assert_eq!(plan.steps().len(), 4);
        assert!(!plan.split(0));
    }

    #[test]
    fn a_consent_holds_for_a_day() {
        let policy = ConsentPolicy::default();
        let plan = ConsentPlan::new(&policy, Capability::Full, Asked::default());
        let mut record = ConsentRecord::of(&plan);
        assert!(!record.has_granted());
        let at: Timestamp = "2026-11-22T01:00:00Z".parse().expect("a literal");
        record.answer(&[ConsentItem::Diagnosis], true, at, policy.valid_for);
        record.answer(&[ConsentItem::Medication], false, at, policy.valid_for);
        let valid_until = "2026-11-23T01:00:00Z".parse().expect("a literal");
        assert_eq!(
            record.consent(ConsentItem::Diagnosis),
            Consent::Granted { at, valid_until }
        );
        assert_eq!(record.consent(ConsentItem::Medication), Consent::Refused);
        assert_eq!(
            record.consent(ConsentItem::HealthCheckup),
            Consent::NotAsked
        );
    }
}

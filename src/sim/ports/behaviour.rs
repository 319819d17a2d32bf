//! How a service behaves, and who is told that it was called.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::checkin::ports::UpstreamOutage;
use crate::error::{ErrorKind, Result};
use crate::time::Timestamp;
use crate::wait::Wait;

/// How a service behaves for one call, or from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Behaviour {
    /// Answers after three to seven seconds, as the real system usually does.
    #[default]
    Usual,
    /// Answers after this time.
    After(Duration),
    /// Answers after this time although its caller stopped waiting long before: a service that
    /// breaks the contract of [`Wait`].
    Deaf(Duration),
    /// Never answers: the call ends with its wait.
    Never,
    /// Fails at once with this kind of error.
    Fails(ErrorKind),
    /// Answers that a part of the government side is out.
    Outage(UpstreamOutage),
    /// The same until this time on the caller's clock; from then on as usual.
    OutageUntil(UpstreamOutage, Timestamp),
    /// Answers, and wrongly: refuses whoever is in order and knows nobody.
    Wrongly,
}

/// What an answer is to say, once its time has passed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Right,
    Wrong,
    Out(UpstreamOutage),
}

impl Behaviour {
    /// Lets the time of a call pass; `usual` is what the usual behaviour takes.
    pub(super) fn pass(self, usual: Duration, wait: &Wait) -> Result<Mood> {
        match self {
            Self::Usual => wait.sleep(usual)?,
            Self::After(delay) => wait.sleep(delay)?,
            Self::Deaf(delay) => Wait::forever(wait.clock().clone()).sleep(delay)?,
            Self::Never => never(wait)?,
            Self::Fails(kind) => return Err(kind.into()),
            Self::Outage(outage) => {
                wait.sleep(usual)?;
                return Ok(Mood::Out(outage));
            }
            Self::OutageUntil(outage, end) => {
                wait.sleep(usual)?;
                if wait.clock().now() < end {
                    return Ok(Mood::Out(outage));
                }
            }
            Self::Wrongly => {
                wait.sleep(usual)?;
                return Ok(Mood::Wrong);
            }
        }
        Ok(Mood::Right)
    }
}

/// Sleeps for as long as the caller waits.
fn never(wait: &Wait) -> Result<()> {
    loop {
        wait.sleep(Duration::from_secs(3600))?;
    }
}

/// A call of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PortCall {
    /// What the card is to sign was asked for.
    Challenge,
    /// A patient is to be authenticated.
    Authenticate,
    /// Other software is to take the PIN.
    ExternalPin,
    /// A card is to be registered.
    Register,
    /// Eligibility was asked for.
    Query,
    /// Consents were handed over.
    Submit,
    /// Staff were asked for their pass code.
    Authorise,
    /// The card's face was looked at.
    Scan,
}

type Called = Arc<dyn Fn(PortCall) + Send + Sync>;

/// Who is told of every call of a port, on the thread that calls and before anything is done about
/// it: a test makes something go wrong at just that moment. Clones tell the same.
#[derive(Clone, Default)]
pub struct Observer(Option<Called>);

impl Observer {
    /// Tells `called`.
    pub fn new(called: impl Fn(PortCall) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(called)))
    }

    pub(super) fn tell(&self, call: PortCall) {
        if let Some(called) = &self.0 {
            called(call);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Observer({})",
            if self.0.is_some() { "some" } else { "none" }
        )
    }
}

//! Who is there, for watches of cameras that have to look.

use std::sync::Arc;
use std::time::Duration;

use crate::camera::CameraEvent;
use crate::device::DeviceInfo;
use crate::error::{ErrorKind, Result};
use crate::time::{Clock, Timestamp};

/// How long something that was just plugged in may fail to say what it is. Platforms list it before its
/// permissions are set and before all of it is there.
const SPEECHLESS: Duration = Duration::from_secs(5);

/// What is listed, by place, and what was found there.
pub(super) struct Census<P> {
    known: Vec<Known<P>>,
    clock: Arc<dyn Clock>,
}

struct Known<P> {
    place: P,
    found: Found,
}

enum Found {
    /// The camera that was told of.
    Camera(DeviceInfo),
    /// Not a camera, or something that did not say so in time.
    Nothing,
    /// It was asked in vain, since then.
    Speechless(Timestamp),
}

impl<P: PartialEq + Clone> Census<P> {
    /// Nobody is known.
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Self {
        Self {
            known: Vec::new(),
            clock: clock.clone(),
        }
    }

    /// What there is to tell next of `places`, which are all that are listed; `identify` tells which camera
    /// there is, if that is one. Who left comes first: its socket may be taken again.
    pub(super) fn news(
        &mut self,
        places: Vec<P>,
        mut identify: impl FnMut(&P) -> Result<Option<DeviceInfo>>,
    ) -> Option<CameraEvent> {
        let is_gone = |known: &Known<P>| !places.contains(&known.place);
        while let Some(gone) = self.known.iter().position(is_gone) {
            if let Found::Camera(camera) = self.known.swap_remove(gone).found {
                return Some(CameraEvent::CameraRemoved(camera.id));
            }
        }
        for place in places {
            let at = self.known.iter().position(|known| known.place == place);
            let since = match at.map(|at| &self.known[at].found) {
                None => self.clock.now(),
                Some(Found::Speechless(since)) => *since,
                Some(Found::Camera(_) | Found::Nothing) => continue,
            };
            let (found, told) = match identify(&place) {
                Ok(Some(camera)) => (Found::Camera(camera.clone()), Some(camera)),
                Ok(None) => (Found::Nothing, None),
                // What is listed before it can be opened: its permissions, or it itself, come later.
                Err(error) if is_not_open_yet(error.kind()) => continue,
                Err(_) if self.clock.now().since(since) < SPEECHLESS => {
                    (Found::Speechless(since), None)
                }
                Err(_) => (Found::Nothing, None),
            };
            match at {
                Some(at) => self.known[at].found = found,
                None => self.known.push(Known { place, found }),
            }
            if let Some(camera) = told {
                return Some(CameraEvent::CameraAdded(camera));
            }
        }
        None
    }
}

fn is_not_open_yet(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::PermissionDenied | ErrorKind::Disconnected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim;
    use crate::wait::Wait;

    /// What `identify` says of the only place, each second, and what is told of it.
    fn told(said: &[fn() -> Result<Option<DeviceInfo>>]) -> Vec<bool> {
        let clock = sim::Clock::starting_at("2026-11-23T00:00:00Z".parse().expect("literal"));
        let clock = clock.shared();
        let mut census = Census::new(&clock);
        let wait = Wait::forever(clock.clone());
        said.iter()
            .map(|said| {
                let event = census.news(vec![1], |_| said());
                wait.sleep(Duration::from_secs(1)).expect("for ever");
                matches!(event, Some(CameraEvent::CameraAdded(_)))
            })
            .collect()
    }

    fn camera() -> Result<Option<DeviceInfo>> {
        Ok(Some(DeviceInfo::new("test", "camera")))
    }

    fn nothing() -> Result<Option<DeviceInfo>> {
        Ok(None)
    }

    fn disorder() -> Result<Option<DeviceInfo>> {
        Err(ErrorKind::Protocol.into())
    }

    fn absent() -> Result<Option<DeviceInfo>> {
        Err(ErrorKind::Disconnected.into())
    }

    fn refused() -> Result<Option<DeviceInfo>> {
        Err(ErrorKind::PermissionDenied.into())
    }

    #[test]
    fn a_camera_is_told_once() {
        assert_eq!(told(&[camera, camera]), [true, false]);
    }

    #[test]
    fn what_is_no_camera_is_not_asked_again() {
        assert_eq!(told(&[nothing, camera]), [false, false]);
    }

    #[test]
    fn what_cannot_say_what_it_is_is_asked_again_for_a_while() {
        assert_eq!(told(&[disorder, disorder, camera]), [false, false, true]);
        let in_vain = [
            disorder, disorder, disorder, disorder, disorder, disorder, camera,
        ];
        assert_eq!(told(&in_vain), [false; 7]);
    }

    #[test]
    fn who_is_kept_out_is_asked_for_ever() {
        let late = [
            refused, refused, refused, refused, refused, refused, refused, camera,
        ];
        assert_eq!(told(&late).last(), Some(&true));
    }

    #[test]
    fn what_is_listed_before_it_is_there_is_asked_for_ever() {
        let late = [
            absent, absent, absent, absent, absent, absent, absent, camera,
        ];
        assert_eq!(told(&late).last(), Some(&true));
    }

    #[test]
    fn who_left_is_told_before_who_came() {
        let clock = sim::Clock::starting_at("2026-11-23T00:00:00Z".parse().expect("literal"));
        let mut census = Census::new(&clock.shared());
        let identify = |place: &u32| Ok(Some(DeviceInfo::new("test", place.to_string())));
        census.news(vec![1], identify).expect("told");
        let [first, second, third] = [0; 3].map(|_| census.news(vec![2], identify));
        assert!(matches!(first, Some(CameraEvent::CameraRemoved(_))));
        assert!(matches!(second, Some(CameraEvent::CameraAdded(_))));
        assert!(third.is_none());
    }
}

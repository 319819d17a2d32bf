//! The files that are shipped, also where there is no folder of them.

use super::model::Scenario;
use super::section::FormatError;

macro_rules! shipped {
    ($($name:literal,)*) => {
        /// Names and texts.
        const SHIPPED: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../scenarios/", $name, ".toml"))),)*
        ];
    };
}

shipped! {
    "camera-replaced",
    "camera-stalls",
    "card-expired",
    "card-left-behind",
    "card-mute",
    "card-not-genuine",
    "card-pulled-during-pin",
    "consents-refused",
    "dark-then-light",
    "face-only-card",
    "face-right",
    "face-stranger-then-pin",
    "pin-blocked",
    "pin-cancelled",
    "pin-last-try",
    "pin-on-the-reader",
    "pin-right",
    "pin-wrong-then-right",
    "reader-unplugged",
    "service-restarted",
    "two-patients",
}

impl Scenario {
    /// Every file that is shipped, in the order of their names.
    ///
    /// # Errors
    /// None that a test would not have found.
    pub fn shipped() -> Result<Vec<Self>, FormatError> {
        let parse = |(name, text): &(&str, &str)| Self::parse(&format!("{name}.toml"), text);
        SHIPPED.iter().map(parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_list_is_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let folder = Scenario::read_all(&folder).expect("well-formed");
        assert_eq!(Scenario::shipped().expect("well-formed"), folder);
    }
}

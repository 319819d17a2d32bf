//! Every result that there is, under a code that never changes.
//!
//! A code is what somebody on the telephone reads out. It is never given another meaning, and a
//! number that is no longer used is not used again: new results go to the end of their area.
#![allow(
    dead_code,
    reason = "which results there can be depends on the drivers built in"
)]

use std::fmt;

/// What a result means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    Ok,
    Wrong,
    NotChecked,
}

impl Verdict {
    /// Stable name.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wrong => "wrong",
            Self::NotChecked => "not-checked",
        }
    }
}

/// One kind of result.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// `MH-AREA-NUMBER`.
    pub(crate) id: &'static str,
    pub(crate) verdict: Verdict,
    /// What is so.
    pub(crate) what: &'static str,
    /// What to do about it; empty if nothing is to be done.
    pub(crate) next_step: &'static str,
}

impl Code {
    /// The middle of the code, in small letters.
    pub(crate) fn area(&self) -> String {
        let area = self.id.split('-').nth(1).unwrap_or_default();
        area.to_lowercase()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// Makes a constant of each row, and the list of all of them.
macro_rules! codes {
    ($($name:ident = $id:literal, $verdict:ident, $what:literal, $next_step:literal;)*) => {
        $(pub(crate) const $name: Code = Code {
            id: $id,
            verdict: Verdict::$verdict,
            what: $what,
            next_step: $next_step,
        };)*

        /// All of them.
        pub(crate) const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    SERVICE_ANSWERS = "MH-SERVICE-01", Ok, "The smart-card service answers", "";
    SERVICE_STOPPED = "MH-SERVICE-02", Wrong, "The smart-card service does not run",
        "Install and start it (Debian: apt-get install pcscd libccid, systemctl enable --now \
         pcscd.socket)";
    SERVICE_SILENT = "MH-SERVICE-03", Wrong, "The smart-card service does not answer",
        "Restart it (systemctl restart pcscd); if it hangs again, unplug the readers first";
    SERVICE_REFUSES = "MH-SERVICE-04", Wrong, "The smart-card service refuses this user",
        "Allow the user of this program to use it (polkit: org.debian.pcsc-lite.access_pcsc)";
    SERVICE_FAILS = "MH-SERVICE-05", Wrong, "The smart-card service reports an error",
        "Restart it, and send this page to support if that does not help";
    SERVICE_NOT_BUILT = "MH-SERVICE-06", NotChecked,
        "This program was built without the driver for the service",
        "Build it with --features pcsc (Debian: apt-get install libpcsclite-dev pkg-config)";
    SERVICE_NOT_NEEDED = "MH-SERVICE-07", Ok, "Readers are driven over USB, without a service", "";
    USB_NOT_BUILT = "MH-SERVICE-08", NotChecked,
        "This program was built without the driver for readers on USB",
        "Build it with --features ccid";
    USB_FAILS = "MH-SERVICE-09", Wrong, "The USB of this machine cannot be looked at",
        "Send this page to support";

    READER_ANSWERS = "MH-READER-01", Ok, "The reader answers", "";
    READER_NONE = "MH-READER-02", Wrong, "No reader is attached",
        "Attach one; if one is attached, try another cable and another port";
    READER_UNLISTED = "MH-READER-03", Wrong, "A reader is on USB, and the service does not list it",
        "Install the driver that the service needs for it";
    READER_SILENT = "MH-READER-04", Wrong, "The reader is listed and does not answer",
        "Unplug it and plug it in again; close other programs that use it";
    READER_NOT_ASKED = "MH-READER-05", NotChecked, "No reader could be asked",
        "See what is said of the service";

    CARD_READABLE = "MH-CARD-01", Ok,
        "A My Number Card is there, and its certificate can be read without a PIN", "";
    CARD_ABSENT = "MH-CARD-02", NotChecked, "No card is in the reader",
        "Insert a My Number Card and start again, to check that it can be read";
    CARD_MUTE = "MH-CARD-03", Wrong, "The card does not answer",
        "Take it out, look at its chip, and insert it again the right way round";
    CARD_BUSY = "MH-CARD-04", Wrong, "Another program uses the card for itself",
        "Close that program";
    CARD_OTHER = "MH-CARD-05", Wrong, "The card is not a My Number Card",
        "Insert a My Number Card";
    CARD_UNREADABLE = "MH-CARD-06", Wrong, "The card's certificate cannot be read",
        "Try another card; if that one is read, this one needs the municipal office";
    CARD_LOST = "MH-CARD-07", Wrong, "The card or the reader went away",
        "Insert the card, leave it in, and start again";
    CARD_NOT_ASKED = "MH-CARD-08", NotChecked, "There is no reader to look for a card in",
        "See what is said of the readers";
    CARD_NEEDS_PIN = "MH-CARD-09", Ok,
        "A phone or another token is there, which shows its certificate only after a PIN", "";

    CAMERA_SEES = "MH-CAMERA-01", Ok, "The camera gives pictures", "";
    CAMERA_NONE = "MH-CAMERA-02", Wrong, "No camera is attached",
        "Attach one; if one is attached, try another cable and another port";
    CAMERA_BUSY = "MH-CAMERA-03", Wrong, "Another program uses the camera", "Close that program";
    CAMERA_REFUSED = "MH-CAMERA-04", Wrong, "The operating system refuses access to the camera",
        "Allow the user of this program to use cameras (Linux: the group `video`)";
    CAMERA_SILENT = "MH-CAMERA-05", Wrong, "The camera sends no picture",
        "Unplug it and plug it in again, at a port of its own";
    CAMERA_NO_MODE = "MH-CAMERA-06", Wrong, "The camera has no mode that this program can use",
        "Use another camera";
    CAMERA_DARK = "MH-CAMERA-07", Wrong, "The picture is dark",
        "Take off the cover of the camera, and switch on the light";
    CAMERA_WHITE = "MH-CAMERA-08", Wrong, "The picture is washed out",
        "Turn the camera away from the window or the lamp";
    CAMERA_DISORDER = "MH-CAMERA-09", Wrong, "The camera stopped, or sent what is no picture",
        "Unplug it and plug it in again; if it happens again, use another cable or camera";
    CAMERA_FILE = "MH-CAMERA-10", Wrong, "The picture that was asked for is not written",
        "Name a file that ends in .png or .jpg, in a folder that can be written to";
    CAMERA_NOT_BUILT = "MH-CAMERA-11", NotChecked,
        "This program was built without the driver for the camera",
        "Build it with --features v4l2 (Linux) or --features nokhwa";

    CLOCK_PLAUSIBLE = "MH-CLOCK-01", Ok, "The clock is set", "";
    CLOCK_UNSET = "MH-CLOCK-02", Wrong, "The clock was never set",
        "Set it, and have the machine keep it set (Debian: apt-get install systemd-timesyncd)";
    CLOCK_EARLY = "MH-CLOCK-03", Wrong, "The clock shows a time before this program was made",
        "Set it, and look whether the machine's battery is empty";
    CLOCK_LATE = "MH-CLOCK-04", Wrong,
        "The clock shows a time more than ten years after this program was made",
        "Set it, or use a newer version of this program";

    MODEL_ADMITTED = "MH-MODEL-01", Ok, "The model is the published file, and loads", "";
    MODEL_MISSING = "MH-MODEL-02", Wrong, "The model file is missing",
        "Run hw-tests/fetch-models, or name the folder with --models or MYNA_HAL_MODELS";
    MODEL_UNREADABLE = "MH-MODEL-03", Wrong, "The model file cannot be read",
        "Give the user of this program the right to read it";
    MODEL_UNKNOWN = "MH-MODEL-04", Wrong, "The model file is not one that was published",
        "Delete it, and run hw-tests/fetch-models";
    MODEL_OTHER_TASK = "MH-MODEL-05", Wrong, "The model file is one for another task",
        "Delete it, and run hw-tests/fetch-models";
    MODEL_REFUSED = "MH-MODEL-06", Wrong, "The model does not load",
        "Send this page to support";
    MODEL_NOT_BUILT = "MH-MODEL-07", NotChecked,
        "This program was built without the face engine",
        "Build it with --features onnx (and --release)";
}

/// The table as `codes.md` has it.
#[cfg(test)]
pub(crate) fn markdown() -> String {
    let mut table = "| code | verdict | what is so | what to do |\n|---|---|---|---|\n".to_owned();
    for code in ALL {
        let next_step = match code.next_step {
            "" => "–",
            step => step,
        };
        let row = [code.id, code.verdict.code(), code.what, next_step].join(" | ");
        table.push_str(&format!("| {row} |\n"));
    }
    table
}

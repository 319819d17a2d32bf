//! The words that a kiosk shows or speaks, as ids.
//!
//! *For application authors*: the machine only names ids. Their texts are in the catalogues of
//! `checkin::words` (feature `words`), or your own; keep room for long words.

/// Defines the ids and their codes in one table. The English says what each is for; what people
/// read is in the catalogues.
macro_rules! messages {
    ($($id:ident = $code:literal: $doc:literal;)*) => {
        /// Names one message to a patient or to staff.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum MessageId { $(#[doc = $doc] $id,)* }

        impl MessageId {
            /// Every message.
            pub const ALL: &'static [Self] = &[$(Self::$id,)*];

            /// The stable name, in kebab-case.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$id => $code,)* }
            }
        }
    };
}

messages! {
    Welcome = "welcome": "Please place your My Number Card on the reader.";
    DisasterWelcome = "disaster-welcome": "Please place your card on the reader. Without a card, please go to the counter.";
    UseCounter = "use-counter": "This machine is out of order. Please go to the counter with your card.";
    OneCard = "one-card": "Please place one card only.";
    Reading = "reading": "Reading your card. Please leave it where it is.";
    ChooseMethod = "choose-method": "Please choose how to confirm your identity.";
    MethodUnavailable = "method-unavailable": "That is not available now. Please choose another way.";
    LookAtCamera = "look-at-camera": "Please look straight at the camera.";
    RemoveMaskOrHat = "remove-mask-or-hat": "Please take off your mask or hat and try again.";
    MoveCloser = "move-closer": "Please come a little closer.";
    MoveBack = "move-back": "Please move back a little.";
    MoveLeft = "move-left": "Please move a little to the left.";
    MoveRight = "move-right": "Please move a little to the right.";
    HoldStill = "hold-still": "Please hold still.";
    OnePerson = "one-person": "Please stand before the screen alone.";
    WholeFace = "whole-face": "Please bring your whole face into the picture.";
    FaceTheCamera = "face-the-camera": "Please turn your face to the camera.";
    HoldHeadUpright = "hold-head-upright": "Please hold your head upright.";
    ShowYourEyes = "show-your-eyes": "Please take off dark glasses and keep your hair out of your eyes.";
    MoreLight = "more-light": "It is too dark. Please turn towards the light.";
    TooMuchLight = "too-much-light": "There is too much light on your face. Please turn away from it a little.";
    LightBehind = "light-behind": "The light behind you is too strong. Please move a little so that it is not behind you.";
    FaceTryAgain = "face-try-again": "We could not confirm. Please look at the camera again.";
    FaceUseOther = "face-use-other": "Your face could not be confirmed. Please use your PIN or call the staff.";
    TurnHeadLeft = "turn-head-left": "Please turn your head slowly to the left, and back.";
    TurnHeadRight = "turn-head-right": "Please turn your head slowly to the right, and back.";
    BlinkOnce = "blink-once": "Please blink once.";
    EnterPin = "enter-pin": "Please enter your four-digit PIN.";
    PinFourDigits = "pin-four-digits": "The PIN has four digits. Please enter it again.";
    PinWrong = "pin-wrong": "The PIN is wrong.";
    PinLastTry = "pin-last-try": "One more wrong PIN will lock it. We suggest another way.";
    PinBlocked = "pin-blocked": "The PIN is locked. Please use your face, or call the staff. Your municipality or the official reset service can unlock it.";
    PinNotNeeded = "pin-not-needed": "You can check in without the PIN, by face or with the staff.";
    StaffComing = "staff-coming": "The staff have been called. Please wait.";
    StaffEnterCode = "staff-enter-code": "Staff: please enter the pass code.";
    StaffWrongCode = "staff-wrong-code": "Staff: the pass code is wrong.";
    StaffCompare = "staff-compare": "Staff: please compare the person with the photo on the card.";
    IdentityNotConfirmed = "identity-not-confirmed": "Your identity could not be confirmed. The staff at the counter will help you.";
    Authenticating = "authenticating": "Checking. Please leave your card in place.";
    OfferRegistration = "offer-registration": "Do you want to register this card as your health-insurance card?";
    RegistrationMayFail = "registration-may-fail": "Registration may fail because the certificate expires soon.";
    RegistrationFailed = "registration-failed": "Registration failed. The staff at the counter will help you.";
    NotRegistered = "not-registered": "This card is not registered as a health-insurance card. The staff at the counter will help you.";
    Querying = "querying": "Checking your insurance eligibility.";
    EligibilityNotConfirmed = "eligibility-not-confirmed": "Eligibility could not be confirmed. After a change of insurer, data take about ten days. The staff at the counter will help you.";
    AskConsent = "ask-consent": "Do you agree to share this information with your doctor or pharmacist?";
    ConsentAgain = "consent-again": "Please choose \"agree\" or \"do not agree\".";
    ConsentsNotSent = "consents-not-sent": "Eligibility is confirmed, but your consents could not be sent. Please tell the staff.";
    Done = "done": "You are checked in.";
    ExpiresSoon = "expires-soon": "Your certificate or card expires soon. Please renew it at your municipality.";
    ExpiredInGrace = "expired-in-grace": "It has expired. Until the day shown it still proves your eligibility. Please renew it soon.";
    Expired = "expired": "It has expired and can no longer be used. The staff will offer another way. Please renew it at your municipality.";
    Revoked = "revoked": "This card's certificate cannot be used. The staff at the counter will help you.";
    RemoveCard = "remove-card": "Please take your card.";
    CardLeftBehind = "card-left-behind": "A card was left here. Please take it.";
    InsertAgain = "insert-again": "The card could not be read. Please take it out of its case and place it again.";
    NotMyNumberCard = "not-my-number-card": "This is not a My Number Card.";
    CardRemoved = "card-removed": "The card was removed, so we stopped. Please start again.";
    CardFaceUnreadable = "card-face-unreadable": "The face of the card could not be read. Please use your PIN or call the staff.";
    UpstreamTrouble = "upstream-trouble": "We cannot check because of a connection problem. The staff at the counter will help you.";
    Cancelled = "cancelled": "Cancelled.";
    TimedOut = "timed-out": "Time ran out. You can start again.";
    DataLooksWrong = "data-looks-wrong": "If the data look wrong, please tell the staff.";
    FaceOnlyNotHere = "face-only-not-here": "A face-authentication-only card cannot be used for this service.";
    StaffCardCannotBeRead = "staff-card-cannot-be-read": "The card cannot be read. Check for dirt or a case; otherwise confirm eligibility in another way.";
    StaffNotGenuine = "staff-not-genuine": "The card's signature does not verify. Please inspect the card.";
    StaffIdentityHelp = "staff-identity-help": "A patient needs help with identification.";
    StaffSpoof = "staff-spoof": "Something other than a live face may have been presented. Please look.";
    StaffUpstream = "staff-upstream": "The eligibility system cannot be reached. Confirm eligibility in another way.";
    StaffEligibility = "staff-eligibility": "Eligibility is not confirmed as valid. Confirm it in another way.";
    StaffExpired = "staff-expired": "The certificate or the card has expired. Use the eligibility certificate or another way.";
    StaffRevoked = "staff-revoked": "The certificate is revoked. There is no grace period.";
    StaffDevice = "staff-device": "A device is not working. Check cables and power.";
    StaffClock = "staff-clock": "The clock of the terminal cannot be trusted. Please set the time.";
    StaffCardLeft = "staff-card-left": "A card was left behind.";
    StaffLocked = "staff-locked": "Too many wrong pass codes: wait a little.";
    StaffInfo = "staff-info": "Nothing to do.";
    SystemFailureWelcome = "system-failure-welcome": "The eligibility system is out: the counter goes on in another way.";
    TrainingWelcome = "training-welcome": "Staff practise here: nothing is registered and nothing is sent.";
    HoldPhone = "hold-phone": "Please unlock your phone and hold it to the phone reader.";
    PhoneUnreadable = "phone-unreadable": "The phone could not be read.";
    PhonePinWrong = "phone-pin-wrong": "The phone's code is wrong.";
    PhonePinBlocked = "phone-pin-blocked": "The phone's code is locked: the card itself will do.";
    PhoneExpired = "phone-expired": "The phone's certificate expired: please bring the card itself.";
    PhoneNotRegistered = "phone-not-registered": "The first time, the card itself is needed.";
    CardAndPhone = "card-and-phone": "Either the card or the phone, please.";
    AskPapers = "ask-papers": "What do you have with you?";
    NoticeNeedsCard = "notice-needs-card": "The notice is valid only together with the card.";
    GoToCounter = "go-to-counter": "Please show it at the counter.";
    NothingToShow = "nothing-to-show": "The counter explains how to go on without card and papers.";
    OfferRegistrationAgain = "offer-registration-again": "The registration was released on request: it is made again only if the holder wishes.";
    Suspended = "suspended": "The card is suspended.";
    PartlyDone = "partly-done": "Eligibility is confirmed; what was not answered is not shared.";
    StaffPartlyDone = "staff-partly-done": "Eligibility is confirmed, the consents are incomplete.";
    StaffSuspended = "staff-suspended": "The certificate is suspended: the card was reported lost.";
    StaffWithoutCard = "staff-without-card": "A patient without a usable card comes to the counter.";
    StaffDataLooksWrong = "staff-data-looks-wrong": "The patient says that the data are not theirs.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let codes: std::collections::HashSet<_> =
            MessageId::ALL.iter().map(|id| id.code()).collect();
        assert_eq!(codes.len(), MessageId::ALL.len());
    }
}

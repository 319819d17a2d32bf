//! The words that a kiosk shows or speaks, as ids with Japanese and English text.
//!
//! *For application authors*: the machine only names ids. Show the text of this catalogue or your
//! own; keep room for long words, and give every id an audio twin.

/// Defines the ids, their codes and their texts in one table.
macro_rules! messages {
    ($($id:ident = $code:literal: $ja:literal, $en:literal;)*) => {
        /// Names one message to a patient or to staff.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum MessageId { $(#[doc = $en] $id,)* }

        impl MessageId {
            /// Every message.
            pub const ALL: &'static [Self] = &[$(Self::$id,)*];

            /// The stable name, in kebab-case.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$id => $code,)* }
            }

            /// The Japanese text.
            #[must_use]
            pub fn japanese(self) -> &'static str {
                match self { $(Self::$id => $ja,)* }
            }

            /// The English text.
            #[must_use]
            pub fn english(self) -> &'static str {
                match self { $(Self::$id => $en,)* }
            }
        }
    };
}

messages! {
    Welcome = "welcome": "マイナンバーカードを置いてください。", "Please place your My Number Card on the reader.";
    DisasterWelcome = "disaster-welcome": "カードをお持ちの方はカードを置いてください。お持ちでない方は窓口へお越しください。", "Please place your card on the reader. Without a card, please go to the counter.";
    UseCounter = "use-counter": "この機械は使えません。カードを持って窓口へお越しください。", "This machine is out of order. Please go to the counter with your card.";
    OneCard = "one-card": "カードを1枚だけ置いてください。", "Please place one card only.";
    Reading = "reading": "カードを読み取っています。そのままお待ちください。", "Reading your card. Please leave it where it is.";
    ChooseMethod = "choose-method": "本人確認の方法を選んでください。", "Please choose how to confirm your identity.";
    MethodUnavailable = "method-unavailable": "その方法は今は使えません。ほかの方法を選んでください。", "That is not available now. Please choose another way.";
    LookAtCamera = "look-at-camera": "カメラをまっすぐ見てください。", "Please look straight at the camera.";
    RemoveMaskOrHat = "remove-mask-or-hat": "マスクや帽子を外して、もう一度お試しください。", "Please take off your mask or hat and try again.";
    MoveCloser = "move-closer": "もう少し近づいてください。", "Please come a little closer.";
    MoveBack = "move-back": "もう少し離れてください。", "Please move back a little.";
    MoveLeft = "move-left": "少し左へ動いてください。", "Please move a little to the left.";
    MoveRight = "move-right": "少し右へ動いてください。", "Please move a little to the right.";
    HoldStill = "hold-still": "そのまま動かないでください。", "Please hold still.";
    OnePerson = "one-person": "おひとりで画面の前に立ってください。", "Please stand before the screen alone.";
    WholeFace = "whole-face": "顔全体が画面に入るようにしてください。", "Please bring your whole face into the picture.";
    FaceTheCamera = "face-the-camera": "顔を正面に向けてください。", "Please turn your face to the camera.";
    HoldHeadUpright = "hold-head-upright": "頭を傾けず、まっすぐにしてください。", "Please hold your head upright.";
    ShowYourEyes = "show-your-eyes": "サングラスを外し、髪が目にかからないようにしてください。", "Please take off dark glasses and keep your hair out of your eyes.";
    MoreLight = "more-light": "暗すぎます。明るい方を向いてください。", "It is too dark. Please turn towards the light.";
    TooMuchLight = "too-much-light": "明るすぎます。強い光が顔に当たらないようにしてください。", "There is too much light on your face. Please turn away from it a little.";
    LightBehind = "light-behind": "後ろが明るすぎます。光を背にしないよう少し動いてください。", "The light behind you is too strong. Please move a little so that it is not behind you.";
    FaceTryAgain = "face-try-again": "確認できませんでした。もう一度カメラを見てください。", "We could not confirm. Please look at the camera again.";
    FaceUseOther = "face-use-other": "顔で確認できませんでした。暗証番号を使うか、係員をお呼びください。", "Your face could not be confirmed. Please use your PIN or call the staff.";
    TurnHeadLeft = "turn-head-left": "顔をゆっくり左に向けて、正面に戻してください。", "Please turn your head slowly to the left, and back.";
    TurnHeadRight = "turn-head-right": "顔をゆっくり右に向けて、正面に戻してください。", "Please turn your head slowly to the right, and back.";
    BlinkOnce = "blink-once": "一度まばたきをしてください。", "Please blink once.";
    EnterPin = "enter-pin": "4桁の暗証番号を入力してください。", "Please enter your four-digit PIN.";
    PinFourDigits = "pin-four-digits": "暗証番号は4桁の数字です。もう一度入力してください。", "The PIN has four digits. Please enter it again.";
    PinWrong = "pin-wrong": "暗証番号が違います。", "The PIN is wrong.";
    PinLastTry = "pin-last-try": "あと1回間違えると暗証番号が使えなくなります。ほかの方法をおすすめします。", "One more wrong PIN will lock it. We suggest another way.";
    PinBlocked = "pin-blocked": "暗証番号は使えません。顔認証か、係員による確認をご利用ください。解除は市区町村または公式の再設定サービスでできます。", "The PIN is locked. Please use your face, or call the staff. Your municipality or the official reset service can unlock it.";
    PinNotNeeded = "pin-not-needed": "暗証番号がわからなくても、顔または係員の確認で受付できます。", "You can check in without the PIN, by face or with the staff.";
    StaffComing = "staff-coming": "係員を呼びました。お待ちください。", "The staff have been called. Please wait.";
    StaffEnterCode = "staff-enter-code": "【係員】確認コードを入力してください。", "Staff: please enter the pass code.";
    StaffWrongCode = "staff-wrong-code": "【係員】確認コードが違います。", "Staff: the pass code is wrong.";
    StaffCompare = "staff-compare": "【係員】カードの写真とご本人を見比べてください。", "Staff: please compare the person with the photo on the card.";
    IdentityNotConfirmed = "identity-not-confirmed": "本人確認ができませんでした。窓口でご案内します。", "Your identity could not be confirmed. The staff at the counter will help you.";
    Authenticating = "authenticating": "確認しています。カードはそのままお待ちください。", "Checking. Please leave your card in place.";
    OfferRegistration = "offer-registration": "このカードを健康保険証として登録しますか。", "Do you want to register this card as your health-insurance card?";
    RegistrationMayFail = "registration-may-fail": "電子証明書の有効期限が近いため、登録できないことがあります。", "Registration may fail because the certificate expires soon.";
    RegistrationFailed = "registration-failed": "登録できませんでした。窓口でご案内します。", "Registration failed. The staff at the counter will help you.";
    NotRegistered = "not-registered": "このカードは健康保険証として登録されていません。窓口でご案内します。", "This card is not registered as a health-insurance card. The staff at the counter will help you.";
    Querying = "querying": "保険の資格を確認しています。", "Checking your insurance eligibility.";
    EligibilityNotConfirmed = "eligibility-not-confirmed": "資格を確認できませんでした。保険者が変わった直後は反映に10日ほどかかります。窓口でご案内します。", "Eligibility could not be confirmed. After a change of insurer, data take about ten days. The staff at the counter will help you.";
    AskConsent = "ask-consent": "次の情報を医師・薬剤師に提供しますか。", "Do you agree to share this information with your doctor or pharmacist?";
    ConsentAgain = "consent-again": "「同意する」か「同意しない」を選んでください。", "Please choose \"agree\" or \"do not agree\".";
    ConsentsNotSent = "consents-not-sent": "資格は確認できましたが、同意の内容を送れませんでした。窓口でお伝えください。", "Eligibility is confirmed, but your consents could not be sent. Please tell the staff.";
    Done = "done": "受付が終わりました。", "You are checked in.";
    ExpiresSoon = "expires-soon": "有効期限が近づいています。市区町村の窓口で更新してください。", "Your certificate or card expires soon. Please renew it at your municipality.";
    ExpiredInGrace = "expired-in-grace": "有効期限が切れています。保険の資格確認だけは、表示の日まで使えます。お早めに更新してください。", "It has expired. Until the day shown it still proves your eligibility. Please renew it soon.";
    Expired = "expired": "有効期限が切れているため使えません。窓口でほかの確認方法をご案内します。更新は市区町村でできます。", "It has expired and can no longer be used. The staff will offer another way. Please renew it at your municipality.";
    Revoked = "revoked": "このカードの電子証明書は使えません。窓口でご案内します。", "This card's certificate cannot be used. The staff at the counter will help you.";
    RemoveCard = "remove-card": "カードを忘れずにお取りください。", "Please take your card.";
    CardLeftBehind = "card-left-behind": "カードが残っています。お取りください。", "A card was left here. Please take it.";
    InsertAgain = "insert-again": "カードを読み取れませんでした。ケースから出して、もう一度置いてください。", "The card could not be read. Please take it out of its case and place it again.";
    NotMyNumberCard = "not-my-number-card": "マイナンバーカードではありません。", "This is not a My Number Card.";
    CardRemoved = "card-removed": "カードが外されたため中止しました。もう一度初めからお願いします。", "The card was removed, so we stopped. Please start again.";
    CardFaceUnreadable = "card-face-unreadable": "カードの表面を読み取れませんでした。暗証番号を使うか、係員をお呼びください。", "The face of the card could not be read. Please use your PIN or call the staff.";
    UpstreamTrouble = "upstream-trouble": "通信の不具合で確認できません。窓口でご案内します。", "We cannot check because of a connection problem. The staff at the counter will help you.";
    Cancelled = "cancelled": "中止しました。", "Cancelled.";
    TimedOut = "timed-out": "時間が過ぎたため中止しました。もう一度初めからできます。", "Time ran out. You can start again.";
    DataLooksWrong = "data-looks-wrong": "表示の内容が違う場合は、窓口にお知らせください。", "If the data look wrong, please tell the staff.";
    FaceOnlyNotHere = "face-only-not-here": "顔認証のみのカードは、このサービスでは使えません。", "A face-authentication-only card cannot be used for this service.";
    StaffCardCannotBeRead = "staff-card-cannot-be-read": "カードを読めません。汚れ・ケースを確認し、だめなら別の方法で資格を確認してください。", "The card cannot be read. Check for dirt or a case; otherwise confirm eligibility in another way.";
    StaffNotGenuine = "staff-not-genuine": "カードの署名を検証できません。券面を確認してください。", "The card's signature does not verify. Please inspect the card.";
    StaffIdentityHelp = "staff-identity-help": "患者が本人確認で困っています。", "A patient needs help with identification.";
    StaffSpoof = "staff-spoof": "顔の代わりに写真などが使われた疑いがあります。目で確認してください。", "Something other than a live face may have been presented. Please look.";
    StaffUpstream = "staff-upstream": "オンライン資格確認に接続できません。ほかの方法で資格を確認してください。", "The eligibility system cannot be reached. Confirm eligibility in another way.";
    StaffEligibility = "staff-eligibility": "資格が有効と確認できません。ほかの方法で確認してください。", "Eligibility is not confirmed as valid. Confirm it in another way.";
    StaffExpired = "staff-expired": "電子証明書またはカードの有効期限切れです。資格確認書などで確認してください。", "The certificate or the card has expired. Use the eligibility certificate or another way.";
    StaffRevoked = "staff-revoked": "電子証明書が失効しています。猶予期間はありません。", "The certificate is revoked. There is no grace period.";
    StaffDevice = "staff-device": "機器が使えません。配線と電源を確認してください。", "A device is not working. Check cables and power.";
    StaffClock = "staff-clock": "端末の時計が信用できません。時刻を合わせてください。", "The clock of the terminal cannot be trusted. Please set the time.";
    StaffCardLeft = "staff-card-left": "カードが置き忘れられています。", "A card was left behind.";
    StaffLocked = "staff-locked": "確認コードを続けて間違えたため、しばらく使えません。", "Too many wrong pass codes: wait a little.";
    StaffInfo = "staff-info": "操作は必要ありません。", "Nothing to do.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_both_languages_speak() {
        let codes: std::collections::HashSet<_> =
            MessageId::ALL.iter().map(|id| id.code()).collect();
        assert_eq!(codes.len(), MessageId::ALL.len());
        for id in MessageId::ALL {
            assert!(
                !id.english().is_empty() && id.english().is_ascii(),
                "{id:?}"
            );
            assert!(!id.japanese().is_ascii(), "{id:?}");
        }
    }

    /// The bare word for "lapsed" covers two states and frightens people in the grace period.
    #[test]
    fn nobody_reads_the_word_that_means_both_expired_and_revoked() {
        for id in MessageId::ALL
            .iter()
            .filter(|id| !id.code().starts_with("staff-"))
        {
            assert!(!id.japanese().contains("失効"), "{id:?}");
        }
    }
}

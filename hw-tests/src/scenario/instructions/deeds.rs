//! What is done, in words.

use myna_hal::checkin::ConsentAnswer;

use super::Words;
use crate::scenario::model::{Act, Deed, Entry, Touch};
use crate::scenario::names::{Button, Device, Face};

impl Words {
    pub(super) fn deed(&self, deed: &Deed) -> String {
        match deed {
            Deed::Act(act) => self.act(act),
            Deed::Touch(touch) => self.touch(*touch),
            Deed::Wait(time) => {
                let seconds = time.as_secs_f64();
                self.say(
                    format!("Wait {seconds} s."),
                    format!("{seconds}秒待ちます。"),
                )
            }
        }
    }

    pub(super) fn act(&self, act: &Act) -> String {
        match act {
            Act::Insert(name) => self.say(
                format!("Put card {name} into the reader."),
                format!("カード{name}をカードリーダーに置きます。"),
            ),
            Act::InsertMute => self.say(
                "Put a card in that does not answer: upside down, or one without a chip.",
                "応答しないカードを置きます（裏返し、またはチップのないカード）。",
            ),
            Act::Remove => self.say("Take the card out.", "カードを取り出します。"),
            Act::Keys(entry) => self.entry(entry),
            Act::Face(Face::Holder) => self.say(
                "The card's holder looks into the camera.",
                "カードの名義人がカメラを見ます。",
            ),
            Act::Face(Face::Stranger) => self.say(
                "Somebody other than the card's holder looks into the camera.",
                "名義人でない人がカメラを見ます。",
            ),
            Act::Face(Face::Nobody) => {
                self.say("Nobody is before the camera.", "カメラの前から離れます。")
            }
            Act::Dark(true) => self.say(
                "Switch the light off, or shade the camera's view.",
                "明かりを消すか、カメラの視界を暗くします。",
            ),
            Act::Dark(false) => self.say("Switch the light on again.", "明かりを元に戻します。"),
            Act::Stall(true) => self.say(
                "Have the camera give no pictures, without unplugging it.",
                "カメラを抜かずに映像を止めます。",
            ),
            Act::Stall(false) => self.say(
                "Have the camera give pictures again.",
                "カメラの映像を再開します。",
            ),
            Act::Unplug(device) => {
                let (english, japanese) = device_words(*device);
                self.say(
                    format!("Unplug {english}."),
                    format!("{japanese}を抜きます。"),
                )
            }
            Act::Plug(device) => {
                let (english, japanese) = device_words(*device);
                self.say(
                    format!("Plug {english} in."),
                    format!("{japanese}をつなぎます。"),
                )
            }
            Act::Service(false) => self.say(
                "Stop the service behind the reader (systemctl stop pcscd pcscd.socket).",
                "カードリーダーのサービスを止めます（systemctl stop pcscd pcscd.socket）。",
            ),
            Act::Service(true) => self.say(
                "Start the service behind the reader (systemctl start pcscd.socket).",
                "カードリーダーのサービスを始めます（systemctl start pcscd.socket）。",
            ),
        }
    }

    pub(super) fn consent(&self, answer: ConsentAnswer) -> String {
        match answer {
            ConsentAnswer::Yes => self.say("agree", "同意する"),
            ConsentAnswer::No => self.say("do not agree", "同意しない"),
            _ => self.say("one by one", "個別に選ぶ"),
        }
    }

    fn entry(&self, entry: &Entry) -> String {
        match entry {
            Entry::Right => self.say(
                "Type the right PIN (4 digits).",
                "正しい暗証番号（4桁）を入力します。",
            ),
            Entry::Wrong => self.say(
                "Type a wrong PIN (4 digits). It costs a try.",
                "誤った暗証番号（4桁）を入力します。残り回数が1回減ります。",
            ),
            Entry::Digits(digits) => {
                let count = digits.len();
                self.say(
                    format!(
                        "Type the digits that stand in the file ({count}); for virtual cards only."
                    ),
                    format!("ファイルにある数字（{count}桁）を入力します。仮想カードに限ります。"),
                )
            }
            Entry::Cancel => self.say("Press the key that cancels.", "取消キーを押します。"),
        }
    }

    fn touch(&self, touch: Touch) -> String {
        match touch {
            Touch::Choose(method) => {
                let method = self.method(method);
                self.say(
                    format!("On the screen choose: {method}."),
                    format!("画面で「{method}」を選びます。"),
                )
            }
            Touch::Consent(answer) => {
                let answer = self.consent(answer);
                self.say(
                    format!("Answer the consent: {answer}."),
                    format!("同意の画面で「{answer}」を選びます。"),
                )
            }
            Touch::Register(yes) => self.say(
                format!(
                    "Answer the offer of registration: {}.",
                    if yes { "yes" } else { "no" }
                ),
                format!(
                    "登録の画面で「{}」を選びます。",
                    if yes { "はい" } else { "いいえ" }
                ),
            ),
            Touch::Compare(true) => self.say(
                "Staff: say that it is the person on the photo.",
                "職員: 写真の本人であると答えます。",
            ),
            Touch::Compare(false) => self.say(
                "Staff: say that it is not the person on the photo.",
                "職員: 写真の本人でないと答えます。",
            ),
            Touch::Press(Button::Cancel) => {
                self.say("On the screen press cancel.", "画面で「取消」を押します。")
            }
            Touch::Press(Button::CallStaff) => {
                self.say("On the screen call the staff.", "画面で職員を呼びます。")
            }
            Touch::Press(Button::AcknowledgeLastTry) => self.say(
                "On the screen agree to use the last try of the PIN.",
                "画面で最後の1回を使うことに同意します。",
            ),
        }
    }
}

fn device_words(device: Device) -> (&'static str, &'static str) {
    match device {
        Device::Reader => ("the reader", "カードリーダー"),
        Device::Camera => ("the camera", "カメラ"),
        Device::OtherCamera => ("another camera", "別のカメラ"),
    }
}

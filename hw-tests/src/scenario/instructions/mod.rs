//! A scenario in words, for somebody who does by hand what it says.

mod deeds;
mod sights;

use std::fmt;

use myna_hal::checkin::words::{Catalogue, Language as Shipped};
use myna_hal::checkin::{Method, MethodSet};

use super::model::{Scenario, Step, Wanted};
use super::names::CardKind;

/// The language of instructions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Japanese.
    Japanese,
}

/// The numbered instructions of a scenario. No PIN is in them: whose card it is knows it.
pub struct Instructions<'a> {
    scenario: &'a Scenario,
    words: Words,
}

impl<'a> Instructions<'a> {
    /// Those of `scenario`.
    #[must_use]
    pub fn new(scenario: &'a Scenario, language: Language) -> Self {
        Self {
            scenario,
            words: Words::new(language),
        }
    }

    /// What is to be done in a step, or that there is something to look at.
    #[must_use]
    pub fn step(&self, step: &Step) -> String {
        let look = || self.words.say("Look.", "確かめます。");
        let deed = step.does.as_ref();
        deed.map_or_else(look, |deed| self.words.deed(deed))
    }
}

impl fmt::Display for Instructions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.scenario.title)?;
        for line in self.words.preparation(self.scenario) {
            writeln!(f, "- {line}")?;
        }
        for (number, step) in (1..).zip(&self.scenario.steps) {
            writeln!(f, "{number:2}. {}", self.step(step))?;
            for line in step.expect.iter().flat_map(|it| self.words.expected(it)) {
                writeln!(f, "      -> {line}")?;
            }
        }
        Ok(())
    }
}

/// What is to be done with devices, in English.
#[cfg(feature = "bench")]
pub(super) fn act_in_english(act: &super::model::Act) -> String {
    Words::new(Language::English).act(act)
}

/// The sentences of a language.
struct Words {
    language: Language,
    /// What the screen says.
    screen: Catalogue,
}

impl Words {
    fn new(language: Language) -> Self {
        let shipped = match language {
            Language::English => Shipped::English,
            Language::Japanese => Shipped::Japanese,
        };
        Self {
            language,
            screen: Catalogue::shipped(shipped).expect("tested by the library"),
        }
    }

    fn say(&self, english: impl Into<String>, japanese: impl Into<String>) -> String {
        match self.language {
            Language::English => english.into(),
            Language::Japanese => japanese.into(),
        }
    }

    fn preparation(&self, scenario: &Scenario) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, kind) in &scenario.cards {
            let kind = self.kind(*kind);
            lines.push(self.say(
                format!("Have card {name} ready: {kind}."),
                format!("カード{name}を用意します: {kind}。"),
            ));
        }
        for (device, wanted) in [("reader", &scenario.reader), ("camera", &scenario.camera)] {
            let japanese = if device == "reader" {
                "カードリーダー"
            } else {
                "カメラ"
            };
            match wanted {
                Wanted::Any => {}
                Wanted::WithKeys => lines.push(self.say(
                    "Use a reader with keys of its own.",
                    "暗証番号キーの付いたカードリーダーを使います。",
                )),
                Wanted::Product(product) => lines.push(self.say(
                    format!("Use the {device} {product}."),
                    format!("{japanese} {product} を使います。"),
                )),
            }
        }
        let site = &scenario.policy;
        if let Some(methods) = site.methods {
            let methods = self.methods(methods);
            lines.push(self.say(
                format!("The kiosk offers only: {methods}."),
                format!("受付機で選べる方法は次のみです: {methods}。"),
            ));
        }
        if let Some(attempts) = site.face_attempts {
            lines.push(self.say(
                format!("The kiosk allows so many attempts by face: {attempts}."),
                format!("顔認証は{attempts}回まで試せます。"),
            ));
        }
        for (deadline, length) in &site.seconds {
            let (code, seconds) = (deadline.code(), length.as_secs_f64());
            lines.push(self.say(
                format!("The kiosk's deadline `{code}` is set to {seconds} s."),
                format!("受付機の時間 `{code}` を{seconds}秒にします。"),
            ));
        }
        if let Some(answer) = scenario.answers.consent {
            let answer = self.consent(answer);
            lines.push(self.say(
                format!("Whenever a consent is asked, answer at once: {answer}."),
                format!("同意の画面が出たら、すぐに「{answer}」を選びます。"),
            ));
        }
        if let Some(yes) = scenario.answers.register {
            lines.push(self.say(
                format!(
                    "Whenever registration is offered, answer at once: {}.",
                    if yes { "yes" } else { "no" }
                ),
                format!(
                    "登録の画面が出たら、すぐに「{}」を選びます。",
                    if yes { "はい" } else { "いいえ" }
                ),
            ));
        }
        lines
    }

    fn kind(&self, kind: CardKind) -> String {
        match kind {
            CardKind::Ordinary => {
                self.say("in order, all tries left", "通常のカード、残り回数は全て")
            }
            CardKind::FaceOnly => self.say("issued without PINs", "顔認証マイナンバーカード"),
            CardKind::PinBlocked => self.say("its PIN is locked", "暗証番号がロックされたカード"),
            CardKind::LastTry => self.say(
                "one try of its PIN is left",
                "暗証番号の残り回数が1回のカード",
            ),
            CardKind::Expired => self.say(
                "expired, its grace period over",
                "有効期限も猶予期間も過ぎたカード",
            ),
            CardKind::OtherIssuer => self.say(
                "from an issuer that is not trusted",
                "信頼されていない発行者のカード",
            ),
        }
    }

    fn method(&self, method: Method) -> String {
        match method {
            Method::Face => self.say("face", "顔認証"),
            Method::Pin => self.say("PIN", "暗証番号"),
            Method::StaffVisual => self.say("staff compare the photo", "職員による目視確認"),
            other => other.code().to_owned(),
        }
    }

    fn methods(&self, methods: MethodSet) -> String {
        let methods: Vec<_> = methods.iter().map(|it| self.method(it)).collect();
        methods.join(&self.say(", ", "、"))
    }
}

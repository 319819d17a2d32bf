//! What is to be seen, in words.

use super::Words;
use crate::scenario::model::Expect;
use crate::scenario::names::{CameraSight, Ending, Question, ReaderSight};

impl Words {
    pub(super) fn expected(&self, expect: &Expect) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(message) = expect.screen {
            let text = self.screen.text(message);
            lines.push(self.say(
                format!("The screen says: \"{text}\""),
                format!("画面の表示: 「{text}」"),
            ));
        }
        if let Some(message) = expect.staff {
            let text = self.screen.text(message);
            lines.push(self.say(
                format!("The staff are told: \"{text}\""),
                format!("職員への表示: 「{text}」"),
            ));
        }
        if let Some(phase) = expect.phase {
            lines.push(self.say(
                format!("The session is at: {phase}."),
                format!("受付の段階: {phase}。"),
            ));
        }
        if let Some(methods) = expect.offers {
            let methods = self.methods(methods);
            lines.push(self.say(
                format!("The screen offers: {methods}."),
                format!("画面で選べる方法: {methods}。"),
            ));
        }
        if let Some(question) = expect.asks {
            lines.push(self.question(question));
        }
        if let Some(outcome) = expect.outcome {
            lines.push(self.outcome(outcome, expect));
        }
        lines.extend(self.devices(expect));
        let within = expect.within.as_secs_f64();
        if let Some(last) = lines.last_mut() {
            last.push_str(&self.say(
                format!(" (within {within} s)"),
                format!("（{within}秒以内）"),
            ));
        }
        lines
    }

    fn question(&self, question: Question) -> String {
        match question {
            Question::Method => {
                self.say("The screen asks for a method.", "画面で方法を聞かれます。")
            }
            Question::Consent => {
                self.say("The screen asks for a consent.", "画面で同意を聞かれます。")
            }
            Question::Registration => self.say(
                "The screen offers registration.",
                "画面で登録を聞かれます。",
            ),
            Question::Compare => self.say(
                "The staff are asked to compare the photo.",
                "職員が写真の確認を求められます。",
            ),
            Question::Papers => self.say(
                "The screen asks what else there is at hand.",
                "画面でほかの書類を聞かれます。",
            ),
        }
    }

    fn outcome(&self, outcome: Ending, expect: &Expect) -> String {
        let mut line = self.say(
            format!("The visit ends: {}", outcome.code()),
            format!("受付の結果: {}", outcome.code()),
        );
        if let Some(by) = expect.by {
            let by = self.method(by);
            line.push_str(&self.say(format!(", by {by}"), format!("、{by}で")));
        }
        if let Some(failures) = &expect.failures {
            let codes: Vec<_> = failures.iter().map(|it| it.code()).collect();
            let codes = match codes.is_empty() {
                true => self.say("none", "なし"),
                false => codes.join(", "),
            };
            line.push_str(&self.say(
                format!(", failures: {codes}"),
                format!("、記録された失敗: {codes}"),
            ));
        }
        line
    }

    fn devices(&self, expect: &Expect) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(left) = expect.tries_left {
            lines.push(self.say(
                format!("Tries of the PIN left on the card: {left}."),
                format!("カードの暗証番号の残り回数: {left}。"),
            ));
        }
        if let Some(count) = expect.verifies {
            lines.push(self.say(
                format!("PINs presented to the card so far: {count}."),
                format!("これまでにカードへ送られた暗証番号: {count}回。"),
            ));
        }
        match expect.unlocked {
            Some(true) => lines.push(self.say("The card is open.", "カードの鍵は開いています。")),
            Some(false) => {
                lines.push(self.say("The card is locked.", "カードの鍵は閉じています。"))
            }
            None => {}
        }
        if let Some(sight) = expect.reader {
            lines.push(match sight {
                ReaderSight::Card => self.say("A card is in the reader.", "カードが入っています。"),
                ReaderSight::Mute => self.say(
                    "Something that does not answer is in the reader.",
                    "応答しないものが入っています。",
                ),
                ReaderSight::Empty => self.say("The reader is empty.", "カードは入っていません。"),
                ReaderSight::Gone => {
                    self.say("There is no reader.", "カードリーダーがありません。")
                }
                ReaderSight::NoService => self.say(
                    "The service behind the reader does not run.",
                    "カードリーダーのサービスが動いていません。",
                ),
            });
        }
        match expect.camera {
            Some(CameraSight::There) => {
                lines.push(self.say("A camera is there.", "カメラがあります。"));
            }
            Some(CameraSight::Gone) => {
                lines.push(self.say("There is no camera.", "カメラがありません。"));
            }
            None => {}
        }
        lines
    }
}

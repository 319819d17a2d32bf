# やさしい日本語。短い文で、ひとつの文にひとつのことだけを書きます。
# Easy Japanese: short sentences, one thing at a time. Change the words, keep the keys.

## Messages

welcome = マイナンバーカードを ここに 置いてください。
disaster-welcome = カードが ある人は、ここに 置いてください。カードが ない人は、受付に 来てください。
use-counter = この機械は 使えません。カードを 持って、受付に 来てください。
one-card = カードは 1枚だけ 置いてください。
reading = カードを 読んでいます。カードに さわらないで、待ってください。
choose-method = あなたが 本人か、確かめます。やり方を 選んでください。
method-unavailable = そのやり方は 今 使えません。ほかの やり方を 選んでください。
look-at-camera = カメラを まっすぐ 見てください。
remove-mask-or-hat = マスクや ぼうしを 取って、もう一度 カメラを 見てください。
move-closer = もう少し 近くに 来てください。
move-back = もう少し うしろに 下がってください。
move-left = 少し 左に 動いてください。
move-right = 少し 右に 動いてください。
hold-still = 動かないで ください。
one-person = 1人だけで 画面の前に 立ってください。
whole-face = 顔が 全部 画面に 入るように してください。
face-the-camera = 顔を まっすぐ カメラに 向けてください。
hold-head-upright = 頭を まっすぐに してください。
show-your-eyes = サングラスを 取ってください。髪が 目に かからないように してください。
more-light = 暗すぎます。明るいほうを 向いてください。
too-much-light = 明るすぎます。強い光が 顔に 当たらないように してください。
light-behind = うしろが 明るすぎます。少し 動いてください。
face-try-again = 確かめられませんでした。もう一度 カメラを 見てください。
face-use-other = 顔では 確かめられませんでした。暗証番号を 使うか、係の人を 呼んでください。
turn-head-left = 顔を ゆっくり 左に 向けて、前に 戻してください。
turn-head-right = 顔を ゆっくり 右に 向けて、前に 戻してください。
blink-once = 目を 1回 閉じて、開けてください。
enter-pin = 4つの数字(暗証番号)を 入れてください。
pin-four-digits = 暗証番号は 4つの数字です。もう一度 入れてください。
pin-wrong = 暗証番号が ちがいます。
pin-last-try = あと1回 まちがえると、暗証番号が 使えなくなります。ほかの やり方が 安全です。
pin-blocked = 暗証番号は 使えません。顔で 確かめるか、係の人を 呼んでください。市役所などで、また 使えるように できます。
pin-not-needed = 暗証番号が わからなくても だいじょうぶです。顔か 係の人が 確かめます。
staff-coming = 係の人を 呼びました。待ってください。
staff-enter-code = 【係員】確認コードを入力してください。
staff-wrong-code = 【係員】確認コードが違います。
staff-compare = 【係員】カードの写真とご本人を見比べてください。
identity-not-confirmed = 本人か 確かめられませんでした。受付の人が 案内します。
authenticating = 確かめています。カードに さわらないで、待ってください。
offer-registration = このカードを 健康保険証として 登録しますか。
registration-may-fail = カードの 電子証明書の 期限が 近いです。登録できないことが あります。
registration-failed = 登録できませんでした。受付の人が 案内します。
not-registered = このカードは 健康保険証として 登録されていません。受付の人が 案内します。
querying = 保険を 調べています。
eligibility-not-confirmed = 保険を 確かめられませんでした。保険が 変わったときは、10日くらい かかります。受付の人が 案内します。
ask-consent = 次の情報を 医師や 薬剤師に 見せても いいですか。
consent-again = 「はい」か「いいえ」を 選んでください。
consents-not-sent = 保険は 確かめました。でも あなたの 答えを 送れませんでした。受付の人に 言ってください。
done = 受付が 終わりました。
expires-soon = 期限が もうすぐ 終わります。市役所などで 新しくしてください。
expired-in-grace = 期限が 終わりました。保険を 確かめることだけ、書いてある日まで できます。早く 新しくしてください。
expired = 期限が 終わったので、使えません。受付の人が ほかの やり方を 案内します。市役所などで 新しくしてください。
revoked = このカードの 電子証明書は 使えません。受付の人が 案内します。
remove-card = カードを 忘れないで 取ってください。
card-left-behind = カードが 残っています。取ってください。
insert-again = カードを 読めませんでした。ケースから 出して、もう一度 置いてください。
not-my-number-card = これは マイナンバーカードでは ありません。
card-removed = カードが なくなったので、止めました。もう一度 はじめから してください。
card-face-unreadable = カードの 表の 字を 読めませんでした。暗証番号を 使うか、係の人を 呼んでください。
upstream-trouble = 通信が うまく いかないので、確かめられません。受付の人が 案内します。
cancelled = 止めました。
timed-out = 時間が 過ぎたので、止めました。もう一度 はじめから できます。
data-looks-wrong = 書いてあることが ちがうときは、受付の人に 言ってください。
face-only-not-here = 顔だけで 使うカードは、ここでは 使えません。
staff-card-cannot-be-read = カードを読めません。汚れ・ケースを確認し、だめなら別の方法で資格を確認してください。
staff-not-genuine = カードの署名を検証できません。券面を確認してください。
staff-identity-help = 患者が本人確認で困っています。
staff-spoof = 顔の代わりに写真などが使われた疑いがあります。目で確認してください。
staff-upstream = オンライン資格確認に接続できません。ほかの方法で資格を確認してください。
staff-eligibility = 資格が有効と確認できません。ほかの方法で確認してください。
staff-expired = 電子証明書またはカードの有効期限切れです。資格確認書などで確認してください。
staff-revoked = 電子証明書が失効しています。猶予期間はありません。
staff-device = 機器が使えません。配線と電源を確認してください。
staff-clock = 端末の時計が信用できません。時刻を合わせてください。
staff-card-left = カードが置き忘れられています。
staff-locked = 確認コードを続けて間違えたため、しばらく使えません。
staff-info = 操作は必要ありません。
system-failure-welcome = 今、保険を 調べる システムが 止まっています。カードを 持って、受付に 来てください。
training-welcome = 今、係の人が 練習しています。受付に 来てください。
hold-phone = スマホの ロックを 外して、スマホの 機械に 近づけてください。
phone-unreadable = スマホを 読めませんでした。もう一度 近づけるか、カードを 使ってください。
phone-pin-wrong = スマホの 暗証番号が ちがいます。
phone-pin-blocked = スマホの 暗証番号は 使えません。カードが あれば、カードで できます。
phone-expired = スマホの 期限が 終わりました。カードが ある人は、カードを 置いてください。
phone-not-registered = はじめての人は、スマホでは なく、カードが いります。カードが ある人は、カードを 置いてください。
card-and-phone = カードか スマホ、1つだけ 使ってください。
ask-papers = 今 持っているものを 全部 選んでください。
notice-needs-card = 「資格情報のお知らせ」だけでは 使えません。マイナンバーカードも 見せてください。
go-to-counter = 受付で 見せてください。
nothing-to-show = 受付の人が 案内します。何も 見せられないときは、先に お金を 全部 払うことが あります。
offer-registration-again = このカードの 登録は やめてあります。もう一度 登録しますか。
suspended = このカードは 止めてあります。見つかったカードは、市役所などで 手続きを すると 使えます。受付の人が 案内します。
partly-done = 保険は 確かめました。答えて いないことは、だれにも 見せません。
staff-suspended = 電子証明書が一時停止されています。カードを使わない方法で資格を確認してください。
staff-without-card = 使えるカードのない患者が窓口へ来ます。
staff-data-looks-wrong = 患者が、表示の内容が自分のものではないと言っています。送信済みの同意があれば取り消しの手配をしてください。
staff-partly-done = 資格は確認できましたが、同意が途中です。必要なら口頭で確認してください。

## What to do next

next-retry-face = マスクや ぼうしを 取って、もう一度 カメラを 見てください。
next-use-face = 顔で 確かめてください。
next-use-pin = 暗証番号を 入れてください。
next-call-staff = 係の人を 呼んでください。カードの 写真で 確かめます。
next-insert-again = カードを 取って、もう一度 置いてください。
next-start-again = はじめから もう一度 してください。
next-use-my-number-card = マイナンバーカードを 置いてください。
next-use-fallback = 受付で、ほかの やり方で 確かめます。
next-visit-municipality = 市役所などで、カードを 新しくしてください。
next-reset-pin = 市役所などで、暗証番号を また 使えるように してください。
next-ask-insurer = 入っている 保険に 聞いてください。
next-register-card = カードを 健康保険証として 登録してください。
next-check-device = 係の人が 機械を 見ます。
next-set-clock = 係の人が 機械の 時計を 合わせます。
next-wait = 少し 待って、もう一度 してください。
next-place-card = カードを 置いてください。
next-leave-card = カードに さわらないで ください。
next-take-card = カードを 取ってください。
next-bring-card = カードを 持って きてください。
next-hold-phone = スマホを 機械に 近づけてください。
next-show-papers = 今 持っているものを 選んでください。
next-answer-question = 画面の 質問に 答えてください。
next-call-card-line = なくした カードの 電話に 聞いてください。

## Ways at the counter

route-portal-screen-with-card = マイナンバーカードと、マイナポータルの 画面
route-eligibility-notice-with-card = マイナンバーカードと、「資格情報のお知らせ」の 紙
route-eligibility-certificate = 資格確認書
route-old-insurance-card = 前の 健康保険証
route-expired-insurance-card = 期限が 終わった 健康保険証(受付で 確かめます)
route-oral-check-of-returning-patient = 前に 来たときと 同じか、受付で 聞きます
route-self-declaration-with-card = マイナンバーカードと、受付で 書く 紙
route-notes-from-card = カードに 書いてあることを、係の人が 書きます
route-disaster-search = 名前や 生まれた日で、受付で 調べます
route-pay-in-full = 先に お金を 全部 払って、あとで 返してもらいます

## Ways to prove who one is

method-face = 顔
method-pin = 暗証番号
method-staff-visual = 係の人
method-phone-pin = スマホ(暗証番号)
method-phone-biometric = スマホ(顔や 指)

## Information that is shared

item-diagnosis = 前の 病気や 治療の 情報
item-medication = 前の 薬の 情報
item-health-checkup = 健康診断の 結果
item-limit-info = 1か月に 払う お金の 限度
item-specific-disease = 特定疾病の 証明書の 情報

## Explanations

explain-what-consent-does = 「はい」を 選ぶと、ここの 医師や 薬剤師が 情報を 見て、治療に 使います。
explain-what-refusal-means = 「いいえ」でも、ふつうに 治療を うけられます。
explain-consent-every-visit = 来るたびに 聞きます。「はい」は 24時間だけです。
explain-medicine-history = 薬の 情報は、1か月前から 5年前までです。店で 買った薬は ありません。
explain-on-the-chip = カードの 中には、名前、住所、生まれた日、性別、写真、番号などが あります。
explain-not-on-the-chip = 税金、年金、病気、薬の 情報は、カードの 中に ありません。
explain-safe-to-carry = カードの 中を むりに 読もうとすると、カードが こわれて 読めなくなります。
explain-why-every-visit = 来るたびに、本人か、保険が あるかを 確かめます。
explain-limit-covers = 同じ月に、同じ病院で 払う お金が、決まった 額より 多くなりません。
explain-limit-does-not-cover = 病院の 食事や、特別な 部屋の お金は 別です。
explain-limit-still-apply = 申し込みが いる人も います。入っている 保険に 聞いてください。
explain-certificate-shares-nothing = 資格確認書の ときは、病気や 薬の 情報を だれも 見ません。
explain-certificate-on-application = カードを 使うのが むずかしい人は、保険に 頼むと 資格確認書を もらえます。
explain-lost-card = カードを なくしたら、電話で 止めてください。警察に 言って、市役所などで 新しいカードを 頼んでください。
explain-telephone-relay = 耳が 聞こえない人、話せない人は、電話リレーサービスを 使えます。
explain-registration = カードは はじめに 1回 登録します。保険が 変わっても、もう一度 登録しなくて いいです。

## Lines to call: as published by their operators. Check them before you show them

contact-lost-card = カードを なくしたとき(お金は いりません)
    .number = 0120-0178-27
    .hours = いつでも 電話できます
    .languages = 英語、中国語、韓国語、スペイン語、ポルトガル語
contact-card-questions = カードの ことを 聞きたいとき(お金は いりません)
    .number = 0120-0178-27
    .hours = 月曜日から 金曜日は 9:30から 20:00、土曜日・日曜日・休みの日は 9:30から 17:30
    .languages = 英語、中国語、韓国語、スペイン語、ポルトガル語
contact-card-line-charged = 上の 番号が つながらないとき(お金が いります)
    .number = 0570-064-738
    .hours = カードを 止めるときは いつでも
    .languages = 英語、中国語、韓国語、スペイン語、ポルトガル語

## What belongs to a message

date = { $year }年 { $month }月 { $day }日
prompt-with-detail = { $text } { $detail }
detail-tries-left = あと { $left }回 できます。
detail-last-day = { $date }まで 使えます。
detail-days-left = { $days ->
    [0] 今日が 最後の日です。
   *[other] あと { $days }日です。
}

# 患者と係員に見せる言葉。キーは変えず、言葉だけを直してください。
# The words shown to patients and staff in Japanese. Change the words, keep the keys.

## Messages

welcome = マイナンバーカードを置いてください。
disaster-welcome = カードをお持ちの方はカードを置いてください。お持ちでない方は窓口へお越しください。
use-counter = この機械は使えません。カードを持って窓口へお越しください。
one-card = カードを1枚だけ置いてください。
reading = カードを読み取っています。そのままお待ちください。
choose-method = 本人確認の方法を選んでください。
method-unavailable = その方法は今は使えません。ほかの方法を選んでください。
look-at-camera = カメラをまっすぐ見てください。
remove-mask-or-hat = マスクや帽子を外して、もう一度お試しください。
move-closer = もう少し近づいてください。
move-back = もう少し離れてください。
move-left = 少し左へ動いてください。
move-right = 少し右へ動いてください。
hold-still = そのまま動かないでください。
one-person = おひとりで画面の前に立ってください。
whole-face = 顔全体が画面に入るようにしてください。
face-the-camera = 顔を正面に向けてください。
hold-head-upright = 頭を傾けず、まっすぐにしてください。
show-your-eyes = サングラスを外し、髪が目にかからないようにしてください。
more-light = 暗すぎます。明るい方を向いてください。
too-much-light = 明るすぎます。強い光が顔に当たらないようにしてください。
light-behind = 後ろが明るすぎます。光を背にしないよう少し動いてください。
face-try-again = 確認できませんでした。もう一度カメラを見てください。
face-use-other = 顔で確認できませんでした。暗証番号を使うか、係員をお呼びください。
turn-head-left = 顔をゆっくり左に向けて、正面に戻してください。
turn-head-right = 顔をゆっくり右に向けて、正面に戻してください。
blink-once = 一度まばたきをしてください。
enter-pin = 4桁の暗証番号を入力してください。
pin-four-digits = 暗証番号は4桁の数字です。もう一度入力してください。
pin-wrong = 暗証番号が違います。
pin-last-try = あと1回間違えると暗証番号が使えなくなります。ほかの方法をおすすめします。
pin-blocked = 暗証番号は使えません。顔認証か、係員による確認をご利用ください。解除は市区町村または公式の再設定サービスでできます。
pin-not-needed = 暗証番号がわからなくても、顔または係員の確認で受付できます。
staff-coming = 係員を呼びました。お待ちください。
staff-enter-code = 【係員】確認コードを入力してください。
staff-wrong-code = 【係員】確認コードが違います。
staff-compare = 【係員】カードの写真とご本人を見比べてください。
identity-not-confirmed = 本人確認ができませんでした。窓口でご案内します。
authenticating = 確認しています。カードはそのままお待ちください。
offer-registration = このカードを健康保険証として登録しますか。
registration-may-fail = 電子証明書の有効期限が近いため、登録できないことがあります。
registration-failed = 登録できませんでした。窓口でご案内します。
not-registered = このカードは健康保険証として登録されていません。窓口でご案内します。
querying = 保険の資格を確認しています。
eligibility-not-confirmed = 資格を確認できませんでした。保険者が変わった直後は反映に10日ほどかかります。窓口でご案内します。
ask-consent = 次の情報を医師・薬剤師に提供しますか。
consent-again = 「同意する」か「同意しない」を選んでください。
consents-not-sent = 資格は確認できましたが、同意の内容を送れませんでした。窓口でお伝えください。
done = 受付が終わりました。
expires-soon = 有効期限が近づいています。市区町村の窓口で更新してください。
expired-in-grace = 有効期限が切れています。保険の資格確認だけは、表示の日まで使えます。お早めに更新してください。
expired = 有効期限が切れているため使えません。窓口でほかの確認方法をご案内します。更新は市区町村でできます。
revoked = このカードの電子証明書は使えません。窓口でご案内します。
remove-card = カードを忘れずにお取りください。
card-left-behind = カードが残っています。お取りください。
insert-again = カードを読み取れませんでした。ケースから出して、もう一度置いてください。
not-my-number-card = マイナンバーカードではありません。
card-removed = カードが外されたため中止しました。もう一度初めからお願いします。
card-face-unreadable = カードの表面を読み取れませんでした。暗証番号を使うか、係員をお呼びください。
upstream-trouble = 通信の不具合で確認できません。窓口でご案内します。
cancelled = 中止しました。
timed-out = 時間が過ぎたため中止しました。もう一度初めからできます。
data-looks-wrong = 表示の内容が違う場合は、窓口にお知らせください。
face-only-not-here = 顔認証のみのカードは、このサービスでは使えません。
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
system-failure-welcome = 保険の資格を確認するシステムが止まっています。カードを置くか、窓口へお越しください。窓口で別の方法により受付します。
training-welcome = 【練習中】係員の練習に使っています。受付は窓口へお越しください。
hold-phone = スマートフォンのロックを解除し、スマートフォン用の読み取り機にかざしてください。
phone-unreadable = スマートフォンを読み取れませんでした。もう一度かざすか、カードをお持ちください。
phone-pin-wrong = スマートフォンの暗証番号が違います。
phone-pin-blocked = スマートフォンの暗証番号は使えません。カードがあれば、カードで受付できます。
phone-expired = スマートフォンの有効期限が切れています。カードをお持ちの方は、カードを置いてください。
phone-not-registered = 初めての方は、スマートフォンではなくカードが必要です。カードをお持ちの方は、カードを置いてください。
card-and-phone = カードかスマートフォンの、どちらか一つをお使いください。
ask-papers = お持ちのものをすべて選んでください。
notice-needs-card = 「資格情報のお知らせ」だけでは使えません。マイナンバーカードと一緒にお見せください。
go-to-counter = 窓口でお見せください。
nothing-to-show = 窓口でご案内します。確認できるものがないときは、いったん全額のお支払いをお願いすることがあります。
offer-registration-again = このカードの健康保険証としての登録は解除されています。もう一度登録しますか。
suspended = このカードは一時停止されています。見つかったカードは、市区町村で停止の解除を受けると使えます。窓口でご案内します。
partly-done = 保険の資格は確認できました。お答えのない項目は、提供されません。
staff-suspended = 電子証明書が一時停止されています。カードを使わない方法で資格を確認してください。
staff-without-card = 使えるカードのない患者が窓口へ来ます。
staff-data-looks-wrong = 患者が、表示の内容が自分のものではないと言っています。送信済みの同意があれば取り消しの手配をしてください。
staff-partly-done = 資格は確認できましたが、同意が途中です。必要なら口頭で確認してください。

## What to do next

next-retry-face = マスクや帽子を外して、もう一度カメラを見てください。
next-use-face = 顔認証をご利用ください。
next-use-pin = 暗証番号を入力してください。
next-call-staff = 係員をお呼びください。カードの写真で確認できます。
next-insert-again = カードを取り出し、確認してもう一度置いてください。
next-start-again = 最初からやり直してください。
next-use-my-number-card = マイナンバーカードを置いてください。
next-use-fallback = 窓口でほかの方法により資格を確認します。
next-visit-municipality = 市区町村の窓口で更新または交換の手続きをしてください。
next-reset-pin = 市区町村または公式の再設定サービスで暗証番号を解除してください。
next-ask-insurer = 加入している保険者にお問い合わせください。
next-register-card = 健康保険証としての利用登録をしてください。
next-check-device = 機器・ケーブル・サービスを確認し、再起動してください。
next-set-clock = この機器の時計を合わせてください。
next-wait = 少し待ってから、もう一度お試しください。
next-place-card = カードを置いてください。
next-leave-card = カードはそのままにしてください。
next-take-card = カードをお取りください。
next-bring-card = カードそのものをお持ちください。
next-hold-phone = スマートフォンをもう一度かざしてください。
next-show-papers = お持ちのものを選んでください。
next-answer-question = 画面の質問にお答えください。
next-call-card-line = カードの紛失・一時停止の電話窓口にお問い合わせください。

## Ways at the counter

route-portal-screen-with-card = マイナンバーカードと、マイナポータルの資格情報の画面(またはその印刷物)
route-eligibility-notice-with-card = マイナンバーカードと、資格情報のお知らせ
route-eligibility-certificate = 資格確認書
route-old-insurance-card = 有効期限内の健康保険証
route-expired-insurance-card = 期限の切れた健康保険証(窓口で確認します)
route-oral-check-of-returning-patient = 以前の受診からの変更がないかの、口頭での確認
route-self-declaration-with-card = マイナンバーカードと、窓口で記入する被保険者資格申立書
route-notes-from-card = マイナンバーカードの券面の内容を係員が控え、後で確認する方法
route-disaster-search = お名前・生年月日・住所などによる窓口での確認
route-pay-in-full = いったん全額を支払い、後で保険者に請求する方法

## Ways to prove who one is

method-face = 顔認証
method-pin = 暗証番号
method-staff-visual = 係員による確認
method-phone-pin = スマートフォン(暗証番号)
method-phone-biometric = スマートフォン(生体認証)

## Information that is shared

item-diagnosis = 過去の診療情報
item-medication = 過去の薬の情報
item-health-checkup = 特定健診の結果
item-limit-info = 限度額情報
item-specific-disease = 特定疾病療養受療証の情報

## Explanations

explain-what-consent-does = 同意すると、この医療機関・薬局の医師・歯科医師・薬剤師などが、選んだ情報を見て診療や調剤に使えます。
explain-what-refusal-means = 同意しなくても、ふつうに受診できます。
explain-consent-every-visit = 同意は受付のたびにうかがいます。有効なのは同意から24時間です。
explain-medicine-history = 薬の情報は、おおむね1か月前から5年前までのものです。市販の薬は含まれません。
explain-on-the-chip = カードのICチップには、氏名・住所・生年月日・性別・顔写真・マイナンバー・電子証明書・住民票コードが入っています。
explain-not-on-the-chip = 税・年金・病歴・薬の情報は、ICチップに入っていません。受付ではマイナンバーも使いません。
explain-safe-to-carry = ICチップの情報を無理に読み出そうとすると、チップは壊れて読めなくなります。
explain-why-every-visit = 受診のたびに、ご本人の確認と資格の確認をしています。
explain-limit-covers = 同じ月に同じ医療機関で支払う額が上限を超える分は、窓口での支払いが不要になります。
explain-limit-does-not-cover = 入院中の食事代や差額ベッド代などは対象になりません。
explain-limit-still-apply = 所得区分などにより、これまでどおり申請が必要な方がいます。加入している保険者にお尋ねください。
explain-certificate-shares-nothing = 資格確認書で受付すると、診療や薬の情報は提供されません。
explain-certificate-on-application = カードを使うことが難しい方は、保険者に申請して資格確認書を受け取れます。介助の方も申請できます。
explain-lost-card = カードをなくしたときは、電話で一時停止をし、警察に届け出て、市区町村で再発行の手続きをしてください。その間は資格確認書を使えます。
explain-telephone-relay = 耳や声の不自由な方は、電話リレーサービスを通じてこれらの電話番号を利用できます。
explain-registration = カードは、健康保険証として登録してから使えます。登録は一度で済み、保険が変わってもやり直す必要はありません。

## Lines to call: as published by their operators. Check them before you show them

contact-lost-card = カードの紛失・盗難による一時停止(無料、音声案内の2番)
    .number = 0120-95-0178
    .hours = 24時間365日
    .languages = 日本語
contact-card-questions = カードや電子証明書についてのお問い合わせ(無料)
    .number = 0120-95-0178
    .hours = 平日 9:30~20:00、土日祝 9:30~17:30(年末年始を除く)
    .languages = 日本語
contact-card-line-charged = つながらないときの番号(有料)
    .number = 0570-783-578
    .hours = 一時停止は24時間365日
    .languages = 日本語

## What belongs to a message

date = { $year }年{ $month }月{ $day }日
prompt-with-detail = { $text }{ $detail }
detail-tries-left = 残りは{ $left }回です。
detail-last-day = 最後に使える日は{ $date }です。
detail-days-left = { $days ->
    [0] 本日が最終日です。
   *[other] あと{ $days }日です。
}

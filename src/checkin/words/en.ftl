# The words shown to patients and staff in English. Change the words, keep the keys.

## Messages

welcome = Please place your My Number Card on the reader.
disaster-welcome = Please place your card on the reader. Without a card, please go to the counter.
use-counter = This machine is out of order. Please go to the counter with your card.
one-card = Please place one card only.
reading = Reading your card. Please leave it where it is.
choose-method = Please choose how to confirm your identity.
method-unavailable = That is not available now. Please choose another way.
look-at-camera = Please look straight at the camera.
remove-mask-or-hat = Please take off your mask or hat and try again.
move-closer = Please come a little closer.
move-back = Please move back a little.
move-left = Please move a little to the left.
move-right = Please move a little to the right.
hold-still = Please hold still.
one-person = Please stand before the screen alone.
whole-face = Please bring your whole face into the picture.
face-the-camera = Please turn your face to the camera.
hold-head-upright = Please hold your head upright.
show-your-eyes = Please take off dark glasses and keep your hair out of your eyes.
more-light = It is too dark. Please turn towards the light.
too-much-light = There is too much light on your face. Please turn away from it a little.
light-behind = The light behind you is too strong. Please move a little so that it is not behind you.
face-try-again = We could not confirm. Please look at the camera again.
face-use-other = Your face could not be confirmed. Please use your PIN or call the staff.
turn-head-left = Please turn your head slowly to the left, and back.
turn-head-right = Please turn your head slowly to the right, and back.
blink-once = Please blink once.
enter-pin = Please enter your four-digit PIN.
pin-four-digits = The PIN has four digits. Please enter it again.
pin-wrong = The PIN is wrong.
pin-last-try = One more wrong PIN will lock it. We suggest another way.
pin-blocked = The PIN is locked. Please use your face, or call the staff. Your municipality or the official reset service can unlock it.
pin-not-needed = You can check in without the PIN, by face or with the staff.
staff-coming = The staff have been called. Please wait.
staff-enter-code = Staff: please enter the pass code.
staff-wrong-code = Staff: the pass code is wrong.
staff-compare = Staff: please compare the person with the photo on the card.
identity-not-confirmed = Your identity could not be confirmed. The staff at the counter will help you.
authenticating = Checking. Please leave your card in place.
offer-registration = Do you want to register this card as your health-insurance card?
registration-may-fail = Registration may fail because the certificate expires soon.
registration-failed = Registration failed. The staff at the counter will help you.
not-registered = This card is not registered as a health-insurance card. The staff at the counter will help you.
querying = Checking your insurance eligibility.
eligibility-not-confirmed = Eligibility could not be confirmed. After a change of insurer, data take about ten days. The staff at the counter will help you.
ask-consent = Do you agree to share this information with your doctor or pharmacist?
consent-again = Please choose "agree" or "do not agree".
consents-not-sent = Eligibility is confirmed, but your consents could not be sent. Please tell the staff.
done = You are checked in.
expires-soon = Your certificate or card expires soon. Please renew it at your municipality.
expired-in-grace = It has expired. Until the day shown it still proves your eligibility. Please renew it soon.
expired = It has expired and can no longer be used. The staff will offer another way. Please renew it at your municipality.
revoked = This card's certificate cannot be used. The staff at the counter will help you.
remove-card = Please take your card.
card-left-behind = A card was left here. Please take it.
insert-again = The card could not be read. Please take it out of its case and place it again.
not-my-number-card = This is not a My Number Card.
card-removed = The card was removed, so we stopped. Please start again.
card-face-unreadable = The face of the card could not be read. Please use your PIN or call the staff.
upstream-trouble = We cannot check because of a connection problem. The staff at the counter will help you.
cancelled = Cancelled.
timed-out = Time ran out. You can start again.
data-looks-wrong = If the data look wrong, please tell the staff.
face-only-not-here = A face-authentication-only card cannot be used for this service.
staff-card-cannot-be-read = The card cannot be read. Check for dirt or a case; otherwise confirm eligibility in another way.
staff-not-genuine = The card's signature does not verify. Please inspect the card.
staff-identity-help = A patient needs help with identification.
staff-spoof = Something other than a live face may have been presented. Please look.
staff-upstream = The eligibility system cannot be reached. Confirm eligibility in another way.
staff-eligibility = Eligibility is not confirmed as valid. Confirm it in another way.
staff-expired = The certificate or the card has expired. Use the eligibility certificate or another way.
staff-revoked = The certificate is revoked. There is no grace period.
staff-device = A device is not working. Check cables and power.
staff-clock = The clock of the terminal cannot be trusted. Please set the time.
staff-card-left = A card was left behind.
staff-locked = Too many wrong pass codes: wait a little.
staff-info = Nothing to do.
system-failure-welcome = The eligibility system is out. Place your card or go to the counter: the staff will go on in another way.
training-welcome = Practice: the staff are being trained here. Please check in at the counter.
hold-phone = Please unlock your phone and hold it to the phone reader.
phone-unreadable = The phone could not be read. Hold it to the reader again, or use your card.
phone-pin-wrong = The PIN of the phone is wrong.
phone-pin-blocked = The PIN of the phone is locked. With the card itself you can still check in.
phone-expired = What is on the phone has expired. If you have the card itself, please place it on the reader.
phone-not-registered = The first time needs the card itself. If you have it with you, please place it on the reader.
card-and-phone = Please use either the card or the phone.
ask-papers = Please choose everything that you have with you.
notice-needs-card = The notice of eligibility data is valid only together with your My Number Card.
go-to-counter = Please show it at the counter.
nothing-to-show = The staff at the counter will help you. Without anything to show you may have to pay in full at first.
offer-registration-again = The registration of this card as a health-insurance card was released. Do you want to register it again?
suspended = This card is suspended. A card that was found again can be used after your municipality lifts that. The staff at the counter will help you.
partly-done = Your eligibility is confirmed. What you did not answer is not shared.
staff-suspended = The certificate is suspended. Confirm eligibility in a way that needs no card.
staff-without-card = A patient without a usable card comes to the counter.
staff-data-looks-wrong = The patient says that the data are somebody else's. If consents were sent already, have them withdrawn.
staff-partly-done = Eligibility is confirmed, but the consents are incomplete. Ask orally if you need them.

## What to do next

next-retry-face = take off mask or hat and look at the camera again
next-use-face = use face authentication
next-use-pin = enter the PIN
next-call-staff = call the staff, who can compare the printed photo
next-insert-again = take the card out, look at it and insert it again
next-start-again = start again from the beginning
next-use-my-number-card = insert a My Number Card
next-use-fallback = confirm the eligibility at the counter in another way
next-visit-municipality = have the card renewed or repaired at the municipality
next-reset-pin = unlock the PIN at the municipality or with the official reset service
next-ask-insurer = ask the insurer
next-register-card = register the card as a health-insurance card
next-check-device = check the device, its cable and its service, and start it again
next-set-clock = set the clock of this machine
next-wait = wait a little and try again
next-place-card = place the card on the reader
next-leave-card = leave the card where it is
next-take-card = take the card
next-bring-card = bring the card itself
next-hold-phone = hold the phone to its reader
next-show-papers = choose what you have with you
next-answer-question = answer the question on the screen
next-call-card-line = call the line for lost and suspended cards

## Ways at the counter

route-portal-screen-with-card = the My Number Card together with the portal's screen of eligibility data, or its document
route-eligibility-notice-with-card = the My Number Card together with the notice of eligibility data
route-eligibility-certificate = the eligibility certificate
route-old-insurance-card = an insurance card of the old kind that has not expired
route-expired-insurance-card = an expired insurance card of the old kind, which the counter checks
route-oral-check-of-returning-patient = asking whether anything changed since the last visit
route-self-declaration-with-card = the My Number Card together with a self-declaration written at the counter
route-notes-from-card = the staff note what is printed on the card and look it up later
route-disaster-search = looking you up at the counter by name, birth date and address
route-pay-in-full = paying in full now and claiming it from the insurer later

## Ways to prove who one is

method-face = face
method-pin = PIN
method-staff-visual = the staff
method-phone-pin = phone with PIN
method-phone-biometric = phone that recognises you

## Information that is shared

item-diagnosis = past diagnoses and treatment
item-medication = medicines, prescribed and dispensed
item-health-checkup = results of the specific health check-up
item-limit-info = the monthly ceiling of what you pay
item-specific-disease = the certificate of treatment of a specific disease

## Explanations

explain-what-consent-does = If you agree, doctors, dentists and pharmacists of this institution can see the information that you chose and use it for your treatment.
explain-what-refusal-means = If you do not agree, you are treated as usual.
explain-consent-every-visit = You are asked at every visit. A consent is valid for 24 hours.
explain-medicine-history = Medicines go back from about one month to five years. Those bought without a prescription are not among them.
explain-on-the-chip = The chip holds name, address, birth date, sex, photo, My Number, certificates and resident record code.
explain-not-on-the-chip = The chip holds nothing about tax, pension, illness or medicine, and the My Number itself is not used here.
explain-safe-to-carry = A chip that somebody tries to force open destroys itself and cannot be read any more.
explain-why-every-visit = Identity and eligibility are confirmed at every visit.
explain-limit-covers = What you pay in one month at one institution stays below your ceiling: above it nothing is to be paid at the counter.
explain-limit-does-not-cover = Hospital meals and private rooms are not covered.
explain-limit-still-apply = Some people, for example with low income, still have to apply as before. Please ask your insurer.
explain-certificate-shares-nothing = With the eligibility certificate no medical information is shared.
explain-certificate-on-application = People for whom the card is difficult can apply to the insurer for an eligibility certificate; those who care for them can, too.
explain-lost-card = If the card is lost: have it suspended by telephone, report it to the police, and apply for a new one at your municipality. Meanwhile an eligibility certificate can be used.
explain-telephone-relay = People who do not hear or speak can use these numbers through the telephone relay service.
explain-registration = A card is registered once before it is used as a health-insurance card. A change of insurer needs no new registration.

## Lines to call: as published by their operators. Check them before you show them

contact-lost-card = to have a lost or stolen card suspended (free of charge)
    .number = 0120-0178-27
    .hours = 24 hours, every day
    .languages = English, Chinese, Korean, Spanish, Portuguese
contact-card-questions = questions about card and certificates (free of charge)
    .number = 0120-0178-27
    .hours = weekdays 9:30 to 20:00, weekends and holidays 9:30 to 17:30, not at the turn of the year
    .languages = English, Chinese, Korean, Spanish, Portuguese
contact-card-line-charged = if that number cannot be reached (charged)
    .number = 0570-064-738
    .hours = suspension: 24 hours, every day
    .languages = English, Chinese, Korean, Spanish, Portuguese

## What belongs to a message

date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[other] December
} { $year }
prompt-with-detail = { $text } { $detail }
detail-tries-left = { $left ->
    [one] One try is left.
   *[other] { $left } tries are left.
}
detail-last-day = The last usable day is { $date }.
detail-days-left = { $days ->
    [0] Today is the last day.
    [one] One day is left.
   *[other] { $days } days are left.
}

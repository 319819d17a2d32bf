//! No input makes a parser panic: random bytes, and good bytes with mutations.

use zeroize::Zeroizing;

use super::Bench;
use crate::apdu::{Atr, CommandApdu, ResponseApdu, tlv};
use crate::exchange::der_length;
use crate::myna::common::CardData;
use crate::myna::{CardFaceCode, CvCertificate, TrustStore, UnverifiedFaceRecord, UserCertificate};
use crate::random::Random;
use crate::sim::card::Profile;

/// `good` with flipped bits, overwritten lengths, cuts, repeats or insertions.
pub(super) fn mutate(random: &mut Random, good: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            1 if !bytes.is_empty() => {
                bytes[at] = [0x00, 0x7F, 0x80, 0x82, 0x84, 0xFF][random.below(6)]
            }
            2 => bytes.truncate(at),
            3 => bytes.insert(at.min(bytes.len()), random.next() as u8),
            4 if !bytes.is_empty() => {
                // The first bytes decide most: they hold tags and lengths.
                let at = random.below(bytes.len().min(12));
                bytes[at] = random.next() as u8;
            }
            _ => {
                let tail = bytes.split_off(at.min(bytes.len()));
                bytes.extend_from_slice(&tail);
                bytes.extend_from_slice(&tail);
            }
        }
    }
    bytes
}

#[test]
fn two_hundred_thousand_inputs() {
    let mut bench = Bench::new(Profile::default());
    let pem = bench.card.trust_pem();
    let trust = TrustStore::from_pem(&pem).expect("own hierarchy");
    let certificate = bench.card.auth_certificate().to_vec();
    let (record, cv_certificate) = surface_files(&mut bench);
    let issuer = CvCertificate::check(&cv_certificate, &trust).expect("genuine");
    let verify = |bytes: &[u8]| {
        let record = UnverifiedFaceRecord::new(Zeroizing::new(bytes.to_vec()));
        record.verify(&issuer)
    };
    let person = verify(&record).expect("genuine");
    let card_data = [&[0x01, 0x1C][..], b"0000000000000009999920350217"].concat();
    let atr = bench.connection.atr().as_bytes().to_vec();
    let command = [&[0x80, 0x2A, 0x00, 0x97, 51][..], &[1; 51], &[0]].concat();
    let code = bench.card.holder().card_face_code.as_bytes().to_vec();

    let mut random = Random(0x6D79_6E61_2D68_616C);
    let mut accepted = 0usize;
    let (mut records, mut issuers) = (0usize, 0usize);
    let mut parse = |bytes: &[u8], genuine: bool| {
        let _ = tlv::iter(bytes).count();
        let _ = der_length(bytes);
        let _ = Atr::parse(bytes).map(|atr| (atr.card_services(), atr.historical_bytes().len()));
        let _ = CommandApdu::parse(bytes).map(|command| command.data().len());
        let _ = ResponseApdu::new(bytes.to_vec()).map(|response| response.data().len());
        let _ = CardData::parse(bytes);
        let _ = CardFaceCode::parse(&String::from_utf8_lossy(bytes));
        if UserCertificate::check(bytes, &trust).is_ok() && !genuine {
            accepted += usize::from(bytes != certificate);
        }
        if let Ok(certificate) = CvCertificate::check(bytes, &trust) {
            // Whatever is accepted is the issuer's key as it was certified.
            assert_eq!(certificate.issuer, issuer.issuer);
            assert_eq!(certificate.subject, issuer.subject);
            assert_eq!(certificate.key, issuer.key);
            issuers += usize::from(bytes != cv_certificate);
        }
        if let Ok(found) = verify(bytes) {
            // Whoever is accepted is the person whose record was signed, with the chip's key.
            assert_eq!(found.portrait().jpeg2000(), person.portrait().jpeg2000());
            assert_eq!(found.birth(), person.birth());
            assert_eq!(found.card_key, person.card_key);
            records += usize::from(bytes != record);
        }
    };
    let good = [
        &certificate,
        &record,
        &cv_certificate,
        &card_data,
        &atr,
        &command,
        &code,
    ];
    for sample in good {
        parse(sample, true);
    }
    for round in 0..150_000 {
        let bytes = mutate(&mut random, good[round % good.len()]);
        parse(&bytes, false);
    }
    for _ in 0..50_000 {
        let bytes: Vec<u8> = (0..random.below(300))
            .map(|_| random.next() as u8)
            .collect();
        parse(&bytes, false);
    }
    for _ in 0..5_000 {
        let text = mutate(&mut random, pem.as_bytes());
        let _ = TrustStore::from_pem(&String::from_utf8_lossy(&text));
    }
    // A certificate with something behind it or another reading of the same bytes may not pass.
    assert_eq!(accepted, 0, "a changed certificate was accepted");
    // Parts of the other two are signed and the rest is not, so both ways must have been tried.
    assert!(
        records > 0 && issuers > 0,
        "no mutation hit what is not signed"
    );
}

/// The face record and the issuer's certificate as the card holds them.
pub(super) fn surface_files(bench: &mut Bench) -> (Vec<u8>, Vec<u8>) {
    use crate::exchange::{Aid, Dialogue, Knowledge, RetryGuard, ShortFileId};
    let wait = bench.wait();
    let code = bench.code();
    let mut dialogue = Dialogue::begin(&mut bench.connection, Knowledge::default(), &wait)
        .map_err(|(_, error)| error)
        .expect("free");
    let surface = Aid(&[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02]);
    dialogue.select_application(surface, &wait).expect("there");
    let issuer = dialogue
        .read_file(ShortFileId::new(4), &wait)
        .expect("free");
    let outcome = dialogue
        .verify_secret(
            ShortFileId::new(0x12),
            code.secret(),
            RetryGuard::Bare,
            &wait,
        )
        .expect("sent");
    assert!(matches!(outcome, crate::pin::PinOutcome::Verified));
    let record = dialogue
        .read_file(ShortFileId::new(2), &wait)
        .expect("open");
    (record.to_vec(), issuer.to_vec())
}

//! The guessed next generation of the card, and OpenSSL as a second opinion on its certificates.

use hw_tests::pcscd::{Pcscd, READER};
use hw_tests::unhex;
use serde_json::json;

use crate::ours::PROVEN;
use crate::{PIN, authenticated, done, helper, measured, text};

#[test]
fn a_p384_card_serves_the_library_and_its_chain_serves_openssl() {
    let rig = Pcscd::start();
    let card = rig.lend(&["--next-generation-guess"]);
    let (said, log) = measured("ours certificate+sign, P-384 as guessed", &card, || {
        authenticated(&rig, &card, PIN, &[])
    });
    assert!(said.success, "{}", said.json);
    assert_eq!(said.json["proven"], json!(PROVEN));
    said.counted(&log);

    let certificate = helper(&rig, &card, env!("CARGO_BIN_EXE_certificate"), READER);
    let der = unhex(
        certificate.json["der"]
            .as_str()
            .expect("hexadecimal digits"),
    );
    let (file, pem) = (rig.folder().join("p384.der"), rig.folder().join("p384.pem"));
    std::fs::write(&file, der).expect("a file");
    done(rig.run(
        "openssl",
        &[
            "x509",
            "-inform",
            "DER",
            "-in",
            text(&file),
            "-out",
            text(&pem),
        ],
    ));
    // openssl ignores the trust file's other blocks. Purpose and policy are the library's matter.
    done(rig.run(
        "openssl",
        &[
            "verify",
            "-check_ss_sig",
            "-CAfile",
            text(&card.trust),
            text(&pem),
        ],
    ));
    helper(&rig, &card, env!("CARGO_BIN_EXE_portrait"), READER);
}

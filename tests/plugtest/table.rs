//! The part of `tests/INTEROP.md` on the plugtest.

use crate::cases::{CASES, Case, DEFECTS};
use crate::server::Kind;
use std::fmt::Write;

const HEAD: &str = "# The CoAP plugtest\n\n\
    Written by `tests/plugtest`, which `cargo verify` runs. The cases are those of the ETSI/IETF CoAP#4 plugtest that a client can be asked, by the\n\
    identifiers of its descriptions (TD_COAP_…); what they are about is said in our words. A mark is a case that ran and passed: our client did what the\n\
    description has it do, and the messages both ways were what it says, or what the RFC says where the drafts of then differ. An empty cell: the server has\n\
    not the resource. A letter: the server's own defect stands in the way, see below. If what ran is not what stands here, that test fails.\n\n";

const LIBCOAP: &str = "\nThree things are let pass with libcoap: it names the Content-Format of links alone (a SHOULD, RFC 7252 5.5.1); its last response to a body in\n\
    blocks has no Block1 option (RFC 7959 2.3); of pings that begin a conversation one in ten is dropped, of \"invalid code 0.00\", until its copy comes. Where\na \
    description wants a resource that changes by itself, its `/time` serves; where a response is to be separate, `/async`.\n";

const DTLS: &str = "\nTD_COAP_DTLS_01 to 03 run on libcoap with OpenSSL and with GnuTLS. The other cases of DTLS are part of other tests: 04, raw public keys, of the \
    matrix\nabove (*raw keys, mutual*, C0AE; the description names the suite so, and another's number); 05, a server's key that we do not know, of \
    `credential_failures`; 06, a\nkey of ours that the server does not know, of `interop_credentials`; 07, loss, of `credential_retransmit` and, with \
    certificates, `interop_credentials`.\n";

/// Compares, and writes that part where it differs.
///
/// # Errors
/// That it differed.
pub(crate) fn compare() -> Result<(), String> {
    stint_lab::interop::compare(&part()?)
}

fn part() -> Result<String, String> {
    let mut text = String::from(HEAD);
    let wrong = |e: std::fmt::Error| e.to_string();
    for kind in Kind::ALL {
        writeln!(text, "- **{}**: {}, version {}", kind.name(), kind.origin(), kind.version()?).map_err(wrong)?;
    }
    let columns = Kind::ALL.map(Kind::name).join(" | ");
    writeln!(text, "\n| case | about | {columns} |\n|---|---|{}", "---|".repeat(Kind::ALL.len())).map_err(wrong)?;
    for case in CASES {
        let marks = Kind::ALL.map(|kind| mark(case, kind)).join(" | ");
        writeln!(text, "| {} | {} | {marks} |", case.id, case.about).map_err(wrong)?;
    }
    let count: usize = CASES.iter().map(|case| case.on.len()).sum();
    writeln!(text, "\n{count} tests.\n\nDefects of the servers, in the versions above:\n").map_err(wrong)?;
    for ((kind, _, what), letter) in DEFECTS.iter().zip('a'..) {
        writeln!(text, "- {letter}, {}: {what}", kind.name()).map_err(wrong)?;
    }
    text.push_str(LIBCOAP);
    text.push_str(DTLS);
    Ok(text)
}

/// A mark, the letter of a defect, or nothing.
fn mark(case: &Case, kind: Kind) -> String {
    if case.on.contains(&kind) {
        return "✓".to_owned();
    }
    let defect = DEFECTS.iter().zip('a'..).find(|((server, ids, _), _)| *server == kind && ids.contains(&case.id));
    defect.map(|(_, letter)| letter.to_string()).unwrap_or_default()
}

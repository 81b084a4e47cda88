//! The part of `tests/INTEROP.md` on DTLS: what ran.

use crate::cell::{Cell, Feature, credential, suite_name};
use crate::servers;
use std::fmt::Write;

const HEAD: &str = "# Interoperation\n\n\
    Written by `tests/interop_matrix`, which `cargo verify` runs: a mark is a test that ran and passed, a handshake with a real server with data both ways\n\
    and a close; an empty cell was not tried, mostly because the server does not have it. If what ran is not what stands here, that test fails.\n\n\
    Full handshakes ask for the extended master secret and get it.\n\n\
    - *plain*: the one suite is all that is offered; elsewhere all suites of the credential are, and the server chooses\n\
    - *CID*: both sides have a Connection ID; *ticket + CID*: both agree on one again in the abbreviated handshake\n\
    - *small MTU*: datagrams of 300 bytes at most both ways, so that certificates go in fragments\n\
    - *MFL*: max_fragment_length of 512 bytes; *record_size_limit*: 512 bytes of ours, 600 of the server's\n\
    - *session ID*, *ticket*: the second handshake is an abbreviated one\n\
    - *ALPN*: `co`; *exporter*: the server prints the same keying material (RFC 5705)\n\
    - *below P-384*: the anchor is an issuing authority on P-256 below a root on P-384; *P-384*, *RSA*: the anchor is a root with such a key, whose signature\n  \
      is verified\n\n";

/// Compares, and writes its part of the file where it differs.
///
/// # Errors
/// That it differed.
pub(crate) fn compare(cells: &[Cell]) -> Result<(), String> {
    stint_lab::interop::compare(&table(cells)?)
}

fn table(cells: &[Cell]) -> Result<String, String> {
    let mut text = String::from(HEAD);
    for server in servers::all() {
        let version = (server.version)()?;
        writeln!(text, "- **{}**: {}, version {version}", server.name, server.origin).map_err(|e| e.to_string())?;
    }
    let columns = Feature::ALL.map(Feature::name).join(" | ");
    writeln!(text, "\n| server | credential | suite | {columns} |\n|---|---|---|{}", "---|".repeat(Feature::ALL.len()))
        .map_err(|e| e.to_string())?;
    let mut rows: Vec<(&str, &str, u16, &str)> = Vec::new();
    for cell in cells {
        let row = (cell.server.name, credential(cell.who), cell.suite.code(), suite_name(cell.suite));
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    for (server, who, code, suite) in rows {
        let ran = |feature: Feature| {
            cells
                .iter()
                .any(|c| (c.server.name, credential(c.who), c.suite.code(), c.feature) == (server, who, code, feature))
        };
        let marks = Feature::ALL.map(|feature| if ran(feature) { "✓" } else { "" }).join(" | ");
        writeln!(text, "| {server} | {who} | {code:04X} {suite} | {marks} |").map_err(|e| e.to_string())?;
    }
    let count = cells.len();
    writeln!(text, "\n{count} tests.").map_err(|e| e.to_string())?;
    Ok(text)
}

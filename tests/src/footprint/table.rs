//! The figures as tables.

use super::{Row, curve};
use std::fmt::Write;

/// A figure of a row, or a dash.
fn cell(value: Option<u64>) -> String {
    let Some(value) = value else { return "–".into() };
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The figures of all rows, as Markdown.
pub(super) fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    let wire = |sent: u64, received: u64| Some(format!("{} / {}", cell(Some(sent)), cell(Some(received))));
    type Column<'a> = (&'a str, &'a dyn Fn(&Row) -> Option<String>);
    let columns: [Column<'_>; 10] = [
        ("flash", &|row| Some(cell(Some(row.flash)))),
        ("RAM, handshake", &|row| Some(cell(row.ram_handshake()))),
        ("RAM, established", &|row| Some(cell(row.ram_established()))),
        ("stack", &|row| Some(cell(row.stack_peak()))),
        ("instructions, handshake", &|row| Some(cell(row.figure("instructions_handshake")))),
        ("seal", &|row| Some(cell(row.figure("instructions_seal")))),
        ("open", &|row| Some(cell(row.figure("instructions_open")))),
        ("bytes sent / received", &|row| wire(row.wire.bytes_sent, row.wire.bytes_received)),
        ("datagrams", &|row| wire(row.wire.datagrams_sent, row.wire.datagrams_received)),
        ("whole firmware's RAM", &|row| Some(cell(row.figure("ram_firmware")))),
    ];
    let heads: Vec<&str> = columns.iter().map(|(head, _)| *head).collect();
    let _ = writeln!(text, "| profile | target | {} |", heads.join(" | "));
    let _ = writeln!(text, "|---|---|{}", "---:|".repeat(heads.len()));
    for row in rows {
        let cells: Vec<String> = columns.iter().map(|(_, of)| of(row).unwrap_or_default()).collect();
        let _ = writeln!(text, "| {} | {} | {} |", row.profile, row.target, cells.join(" | "));
    }
    let layers = ["dtls", "pki", "crypto", "coap", "glue", "core", "constants"];
    let _ = writeln!(
        text,
        "\nFlash by layer, bytes (`core`: compiler_builtins, and core where it is not inlined; of it and of `constants`, what the baseline has is taken off):\n"
    );
    let _ = writeln!(text, "| profile | target | {} |", layers.join(" | "));
    let _ = writeln!(text, "|---|---|{}", "---:|".repeat(layers.len()));
    for row in rows {
        let cells: Vec<String> = layers.iter().map(|layer| cell(row.layers.get(layer).copied())).collect();
        let _ = writeln!(text, "| {} | {} | {} |", row.profile, row.target, cells.join(" | "));
    }
    let _ = writeln!(text, "\nBy step: instructions (stack in bytes), and the sizes of what the caller lends:\n");
    for row in rows {
        let _ = write!(text, "- {} on {}:", row.profile, row.target);
        for (name, value) in &row.reported {
            let _ = write!(text, " {name} {};", cell(Some(*value)));
        }
        let _ = writeln!(text);
    }
    text.push_str(
        "\nInstructions, not cycles (QEMU, -icount). Flash: every byte of code that comes from Stint or its cryptography, inlining undone, with what of core \
         and of the constants the baseline `idle` (the same shim, no Stint) does not have. RAM in the handshake: the client, all memory lent (to the \
         credential too; the reassembly slice is empty), CoAP's state, and the deepest stack of a call. Verify, generate, agree, derive, sign: the poll in which \
         that is done, with all else that it does; of several signatures verified, the dearest. Compiler: Debian's rustc-web, core built from source, opt-level s.\n",
    );
    text
}

/// The figures of the curve alone, as Markdown.
pub(super) fn curve(rows: &[curve::Row]) -> String {
    let mut text = String::new();
    let heads = curve::OPERATIONS.join(" | ");
    let _ = writeln!(text, "| P-256 | target | net flash | {heads} | stack | {} |", curve::OPERATIONS.join(" / "));
    let _ = writeln!(text, "|---|---|{}", "---:|".repeat(curve::OPERATIONS.len() + 3));
    for row in rows {
        let instructions = curve::OPERATIONS.map(|operation| cell(row.instructions(operation))).join(" | ");
        let stack = curve::OPERATIONS.map(|operation| cell(row.stack(operation))).join(" / ");
        let (flash, peak) = (cell(Some(row.flash)), cell(row.stack_peak()));
        let _ = writeln!(text, "| {} | {} | {flash} | {instructions} | {peak} | {stack} |", row.profile, row.target);
    }
    text.push_str(
        "\nOne operation of P-256 alone: instructions, not cycles (QEMU, -icount), and bytes of stack, the deepest and each. Net flash: the image with all four less the \
         same image without a curve (SHA-256, HMAC and the DER of a signature in both). Compiler: Debian's rustc-web, core built from source.\n",
    );
    text
}

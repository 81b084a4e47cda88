//! `stint discover`: the links of /.well-known/core, one a line (RFC 6690).

use crate::exit::Failure;
use crate::jobs::Exchange;
use crate::output::Output;
use crate::request::Prepared;
use crate::session::Job;
use crate::uri::Target;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;
use stint_coap::{Endpoint, OptionNumber, Outcome};

/// The target with the path of the list of links, where it names none; the query is a filter (RFC 6690 4.1).
pub(crate) fn well_known(mut target: Target) -> Target {
    if !target.options.iter().any(|(number, _)| *number == OptionNumber::URI_PATH) {
        for segment in [".well-known", "core"] {
            target.options.push((OptionNumber::URI_PATH, segment.into()));
        }
    }
    target
}

/// A GET whose answer is laid out.
pub(crate) struct Discovery {
    exchange: Exchange,
    file: Option<PathBuf>,
}

impl Discovery {
    pub(crate) fn new(request: Prepared, file: Option<PathBuf>, verbose: bool) -> Self {
        let output = Output::Memory(Vec::new());
        Discovery { exchange: Exchange { request, output, left: 1, verbose, diagnosis: Vec::new() }, file }
    }

    /// Prints what came.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let Output::Memory(body) = &self.exchange.output else { return Ok(()) };
        let document = String::from_utf8_lossy(body);
        let lines = lines(&document);
        Output::new(self.file.as_deref(), true).block(0, lines.as_bytes(), false)
    }
}

impl Job for Discovery {
    fn begin(&mut self, coap: &mut Endpoint<'_>, now: Duration) -> Result<(), Failure> {
        self.exchange.begin(coap, now)
    }

    fn outcome(
        &mut self,
        outcome: Outcome<'_>,
        coap: &mut Endpoint<'_>,
        now: Duration,
    ) -> Result<ControlFlow<()>, Failure> {
        self.exchange.outcome(outcome, coap, now)
    }
}

/// Each link on its line: a comma divides two links unless it stands in quotes or in the target's brackets (RFC 6690 2).
fn lines(document: &str) -> String {
    let (mut quoted, mut escaped, mut bracket) = (false, false, false);
    let mut out = String::new();
    for character in document.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if !bracket => quoted = !quoted,
            '<' if !quoted => bracket = true,
            '>' if !quoted => bracket = false,
            _ => {}
        }
        if character == ',' && !quoted && !bracket { out.push('\n') } else { out.push(character) }
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn commas_in_quotes_and_in_targets_divide_nothing() {
        assert_eq!(
            super::lines(r#"</a>;ct=0,</b,c>;title="x, \"y\", z",</d>"#),
            "</a>;ct=0\n</b,c>;title=\"x, \\\"y\\\", z\"\n</d>\n"
        );
        assert_eq!(super::lines(""), "");
    }
}

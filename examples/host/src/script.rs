//! `stint run`: the requests of a file, one a line.

use crate::args::{Line, LineArgs, LineCommand};
use crate::exit::Failure;
use crate::request::Prepared;
use crate::sources::Payload;
use crate::uri::Target;
use clap::Parser as _;
use std::path::Path;
use stint_coap::Code;

/// A line that says something.
pub(crate) struct Step {
    number: usize,
    code: Code,
    args: LineArgs,
}

/// Reads a file of requests; "-" is standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<Step>, Failure> {
    let failed = |error| Failure::local(path.display(), error);
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin()).map_err(failed)?
    } else {
        std::fs::read_to_string(path).map_err(failed)?
    };
    let mut steps = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (code, args) = step(line).map_err(|why| Failure::usage(format!("{}:{number}: {why}", path.display())))?;
        steps.push(Step { number, code, args });
    }
    if steps.is_empty() {
        return Err(Failure::usage(format!("{}: there is no request in it", path.display())));
    }
    Ok(steps)
}

fn step(line: &str) -> Result<(Code, LineArgs), String> {
    let words = shell_words::split(line).map_err(|error| error.to_string())?;
    let line = Line::try_parse_from(words).map_err(|error| {
        // Its first paragraph says what is wrong; the rest is about a command line.
        let told = error.to_string();
        let first = told.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
        first.split_whitespace().collect::<Vec<_>>().join(" ")
    })?;
    Ok(match line.command {
        LineCommand::Get(args) => (Code::GET, args),
        LineCommand::Put(args) => (Code::PUT, args),
        LineCommand::Post(args) => (Code::POST, args),
        LineCommand::Delete(args) => (Code::DELETE, args),
        LineCommand::Fetch(args) => (Code::FETCH, args),
        LineCommand::Patch(args) => (Code::PATCH, args),
        LineCommand::Ipatch(args) => (Code::IPATCH, args),
    })
}

/// The URI of the first request, where it is one.
pub(crate) fn first_uri(steps: &[Step]) -> Option<&str> {
    steps.first().map(|step| step.args.uri.as_str()).filter(|uri| !uri.starts_with('/'))
}

/// The requests, all to this server.
pub(crate) fn prepared(steps: &[Step], target: &Target, path: &Path) -> Result<Vec<Prepared>, Failure> {
    let prepared = |step: &Step| {
        let request = target
            .another(&step.args.uri)
            .and_then(|target| Prepared::new(step.code, &target, &step.args.message, &Payload::open(&step.args.body)?));
        request.map_err(|failure| match failure {
            Failure::Usage(why) => Failure::Usage(format!("{}:{}: {why}", path.display(), step.number)),
            other => other,
        })
    };
    steps.iter().map(prepared).collect()
}

#[cfg(test)]
mod tests {
    use super::{Code, step};

    #[test]
    fn a_line_has_words_as_in_a_shell_and_the_options_of_a_request() {
        let (code, args) = step(r#"put /a -e "two words" -t json -O ETag=0x01"#).unwrap();
        assert_eq!((code, args.uri.as_str()), (Code::PUT, "/a"));
        assert_eq!(args.body.payload.as_deref(), Some("two words"));
        assert_eq!(args.message.options, ["ETag=0x01"]);
    }

    #[test]
    fn what_a_line_cannot_mean_is_told_in_a_line() {
        for line in ["put", "observe /x", "get /a /b", "get '/a", "get /a -k key", "get /a --no-such"] {
            let why = step(line).unwrap_err();
            assert!(!why.is_empty() && !why.contains('\n'), "{line}: {why}");
        }
    }
}

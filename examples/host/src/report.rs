//! What came, told: to people, or to a program as JSON, one object a line.

use crate::answer::Answer;
use crate::exit::Failure;
use crate::names;
use crate::output::{print, print_json};
use crate::request::Prepared;
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use stint_coap::{Code, OptionNumber, ProblemDetails, Response};

/// How things are told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    pub(crate) json: bool,
    pub(crate) verbose: bool,
    /// Many payloads come: each ends with a line end.
    pub(crate) lines: bool,
}

/// A response as a program sees it.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<SocketAddr>,
    method: String,
    uri: &'a str,
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    options: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_hex: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem<'a>>,
    /// After how long the server wants the request again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    bytes: u64,
    blocks: u32,
    seconds: f64,
}

/// Problem details (RFC 9290) as a program sees them; those that are not known here are in the payload.
#[derive(Serialize)]
struct Problem<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_code: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unprocessed_options: Vec<String>,
}

impl Report {
    /// A response that is whole. `took`: since it was asked for.
    pub(crate) fn answer(
        &self,
        request: &Prepared,
        answer: &Answer,
        took: Duration,
        from: Option<SocketAddr>,
    ) -> Result<(), Failure> {
        if self.json {
            return print_json(&told(request, answer, took, from));
        }
        let prefix = from.map(|from| format!("{from}: ")).unwrap_or_default();
        if answer.code.is_success() && !(answer.body.is_empty() && answer.code != Code::CONTENT) {
            let line = self.lines || request.line || from.is_some() || std::io::stdout().is_terminal();
            print(&[prefix.as_bytes(), &answer.body].concat(), line)?;
        }
        if answer.code != Code::CONTENT {
            eprintln!("{prefix}{}", in_words(answer));
        }
        Ok(())
    }

    /// A message, for `--verbose`.
    pub(crate) fn message(&self, response: &Response<'_>) {
        if !self.verbose {
            return;
        }
        let mut line = response.message.code.to_string();
        for option in response.message.options() {
            line = format!("{line}, {}", names::shown(&option));
        }
        let kind = if response.notification { "notification" } else { "response" };
        eprintln!("{kind} {line}; {} bytes from {}", response.message.payload.len(), response.offset);
    }

    /// What else is to be said to people.
    pub(crate) fn remark(&self, text: &str) {
        if !self.json {
            eprintln!("{text}");
        }
    }

    /// A line of `--verbose`.
    pub(crate) fn tell(&self, text: &str) {
        if self.verbose {
            eprintln!("{text}");
        }
    }
}

/// A failure as a program sees it.
pub(crate) fn failure(failure: &Failure) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Told {
        #[serde(rename = "type")]
        kind: &'static str,
        exit: u8,
        cause: &'static str,
        message: String,
    }
    print_json(&Told { kind: "error", exit: failure.code(), cause: failure.cause(), message: failure.to_string() })
}

fn told<'a>(request: &'a Prepared, answer: &'a Answer, took: Duration, from: Option<SocketAddr>) -> Told<'a> {
    let text = std::str::from_utf8(&answer.body).ok();
    Told {
        kind: if answer.notification { "notification" } else { "response" },
        from,
        method: request.code.to_string(),
        uri: &request.uri,
        code: format!("{}.{:02}", answer.code.class(), answer.code.detail()),
        name: answer.code.name(),
        options: names::as_json(&answer.options),
        payload: text.filter(|_| answer.file.is_none()),
        payload_hex: text.is_none().then(|| hex::encode(&answer.body)),
        file: answer.file.as_deref(),
        problem: answer.problem().map(problem),
        retry_after: retry_after(answer),
        bytes: answer.len,
        blocks: answer.blocks,
        seconds: rounded(took),
    }
}

fn problem(details: ProblemDetails<'_>) -> Problem<'_> {
    Problem {
        title: details.title().map(|title| title.text),
        detail: details.detail().map(|detail| detail.text),
        instance: details.instance(),
        response_code: details.response_code().map(|code| format!("{}.{:02}", code.class(), code.detail())),
        unprocessed_options: details.unprocessed_options().map(|number| number.to_string()).collect(),
    }
}

/// To the microsecond.
pub(crate) fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e6
}

/// A response that is no plain "here it is": the code, with where a new resource is (RFC 7252 5.10.7), or with what the server says of its error, and when
/// to try again.
fn in_words(answer: &Answer) -> String {
    let code = answer.code;
    if code.is_success() {
        let part =
            |number, divider: &str| answer.texts(number).map(|text| format!("{divider}{text}")).collect::<String>();
        let location =
            part(OptionNumber::LOCATION_PATH, "/") + &part(OptionNumber::LOCATION_QUERY, "&").replacen('&', "?", 1);
        return if location.is_empty() { code.to_string() } else { format!("{code}: {location}") };
    }
    let mut words = code.to_string();
    let said = match answer.problem() {
        Some(details) => in_detail(&details),
        // RFC 7252 5.5.2: a diagnostic payload is for people, and UTF-8.
        None => String::from_utf8_lossy(&answer.body).trim().to_owned(),
    };
    if !said.is_empty() {
        words = format!("{words}: {said}");
    }
    if let Some(wait) = retry_after(answer) {
        words = format!("{words} (try again after {wait} s)");
    }
    words
}

/// Problem details in words.
fn in_detail(details: &ProblemDetails<'_>) -> String {
    let mut said: Vec<String> = Some(details.to_string()).filter(|text| !text.is_empty()).into_iter().collect();
    let options: Vec<String> = details.unprocessed_options().map(|number| number.to_string()).collect();
    if !options.is_empty() {
        said.push(format!("not processed: {}", options.join(", ")));
    }
    said.extend(details.instance().map(|instance| format!("this case is {instance}")));
    said.extend(details.response_code().map(|code| format!("its origin said {code}")));
    said.join("; ")
}

/// After how many seconds the request may be made again, Max-Age of a 4.29 (RFC 8516 4) or a 5.03 (RFC 7252 5.9.3.4), which is 60 where it is not said.
fn retry_after(answer: &Answer) -> Option<u32> {
    let says = matches!(answer.code, Code::TOO_MANY_REQUESTS | Code::SERVICE_UNAVAILABLE);
    let age = || answer.option(OptionNumber::MAX_AGE).and_then(|option| option.uint());
    says.then(|| age().unwrap_or(60))
}

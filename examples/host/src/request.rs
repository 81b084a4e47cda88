//! From the command line to a request.

use crate::args::MessageArgs;
use crate::coap::Coap;
use crate::exit::Failure;
use crate::names::{self, uint};
use crate::output::Sink;
use crate::partial::Partial;
use crate::sources::{Body, Payload};
use crate::uri::Target;
use std::path::{Path, PathBuf};
use stint_coap::{Body as Carried, Code, Handle, Opt, OptionNumber, Request};

/// A request, owned, to be made once or again.
pub(crate) struct Prepared {
    pub(crate) code: Code,
    /// The URI of the resource.
    pub(crate) uri: String,
    /// `None`: it carries nothing.
    pub(crate) body: Option<Body>,
    /// The payload on standard output ends with a line end.
    pub(crate) line: bool,
    confirmable: bool,
    options: Vec<(OptionNumber, Vec<u8>)>,
    /// None: standard output.
    output: Option<PathBuf>,
    resumed: Option<Partial>,
}

impl Prepared {
    pub(crate) fn new(code: Code, target: &Target, message: &MessageArgs, payload: &Payload) -> Result<Self, Failure> {
        let mut options = where_to(target, message);
        let accept = message.accept.as_deref().map(|text| names::format(text, "-A")).transpose()?;
        for (format, number) in [(accept, OptionNumber::ACCEPT), (payload.format, OptionNumber::CONTENT_FORMAT)] {
            options.extend(format.map(|format| (number, uint(format.0.into()))));
        }
        let output = message.output.clone().filter(|path| path != Path::new("-"));
        if let Some(path) = output.as_deref().filter(|_| matches!(code, Code::GET | Code::FETCH)) {
            if path.extension().is_some_and(|extension| extension == "part") {
                return Err(Failure::usage("-o FILE.part: that name is for what stands beside a download"));
            }
            // Whether the server says how much there is (RFC 7959 4) is its affair.
            options.push((OptionNumber::SIZE2, Vec::new()));
        }
        let etags: Vec<Vec<u8>> =
            message.etag.iter().map(|text| names::bytes(text, "--etag")).collect::<Result<_, _>>()?;
        let resumed = match &output {
            Some(path) if message.resume => {
                let partial = Partial::load(path, &target.uri, etags.first().map(Vec::as_slice));
                partial.map_err(|error| Failure::local(path.display(), error))?
            }
            _ => None,
        };
        if !message.resume {
            options.extend(etags.into_iter().map(|etag| (OptionNumber::ETAG, etag)));
        }
        conditions(message, &mut options)?;
        for text in &message.options {
            options.push(names::option(text)?);
        }
        Ok(Prepared {
            code,
            uri: target.uri.clone(),
            body: payload.body.clone(),
            line: message.newline,
            confirmable: !message.non,
            options,
            output,
            resumed,
        })
    }

    /// Hands the request to `coap`; `key`: what its body goes by.
    pub(crate) fn make(&self, coap: &mut dyn Coap, observe: bool, key: u8) -> Result<Handle, Failure> {
        let options = self.options();
        let request = Request {
            confirmable: self.confirmable,
            observe,
            options: &options,
            body: if self.body.is_some() { Carried::Source(key) } else { Carried::None },
            ..Request::new(self.code, "")
        };
        let made = match &self.resumed {
            // From where a block of any size begins; the one that the last byte is in comes once more, so that a file that ends where the body does is no
            // request for what is not there.
            Some(partial) => coap.resume(&request, partial.len.saturating_sub(1) & !1_023, &partial.etag),
            None => coap.request(&request),
        };
        made.map_err(|error| Failure::usage(error.to_string()))
    }

    /// Hands the request to `coap`, to be sent to a group: Non-confirmable, in one message (RFC 7252 8.1).
    pub(crate) fn make_to_group(&self, coap: &mut dyn Coap) -> Result<Handle, Failure> {
        let options = self.options();
        let body = match &self.body {
            None => Carried::None,
            Some(Body::Bytes(bytes)) => Carried::Small(bytes),
            Some(Body::File { .. }) => return Err(Failure::usage("to a group a payload goes with -e, or -f -")),
        };
        let request = Request { confirmable: false, options: &options, body, ..Request::new(self.code, "") };
        coap.request_group(&request).map_err(|error| Failure::usage(error.to_string()))
    }

    fn options(&self) -> Vec<Opt<'_>> {
        self.options.iter().map(|(number, value)| Opt::new(*number, value)).collect()
    }

    /// Where its answer goes.
    pub(crate) fn sink(&self) -> Sink {
        Sink::new(self.output.as_deref(), &self.uri)
    }

    /// The file of -o, which then does not get the payload.
    pub(crate) fn take_output(&mut self) -> Option<PathBuf> {
        self.output.take()
    }

    /// Whether no answer of any class is wanted.
    pub(crate) fn is_silent(&self) -> bool {
        let mut options = self.options.iter();
        let found = options.find(|(number, _)| *number == OptionNumber::NO_RESPONSE);
        found.and_then(|(number, value)| Opt::new(*number, value).uint()).is_some_and(|classes| classes & ALL == ALL)
    }

    /// The request in a line, for `--verbose`.
    pub(crate) fn told(&self) -> String {
        let options = self.options.iter().map(|(number, value)| names::shown(&Opt::new(*number, value)));
        let resumed = self.resumed.iter().map(|partial| format!("from {} bytes on", partial.len));
        [self.code.to_string()].into_iter().chain(options).chain(resumed).collect::<Vec<_>>().join(", ")
    }
}

/// The bits of No-Response for 2.xx, 4.xx and 5.xx (RFC 7967 2.1).
const ALL: u32 = 2 | 8 | 16;

/// The options that name the resource: to a proxy its URI, to its server the parts of that (RFC 7252 5.10.1, 5.10.2).
fn where_to(target: &Target, message: &MessageArgs) -> Vec<(OptionNumber, Vec<u8>)> {
    if target.proxied {
        return vec![(OptionNumber::PROXY_URI, target.uri.clone().into_bytes())];
    }
    let mut options = target.options.clone();
    if let Some(name) = target.name().filter(|_| !message.no_uri_host) {
        options.push((OptionNumber::URI_HOST, name.as_bytes().to_vec()));
    }
    options
}

/// What the request depends on, and what is to become of it.
fn conditions(message: &MessageArgs, options: &mut Vec<(OptionNumber, Vec<u8>)>) -> Result<(), Failure> {
    for text in &message.if_match {
        options.push((OptionNumber::IF_MATCH, names::bytes(text, "--if-match")?));
    }
    if message.if_none_match {
        options.push((OptionNumber::IF_NONE_MATCH, Vec::new()));
    }
    if let Some(limit) = message.hop_limit {
        options.push((OptionNumber::HOP_LIMIT, uint(limit.into())));
    }
    if let Some(classes) = &message.no_response {
        let mut bits = 0;
        for class in classes.split(',') {
            bits |= match class.trim_end_matches(".xx") {
                "2" => 2,
                "4" => 8,
                "5" => 16,
                _ => return Err(Failure::usage(format!("--no-response={classes}: of the classes 2, 4 and 5"))),
            };
        }
        options.push((OptionNumber::NO_RESPONSE, uint(bits)));
    }
    Ok(())
}

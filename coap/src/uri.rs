//! A CoAP URI taken apart (RFC 7252 6): where to send, and the options that say what is meant.

use crate::error::UriError;
use crate::option::{OptionNumber, Options};
use crate::writer::Writer;

/// A `coap` or `coaps` URI, borrowed. Path and query are still percent-encoded; [`options`](Self::options) decodes them.
///
/// ```
/// use stint_coap::{OptionNumber, Uri};
/// let uri = Uri::parse("coaps://[2001:db8::1]:61616/%7Esensors/temp.xml?unit=%26c")?;
/// assert_eq!((uri.secure, uri.host, uri.port), (true, "2001:db8::1", 61616));
/// let mut space = [0; 64];
/// let values: Vec<_> = uri.options(&mut space)?.map(|opt| opt.text().unwrap()).collect();
/// assert_eq!(values, ["~sensors", "temp.xml", "unit=&c"]);
/// # Ok::<(), stint_coap::UriError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uri<'u> {
    /// True for `coaps`.
    pub secure: bool,
    /// A name, still percent-encoded, or an address literal without brackets.
    pub host: &'u str,
    /// The port; 5683 or 5684 where the URI names none (RFC 7252 6.1, 6.2).
    pub port: u16,
    /// After the slash that follows host and port, up to the query.
    pub path: &'u str,
    /// After the question mark.
    pub query: &'u str,
}

impl<'u> Uri<'u> {
    /// Takes a URI apart (RFC 7252 6.4 steps 1 to 7).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(uri: &'u str) -> Result<Self, UriError> {
        // One character is looked for as one of several throughout: core's search for a single one keeps a panic path.
        let (scheme, rest) = uri.split_once([':']).ok_or(UriError::Scheme)?;
        let rest = rest.strip_prefix("//").ok_or(UriError::Scheme)?;
        let secure = scheme.eq_ignore_ascii_case("coaps");
        if !secure && !scheme.eq_ignore_ascii_case("coap") {
            return Err(UriError::Scheme);
        }
        if rest.contains(['#']) {
            return Err(UriError::Fragment);
        }
        let (rest, query) = rest.split_once(['?']).unwrap_or((rest, ""));
        let (authority, path) = rest.split_once(['/']).unwrap_or((rest, ""));
        let (host, port) = match authority.strip_prefix('[') {
            Some(literal) => literal.split_once([']']).ok_or(UriError::Host)?,
            None => {
                authority.split_at_checked(authority.find([':']).unwrap_or(authority.len())).ok_or(UriError::Host)?
            }
        };
        if host.is_empty() || authority.contains(['@']) {
            return Err(UriError::Host);
        }
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => "",
            None => return Err(UriError::Host),
            Some(digits) => digits,
        };
        let port = match port {
            "" if secure => 5684,
            "" => 5683,
            digits if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                digits.parse().map_err(|_| UriError::Port)?
            }
            _ => return Err(UriError::Port),
        };
        Ok(Self { secure, host, port, path, query })
    }

    /// The Uri-Path and Uri-Query options (RFC 7252 6.4 steps 8 and 9), decoded into `space`. As many bytes as path and query have,
    /// and one more for each part, are enough.
    ///
    /// # Errors
    /// `space` is too small, a part is longer than 255 bytes, or a percent sign stands alone.
    pub fn options<'s>(&self, space: &'s mut [u8]) -> Result<Options<'s>, UriError> {
        let mut writer = Writer::options(space);
        for (number, text, divider) in
            [(OptionNumber::URI_PATH, self.path, '/'), (OptionNumber::URI_QUERY, self.query, '&')]
        {
            if text.is_empty() {
                continue;
            }
            for part in text.split([divider]) {
                let mut value = [0; 255];
                let len = decode(part, &mut value)?;
                writer.option(number, value.get(..len).unwrap_or_default());
            }
        }
        let len = writer.finish().ok_or(UriError::TooLong)?;
        Ok(Options::new(space.get(..len).unwrap_or_default()))
    }
}

/// Percent-decoding (RFC 3986 2.1): how many bytes `out` got.
fn decode(part: &str, out: &mut [u8; 255]) -> Result<usize, UriError> {
    let mut bytes = part.bytes();
    let digit = |bytes: &mut core::str::Bytes<'_>| {
        bytes.next().and_then(|byte| char::from(byte).to_digit(16)).ok_or(UriError::Percent)
    };
    let mut len = 0usize;
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => (digit(&mut bytes)? << 4 | digit(&mut bytes)?) as u8,
            other => other,
        };
        *out.get_mut(len).ok_or(UriError::TooLong)? = byte;
        len = len.wrapping_add(1);
    }
    Ok(len)
}

#[cfg(test)]
mod tests {
    use super::Uri;
    use crate::error::UriError;
    use std::vec::Vec;

    fn parts(uri: &str) -> Vec<(u16, Vec<u8>)> {
        let mut space = [0; 600];
        let uri = Uri::parse(uri).unwrap();
        uri.options(&mut space).unwrap().map(|opt| (opt.number.0, opt.value.to_vec())).collect()
    }

    #[test]
    fn the_examples_of_rfc_7252_6_3_mean_the_same() {
        let one = parts("coap://example.com:5683/~sensors/temp.xml");
        assert_eq!(one, parts("coap://EXAMPLE.com/%7Esensors/temp.xml"));
        assert_eq!(one, parts("coap://EXAMPLE.com:/%7esensors/temp.xml"));
        assert_eq!(Uri::parse("coap://EXAMPLE.com:/x").unwrap().port, 5683);
        assert_eq!(Uri::parse("COAPS://a").unwrap().port, 5684);
    }

    #[test]
    fn slashes_make_segments_and_a_lone_one_makes_none() {
        assert_eq!(parts("coap://h/"), []);
        assert_eq!(parts("coap://h"), []);
        assert_eq!(parts("coap://h//"), [(11, std::vec![]), (11, std::vec![])]);
        assert_eq!(
            parts("coap://h/a%2Fb/?x&&y%26"),
            [(11, b"a/b".to_vec()), (11, b"".to_vec()), (15, b"x".to_vec()), (15, b"".to_vec()), (15, b"y&".to_vec())]
        );
    }

    #[test]
    fn what_is_no_coap_uri_is_refused_with_the_reason() {
        for (uri, error) in [
            ("http://h/", UriError::Scheme),
            ("h/x", UriError::Scheme),
            ("coap://", UriError::Host),
            ("coap:///x", UriError::Host),
            ("coap://[::1/x", UriError::Host),
            ("coap://[::1]x/", UriError::Host),
            ("coap://u@h/", UriError::Host),
            ("coap://h:99999/", UriError::Port),
            ("coap://h:+1/", UriError::Port),
            ("coap://h/x#y", UriError::Fragment),
        ] {
            assert_eq!(Uri::parse(uri), Err(error), "{uri}");
        }
        let mut space = [0; 300];
        for (uri, error) in [("coap://h/%4", UriError::Percent), ("coap://h/%zz", UriError::Percent)] {
            assert_eq!(Uri::parse(uri).unwrap().options(&mut space).unwrap_err(), error);
        }
        let long = std::format!("coap://h/{}", "x".repeat(256));
        assert_eq!(Uri::parse(&long).unwrap().options(&mut space).unwrap_err(), UriError::TooLong);
        assert_eq!(Uri::parse("coap://h/abc").unwrap().options(&mut space[..3]).unwrap_err(), UriError::TooLong);
    }
}

//! Content-Formats by media type (RFC 7252 12.3), as IANA's registry of CoAP Content-Formats has them.

use core::fmt;

/// A Content-Format (RFC 7252 12.3), the number of a media type with its parameters and its content coding. Displayed as
/// `application/cose;cose-type="cose-sign1"`, with the coding as in `application/json@deflate`, or as the number alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ContentFormat(pub u16);

/// The constants, and what they stand for, from one list: number, media type, parameters, coding.
macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $media:literal, $parameters:literal, $coding:literal;)*) => {
        impl ContentFormat {
            $($(#[$doc])* pub const $name: Self = Self($number);)*

            /// All that have a name.
            const REGISTERED: &[Self] = &[$(Self::$name),*];

            /// Media type, parameters, coding.
            const fn registered(self) -> Option<(&'static str, &'static str, &'static str)> {
                match self {
                    $(Self::$name => Some(($media, $parameters, $coding)),)*
                    _ => None,
                }
            }
        }
    };
}

formats! {
    /// text/plain; charset=utf-8 (RFC 7252 12.3).
    TEXT = 0, "text/plain", "charset=utf-8", "";
    /// application/cose; cose-type="cose-encrypt0" (RFC 9052 2).
    COSE_ENCRYPT0 = 16, "application/cose", "cose-type=\"cose-encrypt0\"", "";
    /// application/cose; cose-type="cose-mac0" (RFC 9052 2).
    COSE_MAC0 = 17, "application/cose", "cose-type=\"cose-mac0\"", "";
    /// application/cose; cose-type="cose-sign1" (RFC 9052 2).
    COSE_SIGN1 = 18, "application/cose", "cose-type=\"cose-sign1\"", "";
    /// application/ace+cbor (RFC 9200).
    ACE_CBOR = 19, "application/ace+cbor", "", "";
    /// image/gif (GIF 89a).
    GIF = 21, "image/gif", "", "";
    /// image/jpeg (ISO/IEC 10918-5).
    JPEG = 22, "image/jpeg", "", "";
    /// image/png (RFC 2083).
    PNG = 23, "image/png", "", "";
    /// application/link-format (RFC 6690 7.3).
    LINK_FORMAT = 40, "application/link-format", "", "";
    /// application/xml (RFC 7252 12.3).
    XML = 41, "application/xml", "", "";
    /// application/octet-stream (RFC 7252 12.3).
    OCTET_STREAM = 42, "application/octet-stream", "", "";
    /// application/exi (RFC 7252 12.3).
    EXI = 47, "application/exi", "", "";
    /// application/json (RFC 7252 12.3).
    JSON = 50, "application/json", "", "";
    /// application/json-patch+json (RFC 8132 6).
    JSON_PATCH = 51, "application/json-patch+json", "", "";
    /// application/merge-patch+json (RFC 8132 6).
    MERGE_PATCH = 52, "application/merge-patch+json", "", "";
    /// application/cbor (RFC 8949 9.3).
    CBOR = 60, "application/cbor", "", "";
    /// application/cwt (RFC 8392).
    CWT = 61, "application/cwt", "", "";
    /// application/multipart-core (RFC 8710).
    MULTIPART = 62, "application/multipart-core", "", "";
    /// application/cbor-seq (RFC 8742).
    CBOR_SEQ = 63, "application/cbor-seq", "", "";
    /// application/edhoc+cbor-seq (RFC 9528).
    EDHOC = 64, "application/edhoc+cbor-seq", "", "";
    /// application/cid-edhoc+cbor-seq (RFC 9528).
    CID_EDHOC = 65, "application/cid-edhoc+cbor-seq", "", "";
    /// application/cose; cose-type="cose-encrypt" (RFC 9052 2).
    COSE_ENCRYPT = 96, "application/cose", "cose-type=\"cose-encrypt\"", "";
    /// application/cose; cose-type="cose-mac" (RFC 9052 2).
    COSE_MAC = 97, "application/cose", "cose-type=\"cose-mac\"", "";
    /// application/cose; cose-type="cose-sign" (RFC 9052 2).
    COSE_SIGN = 98, "application/cose", "cose-type=\"cose-sign\"", "";
    /// application/cose-key (RFC 9052 2).
    COSE_KEY = 101, "application/cose-key", "", "";
    /// application/cose-key-set (RFC 9052 2).
    COSE_KEY_SET = 102, "application/cose-key-set", "", "";
    /// application/senml+json (RFC 8428 12.5).
    SENML_JSON = 110, "application/senml+json", "", "";
    /// application/sensml+json (RFC 8428 12.5).
    SENSML_JSON = 111, "application/sensml+json", "", "";
    /// application/senml+cbor (RFC 8428 12.5).
    SENML_CBOR = 112, "application/senml+cbor", "", "";
    /// application/sensml+cbor (RFC 8428 12.5).
    SENSML_CBOR = 113, "application/sensml+cbor", "", "";
    /// application/senml-exi (RFC 8428 12.5).
    SENML_EXI = 114, "application/senml-exi", "", "";
    /// application/sensml-exi (RFC 8428 12.5).
    SENSML_EXI = 115, "application/sensml-exi", "", "";
    /// application/yang-data+cbor; id=sid (RFC 9254).
    YANG_DATA_SID = 140, "application/yang-data+cbor", "id=sid", "";
    /// application/coap-group+json (RFC 7390).
    COAP_GROUP = 256, "application/coap-group+json", "", "";
    /// application/concise-problem-details+cbor (RFC 9290 6.4).
    PROBLEM_DETAILS = 257, "application/concise-problem-details+cbor", "", "";
    /// application/swid+cbor (RFC 9393).
    SWID = 258, "application/swid+cbor", "", "";
    /// application/dots+cbor (RFC 9132).
    DOTS = 271, "application/dots+cbor", "", "";
    /// application/missing-blocks+cbor-seq (RFC 9177 12.3).
    MISSING_BLOCKS = 272, "application/missing-blocks+cbor-seq", "", "";
    /// application/pkcs7-mime; smime-type=server-generated-key (RFC 9148 8.1).
    PKCS7_SERVER_GENERATED_KEY = 280, "application/pkcs7-mime", "smime-type=server-generated-key", "";
    /// application/pkcs7-mime; smime-type=certs-only (RFC 9148 8.1).
    PKCS7_CERTS_ONLY = 281, "application/pkcs7-mime", "smime-type=certs-only", "";
    /// application/pkcs8 (RFC 9148 8.1).
    PKCS8 = 284, "application/pkcs8", "", "";
    /// application/csrattrs (RFC 9148 8.1).
    CSRATTRS = 285, "application/csrattrs", "", "";
    /// application/pkcs10 (RFC 9148 8.1).
    PKCS10 = 286, "application/pkcs10", "", "";
    /// application/pkix-cert (RFC 9148 8.1).
    PKIX_CERT = 287, "application/pkix-cert", "", "";
    /// application/aif+cbor (RFC 9237).
    AIF_CBOR = 290, "application/aif+cbor", "", "";
    /// application/aif+json (RFC 9237).
    AIF_JSON = 291, "application/aif+json", "", "";
    /// application/senml+xml (RFC 8428 12.5).
    SENML_XML = 310, "application/senml+xml", "", "";
    /// application/sensml+xml (RFC 8428 12.5).
    SENSML_XML = 311, "application/sensml+xml", "", "";
    /// application/senml-etch+json (RFC 8790).
    SENML_ETCH_JSON = 320, "application/senml-etch+json", "", "";
    /// application/senml-etch+cbor (RFC 8790).
    SENML_ETCH_CBOR = 322, "application/senml-etch+cbor", "", "";
    /// application/yang-data+cbor (RFC 9254).
    YANG_DATA = 340, "application/yang-data+cbor", "", "";
    /// application/yang-data+cbor; id=name (RFC 9254).
    YANG_DATA_NAME = 341, "application/yang-data+cbor", "id=name", "";
    /// application/td+json (W3C Thing Description).
    TD_JSON = 432, "application/td+json", "", "";
    /// application/vnd.ocf+cbor (Open Connectivity Foundation).
    OCF_CBOR = 10000, "application/vnd.ocf+cbor", "", "";
    /// application/oscore (RFC 8613).
    OSCORE = 10001, "application/oscore", "", "";
    /// application/javascript (RFC 4329).
    JAVASCRIPT = 10002, "application/javascript", "", "";
    /// application/json, deflated (RFC 8259).
    JSON_DEFLATE = 11050, "application/json", "", "deflate";
    /// application/cbor, deflated (RFC 8949).
    CBOR_DEFLATE = 11060, "application/cbor", "", "deflate";
    /// application/vnd.oma.lwm2m+tlv (OMA LwM2M 1.0).
    LWM2M_TLV = 11542, "application/vnd.oma.lwm2m+tlv", "", "";
    /// application/vnd.oma.lwm2m+json (OMA LwM2M 1.0).
    LWM2M_JSON = 11543, "application/vnd.oma.lwm2m+json", "", "";
    /// application/vnd.oma.lwm2m+cbor (OMA LwM2M 1.2).
    LWM2M_CBOR = 11544, "application/vnd.oma.lwm2m+cbor", "", "";
    /// text/css (RFC 2318).
    CSS = 20000, "text/css", "", "";
    /// image/svg+xml (W3C SVG).
    SVG = 30000, "image/svg+xml", "", "";
}

impl ContentFormat {
    /// The media type without its parameters, as in `text/plain`; `None` for a number without a name here.
    #[must_use]
    pub const fn media_type(self) -> Option<&'static str> {
        match self.registered() {
            Some((media, ..)) => Some(media),
            None => None,
        }
    }

    /// The parameters of the media type, as in `charset=utf-8`; empty if it has none.
    #[must_use]
    pub const fn parameters(self) -> &'static str {
        match self.registered() {
            Some((_, parameters, _)) => parameters,
            None => "",
        }
    }

    /// The content coding, as in `deflate`; empty for identity.
    #[must_use]
    pub const fn coding(self) -> &'static str {
        match self.registered() {
            Some((.., coding)) => coding,
            None => "",
        }
    }

    /// The format of a media type, in any case of letters and with or without spaces before its parameters; a coding may follow after
    /// an `@`. Where all formats of a media type have parameters and none are given, it must be the only one.
    ///
    /// ```
    /// use stint_coap::ContentFormat;
    /// assert_eq!(ContentFormat::by_media_type("text/plain"), Some(ContentFormat::TEXT));
    /// assert_eq!(ContentFormat::by_media_type("text/plain; charset=utf-8"), Some(ContentFormat::TEXT));
    /// assert_eq!(ContentFormat::by_media_type("application/json@deflate"), Some(ContentFormat::JSON_DEFLATE));
    /// // There are six.
    /// assert_eq!(ContentFormat::by_media_type("application/cose"), None);
    /// ```
    #[must_use]
    pub fn by_media_type(text: &str) -> Option<Self> {
        let (text, coding) = text.split_once(['@']).unwrap_or((text, ""));
        let (media, parameters) = text.split_once([';']).unwrap_or((text, ""));
        let (media, parameters) = (media.trim_ascii(), parameters.trim_ascii());
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        let mut alike = Self::REGISTERED.iter().copied().filter(|format| {
            format.registered().is_some_and(|(found, _, found_coding)| same(found, media) && same(found_coding, coding))
        });
        let exact = alike.clone().find(|format| same(format.parameters(), parameters));
        if exact.is_some() || !parameters.is_empty() {
            return exact;
        }
        alike.next().filter(|_| alike.next().is_none())
    }
}

impl fmt::Display for ContentFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((media, parameters, coding)) = self.registered() else { return write!(f, "{}", self.0) };
        f.write_str(media)?;
        for (divider, text) in [(";", parameters), ("@", coding)] {
            if !text.is_empty() {
                f.write_str(divider)?;
                f.write_str(text)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ContentFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::ContentFormat;
    use std::string::ToString;

    #[test]
    fn a_name_leads_to_another_number_than_the_number_to_the_name() {
        let mut named = 0;
        for format in (0..=u16::MAX).map(ContentFormat).filter(|format| format.media_type().is_some()) {
            assert_eq!(ContentFormat::by_media_type(&format.to_string().to_uppercase()), Some(format), "{format}");
            named += 1;
        }
        assert_eq!(named, ContentFormat::REGISTERED.len());
        assert_eq!(ContentFormat(65_000).to_string(), "65000");
    }

    #[test]
    fn a_media_type_without_its_parameters_is_taken_only_where_it_is_clear_what_is_meant() {
        for (text, number) in [
            ("text/plain", Some(0)),
            ("TEXT/PLAIN ; charset=UTF-8", Some(0)),
            ("text/plain;charset=latin1", None),
            ("application/yang-data+cbor", Some(340)),
            ("application/yang-data+cbor; id=sid", Some(140)),
            ("application/pkcs7-mime", None),
            ("application/cbor@deflate", Some(11_060)),
            ("application/cbor@gzip", None),
            ("text/", None),
            ("", None),
        ] {
            assert_eq!(ContentFormat::by_media_type(text), number.map(ContentFormat), "{text}");
        }
    }
}

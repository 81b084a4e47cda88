//! Where our verdict on a published certificate or path is another than the source's, and why ours stands.

/// Reasons, each with the names of the cases that it is given for.
pub type Reasons = &'static [(&'static str, &'static [&'static str])];

/// Cases of limbo whose answer is another than ours, and why ours stands.
pub const LIMBO: Reasons = &[
    (
        "there are no revocation lists (RFC 7925 4.4.3)",
        &[
            "crl::revoked-certificate-with-crl",
            "crl::crlnumber-missing",
            "crl::crlnumber-critical",
            "crl::issuer-missing-crlsign",
        ],
    ),
    (
        "an authority's certificate is refused as a server's",
        &["pathlen::validation-ignores-pathlen-in-leaf", "rfc5280::ca-as-leaf"],
    ),
    ("the depth is that of the tasks lent, one for each", &["pathlen::max-chain-depth-1-self-issued"]),
    (
        "a key identifier chooses among anchors, and may be absent",
        &[
            "rfc5280::aki::leaf-missing-aki",
            "rfc5280::aki::intermediate-missing-aki",
            "rfc5280::aki::cross-signed-root-missing-aki",
            "rfc5280::ski::root-missing-ski",
            "rfc5280::ski::intermediate-missing-ski",
            "webpki::aki::root-with-aki-missing-keyidentifier",
            "webpki::aki::root-with-aki-authoritycertissuer",
            "webpki::aki::root-with-aki-authoritycertserialnumber",
            "webpki::aki::root-with-aki-all-fields",
            "webpki::aki::root-with-aki-ski-mismatch",
        ],
    ),
    (
        "constraints hold whether they are marked critical or not, as do basic ones (a demand on authorities, RFC 5280 4.2.1.9, 4.2.1.10)",
        &["rfc5280::nc::permitted-dns-match-noncritical", "rfc5280::root-non-critical-basic-constraints"],
    ),
    (
        "constraints on mail addresses are not compared: what has one is refused",
        &[
            "rfc5280::nc::nc-permits-email-exact",
            "rfc5280::nc::nc-permits-email-domain",
            "rfc5280::nc::nc-permits-email-literal-asterisk-exact-match",
            "rfc5280::nc::nc-permits-email-literal-double-asterisk",
            "rfc5280::nc::nc-permits-email-literal-mid-asterisk",
        ],
    ),
    (
        "there are no policies; their extensions are refused where they are critical",
        &["rfc5280::pc::ica-noncritical-pc"],
    ),
    ("a serial number is used for nothing (RFC 5280 4.1.2.2: to be handled gracefully)", &["rfc5280::serial::zero"]),
    ("an anchor has no dates: it is name and key", &["rfc5280::validity::expired-root"]),
    (
        "the common name is not looked at, whatever it says (a demand of the CA/Browser Forum on authorities)",
        &[
            "webpki::cn::ipv4-hex-mismatch",
            "webpki::cn::ipv4-leading-zeros-mismatch",
            "webpki::cn::ipv6-uppercase-mismatch",
            "webpki::cn::ipv6-uncompressed-mismatch",
            "webpki::cn::ipv6-non-rfc5952-mismatch",
            "webpki::cn::punycode-not-in-san",
            "webpki::cn::utf8-vs-punycode-mismatch",
            "webpki::cn::not-in-san",
            "webpki::cn::case-mismatch",
        ],
    ),
    (
        "other demands of the CA/Browser Forum, which RFC 5280 does not make",
        &[
            "webpki::eku::ee-anyeku",
            "webpki::eku::ee-critical-eku",
            "webpki::eku::ee-without-eku",
            "webpki::eku::root-has-eku",
            "webpki::san::san-critical-with-nonempty-subject",
            "webpki::malformed-aia",
        ],
    ),
    (
        "there is no list of public suffixes; a wildcard needs two labels after it",
        &[
            "webpki::san::public-suffix-multi-label-wildcard-san",
            "webpki::san::public-suffix-private-namespace-wildcard-san",
        ],
    ),
    (
        "which keys are good is the verifier's to say, when it verifies with them; the server's own is used after the path is checked",
        &[
            "webpki::forbidden-p192-leaf",
            "webpki::forbidden-dsa-leaf",
            "webpki::forbidden-weak-rsa-in-leaf",
            "webpki::forbidden-rsa-not-divisible-by-8-in-root",
            "webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf",
        ],
    ),
];

/// The same for PKITS.
pub const PKITS: Reasons = &[
    (
        "there are no revocation lists (RFC 7925 4.4.3)",
        &[
            "InvalidBasicSelfIssuedNewWithOldTest5EE",
            "InvalidBasicSelfIssuedOldWithNewTest2EE",
            "InvalidLongSerialNumberTest18EE",
            "InvalidNegativeSerialNumberTest15EE",
            "InvalidkeyUsageCriticalcRLSignFalseTest4EE",
            "InvalidkeyUsageNotCriticalcRLSignFalseTest5EE",
        ],
    ),
    (
        "constraints on mail addresses are not compared: what has one is refused",
        &[
            "ValidDNandRFC822nameConstraintsTest27EE",
            "ValidRFC822nameConstraintsTest21EE",
            "ValidRFC822nameConstraintsTest23EE",
            "ValidRFC822nameConstraintsTest25EE",
        ],
    ),
    ("there is no DSA", &["ValidDSAParameterInheritanceTest5EE", "ValidDSASignaturesTest4EE"]),
    (
        "an authority's certificate is refused as a server's",
        &["ValidpathLenConstraintTest14EE", "ValidpathLenConstraintTest8EE"],
    ),
];

/// Files of Mbed TLS and webpki whose certificates are not to be read. `issuer_tag2` is: nobody looks into authorityCertIssuer; `serial_large_positive` has 21
/// bytes.
pub(crate) const UNREADABLE: [&str; 21] = [
    "mbedtls/authorityKeyId_subjectKeyId_issuer_tag1_malformed.crt.der",
    "mbedtls/authorityKeyId_subjectKeyId_keyid_tag_len_malformed.crt.der",
    "mbedtls/authorityKeyId_subjectKeyId_keyid_tag_malformed.crt.der",
    "mbedtls/authorityKeyId_subjectKeyId_length_malformed.crt.der",
    "mbedtls/authorityKeyId_subjectKeyId_sequence_tag_malformed.crt.der",
    "mbedtls/authorityKeyId_subjectKeyId_sn_len_malformed.crt.der",
    "mbedtls/authorityKeyId_subjectKeyId_sn_tag_malformed.crt.der",
    "mbedtls/authorityKeyId_subjectKeyId_tag_len_malformed.crt.der",
    "mbedtls/authorityKeyId_subjectKeyId_tag_malformed.crt.der",
    "mbedtls/cert_v1_with_ext.crt",
    "mbedtls/clusterfuzz-testcase-minimized-fuzz_x509crt-6666050834661376.crt.der",
    "mbedtls/server5-der1a.crt",
    "mbedtls/server5-der1b.crt",
    "mbedtls/server5-der2.crt",
    "mbedtls/server5-der4.crt",
    "mbedtls/server5-der8.crt",
    "mbedtls/server5-der9.crt",
    "mbedtls/server5-tricky-ip-san-malformed-len.crt.der",
    "webpki/cert_with_empty_extensions.der",
    "webpki/critical_extensions/ee-cert-crit-unknown-ext.der",
    "webpki/misc/serial_large_positive.der",
];

//! The cases, by the identifiers of the plugtest's descriptions, and on which servers each runs.

use crate::server::Kind::{self, Aiocoap, Coapthon, Libcoap};
use crate::server::Server;
use crate::{block, core, dtls, link, observe, options};

/// A case.
pub(crate) struct Case {
    /// Its identifier, without `TD_COAP_`.
    pub(crate) id: &'static str,
    /// What it is about.
    pub(crate) about: &'static str,
    /// The servers that have what it needs.
    pub(crate) on: &'static [Kind],
    /// It needs a server of its own, for it changes what others look at.
    pub(crate) alone: bool,
    /// Further arguments for libcoap's server.
    pub(crate) arguments: &'static [&'static str],
    /// Runs it; a panic is a failure.
    pub(crate) run: fn(&Server),
}

const ALL: &[Kind] = &[Libcoap, Aiocoap, Coapthon];
const PYTHON: &[Kind] = &[Aiocoap, Coapthon];
const FULL: &[Kind] = &[Libcoap, Aiocoap];
const ONE: &[Kind] = &[Aiocoap];
const LIBCOAP: &[Kind] = &[Libcoap];

const fn shared(id: &'static str, about: &'static str, on: &'static [Kind], run: fn(&Server)) -> Case {
    Case { id, about, on, alone: false, arguments: &[], run }
}

const fn alone(id: &'static str, about: &'static str, on: &'static [Kind], run: fn(&Server)) -> Case {
    Case { alone: true, ..shared(id, about, on, run) }
}

/// All of them.
pub(crate) const CASES: &[Case] = &[
    shared("CORE_01", "GET, Confirmable", ALL, core::c01),
    shared("CORE_02", "DELETE, Confirmable", ALL, core::c02),
    shared("CORE_03", "PUT, Confirmable", ALL, core::c03),
    shared("CORE_04", "POST, Confirmable", ALL, core::c04),
    shared("CORE_05", "GET, Non-confirmable", ALL, core::c05),
    shared("CORE_06", "DELETE, Non-confirmable", ALL, core::c06),
    shared("CORE_07", "PUT, Non-confirmable", ALL, core::c07),
    shared("CORE_08", "POST, Non-confirmable", ALL, core::c08),
    shared("CORE_09", "separate response", ALL, core::c09),
    shared("CORE_10", "a token", ALL, core::c10),
    shared("CORE_11", "a token and a separate response", ALL, core::c11),
    shared("CORE_12", "an empty token (our codec's alone: an endpoint never sends one)", ALL, core::c12),
    shared("CORE_13", "several Uri-Path", ALL, core::c13),
    shared("CORE_14", "several Uri-Query", ALL, core::c14),
    shared("CORE_15", "loss, piggybacked response", ALL, core::c15),
    shared("CORE_16", "loss, separate response", ALL, core::c16),
    shared("CORE_17", "separate response, Non-confirmable", ALL, core::c17),
    shared("CORE_18", "several Location-Path", PYTHON, options::c18),
    shared("CORE_19", "several Location-Query", PYTHON, options::c19),
    shared("CORE_20", "Accept", PYTHON, options::c20),
    alone("CORE_21", "ETag, 2.03", PYTHON, options::c21),
    alone("CORE_22", "If-Match", ONE, options::c22),
    alone("CORE_23", "If-None-Match", ONE, options::c23),
    shared("CORE_31", "ping", FULL, core::c31),
    shared("LINK_01", "all links", FULL, link::l01),
    shared("LINK_02", "links by rt", FULL, link::l02),
    shared("LINK_03", "links with an rt", LIBCOAP, link::l03),
    shared("LINK_04", "links by one rt of several", ONE, link::l04),
    shared("LINK_05", "links by a prefix of if", FULL, link::l05),
    shared("LINK_06", "links with an sz", ONE, link::l06),
    shared("LINK_07", "links by href", FULL, link::l07),
    shared("LINK_08", "links by a prefix of href", FULL, link::l08),
    shared("LINK_09", "links that lead to links", ONE, link::l09),
    shared("BLOCK_01", "GET, early negotiation", ALL, block::b01),
    shared("BLOCK_02", "GET, late negotiation", ALL, block::b02),
    alone("BLOCK_03", "PUT", FULL, block::b03),
    alone("BLOCK_04", "POST that creates", FULL, block::b04),
    shared("BLOCK_05", "POST, blocks both ways", ONE, block::b05),
    shared("BLOCK_06", "GET, blocks of 16 bytes", FULL, block::b06),
    shared("OBS_01", "Confirmable notifications", ALL, observe::o01),
    Case { arguments: &["-N"], ..shared("OBS_02", "Non-confirmable notifications", ALL, observe::o02) },
    alone("OBS_04", "the server forgets, the client registers again", ALL, observe::o04),
    shared("OBS_05", "the client is off, the server gives up", ONE, observe::o05),
    shared("OBS_06", "the client forgets, a Reset ends it", ALL, observe::o06),
    alone("OBS_07", "the resource is deleted", ALL, observe::o07),
    alone("OBS_08", "the resource has another format", ONE, observe::o08),
    alone("OBS_09", "the resource is written", ALL, observe::o09),
    shared("OBS_10", "a GET beside it does not end it", ALL, observe::o10),
    shared("OBS_11", "loss", ALL, observe::o11),
    shared("OBS_12", "Observe 1 ends it", ALL, observe::o12),
    shared("OBS_13", "notifications in blocks", FULL, observe::o13),
    shared("OBS_14", "notifications in blocks, and short ones", ONE, observe::o14),
    shared("DTLS_01", "pre-shared key", LIBCOAP, dtls::d01),
    shared("DTLS_02", "a wrong pre-shared key", LIBCOAP, dtls::d02),
    shared("DTLS_03", "pre-shared key, loss", LIBCOAP, dtls::d03),
];

/// What stands in the way of a case on a server, which is the server's own: which, the cases, what it does, in what stands against the description.
pub(crate) const DEFECTS: &[(Kind, &[&str], &str)] = &[
    (
        Libcoap,
        &["CORE_22", "CORE_23"],
        "If-Match and If-None-Match are not looked at, and the resource is written (RFC 7252 5.10.8; the program, not the library)",
    ),
    (
        Libcoap,
        &["OBS_08"],
        "a resource that is written in another format goes on with 2.05 in that format (RFC 7641 4.2; the program, not the library)",
    ),
    (Aiocoap, &["LINK_03"], "`rt=*` matches links without an `rt` too (RFC 6690 4.1)"),
    (Coapthon, &["CORE_22"], "every If-Match but an empty one fails: bytes are compared with text (RFC 7252 5.10.8.1)"),
    (Coapthon, &["CORE_31"], "a ping is not answered (RFC 7252 4.3)"),
    (
        Coapthon,
        &["LINK_01", "LINK_02", "LINK_03", "LINK_04", "LINK_05", "LINK_06", "LINK_07", "LINK_08", "LINK_09"],
        "no comma stands between two links of which the first has no attributes, one stands behind the last, and filters know neither prefixes nor \
         `href` (RFC 6690 2, 4.1)",
    ),
    (
        Coapthon,
        &["BLOCK_03", "BLOCK_04", "BLOCK_05"],
        "the blocks of a body are held together by the token, not by the endpoint and the resource (RFC 7959 2.5): with a token of its own (RFC 9175 4.2) \
         the second is answered by 4.08",
    ),
    (
        Coapthon,
        &["BLOCK_06"],
        "a Block2 option without bytes, which is block 0 of 16 bytes (RFC 7959 2.2), ends the thread that listens",
    ),
    (
        Coapthon,
        &["OBS_05"],
        "the copies of a notification have neither token nor Message ID once the next one was made, and it never gives up (RFC 7641 4.5)",
    ),
    (
        Coapthon,
        &["OBS_13", "OBS_14"],
        "each notification goes on with the block behind the last one that the token had (RFC 7959 3.4)",
    ),
];

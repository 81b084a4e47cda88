//! The cases, by the identifiers of the plugtest's descriptions, and on which servers each runs.

use crate::server::Kind::{self, Aiocoap, Coapthon, Libcoap};
use crate::server::Server;
use crate::{block, core, link, observe};

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
    shared("CORE_12", "an empty token", ALL, core::c12),
    shared("CORE_13", "several Uri-Path", ALL, core::c13),
    shared("CORE_14", "several Uri-Query", ALL, core::c14),
    shared("CORE_15", "loss, piggybacked response", ALL, core::c15),
    shared("CORE_16", "loss, separate response", ALL, core::c16),
    shared("CORE_17", "separate response, Non-confirmable", ALL, core::c17),
    shared("CORE_18", "several Location-Path", PYTHON, core::c18),
    shared("CORE_19", "several Location-Query", PYTHON, core::c19),
    shared("CORE_20", "Accept", PYTHON, core::c20),
    alone("CORE_21", "ETag, 2.03", PYTHON, core::c21),
    alone("CORE_22", "If-Match", PYTHON, core::c22),
    alone("CORE_23", "If-None-Match", ONE, core::c23),
    shared("CORE_31", "ping", ALL, core::c31),
    shared("LINK_01", "all links", ALL, link::l01),
    shared("LINK_02", "links by rt", ALL, link::l02),
    shared("LINK_03", "links with an rt", ALL, link::l03),
    shared("LINK_04", "links by one rt of several", ONE, link::l04),
    shared("LINK_05", "links by a prefix of if", ALL, link::l05),
    shared("LINK_06", "links with an sz", PYTHON, link::l06),
    shared("LINK_07", "links by href", ALL, link::l07),
    shared("LINK_08", "links by a prefix of href", ALL, link::l08),
    shared("LINK_09", "links that lead to links", PYTHON, link::l09),
    shared("BLOCK_01", "GET, early negotiation", ALL, block::b01),
    shared("BLOCK_02", "GET, late negotiation", ALL, block::b02),
    alone("BLOCK_03", "PUT", ALL, block::b03),
    alone("BLOCK_04", "POST that creates", ALL, block::b04),
    shared("BLOCK_05", "POST, blocks both ways", ONE, block::b05),
    shared("BLOCK_06", "GET, blocks of 16 bytes", ALL, block::b06),
    shared("OBS_01", "Confirmable notifications", ALL, observe::o01),
    Case { arguments: &["-N"], ..shared("OBS_02", "Non-confirmable notifications", ALL, observe::o02) },
    alone("OBS_04", "the server forgets, the client registers again", ALL, observe::o04),
    shared("OBS_05", "the client is off, the server gives up", PYTHON, observe::o05),
    shared("OBS_06", "the client forgets, a Reset ends it", ALL, observe::o06),
    alone("OBS_07", "the resource is deleted", FULL, observe::o07),
    alone("OBS_08", "the resource has another format", ONE, observe::o08),
    alone("OBS_09", "the resource is written", ALL, observe::o09),
    shared("OBS_10", "a GET beside it does not end it", ALL, observe::o10),
    shared("OBS_11", "loss", ALL, observe::o11),
    shared("OBS_12", "Observe 1 ends it", ALL, observe::o12),
    shared("OBS_13", "notifications in blocks", ALL, observe::o13),
    shared("OBS_14", "notifications in blocks, and short ones", ONE, observe::o14),
];

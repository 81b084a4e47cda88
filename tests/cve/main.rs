//! The field's vulnerabilities: each test carries out the attack that its name says, against the client or the endpoint as an application has them, and
//! looks at two things: that it ends in a typed error or a counted drop, and that who behaves is served afterwards. The table is
//! [`CVE.md`](../CVE.md); `table` holds it and the tests together.

#[path = "../coap_dialogue/mod.rs"]
mod coap_dialogue;

mod certificates;
mod coap;
mod coap_server;
mod extensions;
mod fragments;
mod hello;
mod kit;
mod records;
mod retransmission;
mod scope;
mod sessions;
mod table;

//! The walk: every sequence of a server's messages, valid and mangled, against the client, and what the RFCs say of each.
//!
//! Promises: `model` is written from the RFCs and not from the client's code; `peer` is a server that does what it is told, one message at a time, and whose
//! messages are right for the handshake as it truly went; `graph` walks, and holds every step of the client against the model.

pub mod model;
pub mod peer;
pub mod letter;
pub mod graph;
pub mod report;

pub use graph::{Effect, Graph, walk};
pub use letter::{Bend, Letter};
pub use model::{Case, Message, Model, Place, Way};

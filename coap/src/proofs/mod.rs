//! Proofs by enumeration: every case there is, or every case at every edge, against a model that is written down from the RFC and shares nothing with
//! the code. Each says how many cases it tried.

mod blocks;
mod codec;
mod timers;

//! The lab: everything that tests Stint from outside. A simulated link with a fake clock, servers to stand at its far
//! end, real peers as processes, the emulated boards, and the checks behind the cargo aliases.
//!
//! It runs on a host only and may panic: a panic here is a failed test.

pub mod arithmetic;
pub mod build_peers;
pub mod credentials;
pub mod demo;
pub mod image;
pub mod interop;
pub mod device;
pub mod layering;
pub mod link;
pub mod nat;
pub mod panics;
pub mod peers;
pub mod qemu;
pub mod power;
pub mod parties;
pub mod random;
pub mod scene;
pub mod server;
pub mod setup;
pub mod tools;
pub mod trace;
pub mod udp;
pub mod watched;
pub mod wire;
pub mod supply;
pub mod verify;
pub mod footprint;
pub mod coaps;
pub mod curve;
pub mod vectors;
pub mod fuzz;
pub mod campaign;
pub mod walk;

/// The project's README: its example must compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

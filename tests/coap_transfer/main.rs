//! Bodies that are large for the link they go over: a megabyte each way while 30 % of the datagrams are lost, and downloads that are cut short and go on.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../rekey/device.rs"]
mod device;
mod lossy;
mod plain;
mod resumed;
mod uploads;

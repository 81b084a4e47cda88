//! The provisioning blob.
#![no_std]
#![forbid(unsafe_code)]

//! Panics that the checks must find, one of a kind. Without `handler`, the index alone.

use crate::nothing::any_bytes;
use core::hint::black_box as opaque;

pub(crate) fn run() {
    opaque(index(any_bytes(), opaque(1)));
    #[cfg(feature = "handler")]
    {
        opaque(slice(any_bytes(), opaque(1)));
        opaque(option(opaque(None)));
        copy(opaque(&mut [0]), any_bytes());
        opaque(divide(opaque(1), opaque(1)));
        opaque(closure(any_bytes()));
        opaque(pointer(opaque(1)));
    }
}

#[inline(never)]
fn index(bytes: &[u8], i: usize) -> u8 {
    bytes[i]
}

#[cfg(feature = "handler")]
#[inline(never)]
fn slice(bytes: &[u8], i: usize) -> &[u8] {
    &bytes[i..]
}

#[cfg(feature = "handler")]
#[inline(never)]
fn option(value: Option<u8>) -> u8 {
    value.unwrap()
}

#[cfg(feature = "handler")]
#[inline(never)]
fn copy(to: &mut [u8], from: &[u8]) {
    to.copy_from_slice(from);
}

#[cfg(feature = "handler")]
#[inline(never)]
fn divide(a: u32, b: u32) -> u32 {
    a / b
}

#[cfg(feature = "handler")]
#[inline(never)]
fn closure(bytes: &[u8]) -> u32 {
    bytes.iter().map(|byte| u32::from(bytes[usize::from(*byte)])).sum()
}

#[cfg(feature = "handler")]
#[inline(never)]
fn pointer(value: u8) -> fn(u8) -> u8 {
    fn never(value: u8) -> u8 {
        panic!("{value}")
    }
    opaque((never as fn(u8) -> u8, value)).0
}

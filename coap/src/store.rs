//! Memory that is lent for many slots at once: an equal share for each.

/// How long the share of each of `count` slots is, in bytes: up to 65,535.
pub(crate) fn share_len(store: &[u8], count: usize) -> u16 {
    store.len().checked_div(count).unwrap_or_default().min(usize::from(u16::MAX)) as u16
}

/// The share of the slot at `index`, where each has `len` bytes; empty if there is none.
#[inline(never)]
pub(crate) fn share(store: &mut [u8], len: u16, index: usize) -> &mut [u8] {
    let from = usize::from(len).wrapping_mul(index);
    store.get_mut(from..).and_then(|rest| rest.get_mut(..len.into())).unwrap_or_default()
}

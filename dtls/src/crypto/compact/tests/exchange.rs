//! Key exchange.
#![cfg(test)]

use super::*;
use crate::crypto::CryptoError;

/// Scalars at the edges of what there are: the digits of both forms, even and odd, first and last.
fn scalars() -> [[u8; 32]; 12] {
    let [half, top] = [[0x7f; 32], [0x80; 32]];
    let last = |difference| near(&order::N, difference);
    [small(1), small(2), small(3), small(16), bytes(1), bytes(2), bytes(3), half, top, last(-1), last(-2), last(-3)]
}

fn same<A: Arithmetic + Copy>(a: A) {
    for key in scalars() {
        let (mut own, mut made) = (Secret::EMPTY, [0; 65]);
        P256Exchange(a).generate(&mut Told(&[key]), &mut own, &mut made).unwrap();
        assert_eq!(own.as_bytes(), &key);
        assert_eq!(made, public(&key), "{key:x?}");
        for peer in [public(&bytes(9)), public(&small(1)), made] {
            let mut shared = Secret::EMPTY;
            assert_eq!(P256Exchange(a).agree(&mut own, &peer, &mut shared), Ok(true));
            assert_eq!(shared.as_bytes(), agreed(key, &peer).as_bytes(), "{key:x?}");
        }
    }
}

#[test]
fn fast_agrees_on_something_else() {
    same(Fast);
}

#[test]
fn compact_agrees_on_something_else() {
    same(Compact);
}

#[test]
fn halves_agrees_on_something_else() {
    same(Halves);
}

#[test]
fn the_choice_is_not_that_of_the_core() {
    // Hosts multiply in constant time.
    assert_eq!(core::any::type_name::<Native>(), core::any::type_name::<Fast>());
}

#[test]
fn a_scalar_out_of_range_is_drawn() {
    let bad = [small(0), near(&order::N, 0), near(&order::N, 1), ONES];
    let (mut own, mut made) = (Secret::EMPTY, [0; 65]);
    for count in 0..4 {
        let mut told = bad[..count].to_vec();
        told.push(bytes(1));
        P256Exchange(Fast).generate(&mut Told(&told), &mut own, &mut made).unwrap();
        assert_eq!((own.as_bytes(), made), (&bytes(1), public(&bytes(1))), "{count} rejected");
    }
    let told = [bad.as_slice(), &[bytes(1)]].concat();
    let (mut random, mut made) = (Told(&told), [0; 65]);
    assert_eq!(P256Exchange(Fast).generate(&mut random, &mut own, &mut made), Err(CryptoError.into()));
    assert_eq!(random.0, [bytes(1)], "four are drawn");
    assert_eq!((own.as_bytes(), made), (&[0; 32], [0; 65]), "the last one stays");
    assert_eq!(P256Exchange(Fast).generate(&mut Told(&[]), &mut own, &mut made), Err(CryptoError.into()));
}

#[test]
fn a_scalar_out_of_range_agrees() {
    let mut shared = Secret::EMPTY;
    for key in [small(0), near(&order::N, 0), near(&order::N, 1), ONES] {
        let mut own = Secret::EMPTY;
        *own.as_mut_bytes() = key;
        let done = P256Exchange(Fast).agree(&mut own, &public(&bytes(9)), &mut shared);
        assert_eq!((done, shared.as_bytes()), (Err(CryptoError.into()), &[0; 32]));
    }
}

/// The square root of b: y of the point with x = 0.
const ROOT: &str = "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4";

#[test]
fn a_point_off_the_curve_or_in_another_form_is_taken() {
    let point = |form: u8, x: [u8; 32], y: [u8; 32]| -> Point { [&[form], &x[..], &y].concat().try_into().unwrap() };
    let agrees = |peer: &Point| {
        let (mut own, mut shared) = (Secret::EMPTY, Secret::EMPTY);
        *own.as_mut_bytes() = bytes(1);
        let taken = P256Exchange(Fast).agree(&mut own, peer, &mut shared).unwrap();
        assert_eq!(taken, shared.as_bytes() != &[0; 32]);
        taken
    };
    let p = |difference| near(&field::P, difference);
    let root = of_hex(ROOT);
    for form in 0..=255 {
        assert_eq!(agrees(&point(form, small(0), root)), form == 4, "{form}");
    }
    // the same number, written larger than it is
    assert!(!agrees(&point(4, p(0), root)));
    for edge in [small(0), small(1), p(-1), p(0), p(1), ONES] {
        assert!(!agrees(&point(4, edge, small(1))));
        assert!(!agrees(&point(4, bytes(1), edge)));
        assert!(!agrees(&point(4, edge, edge)));
    }
    let good = public(&bytes(9));
    for at in 0..65 {
        let mut bad = good;
        bad[at] ^= 1;
        assert!(!agrees(&bad), "byte {at}");
    }
}

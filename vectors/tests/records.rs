//! Records of real peers: each record of an AEAD that is ours opens, and what was opened seals to the same bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use stint_dtls::crypto::Aeads;
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Aes128Gcm, Expanded};
use stint_vectors::{Record, records};

/// The record's fragment within its datagram: explicit nonce, ciphertext, tag.
fn fragment(record: &Record) -> &[u8] {
    let cid = record.cid.as_deref().unwrap_or_default();
    let mut rest = record.datagram.as_slice();
    while !rest.is_empty() {
        let own_cid = if rest[0] == 25 { cid.len() } else { 0 };
        let sequence = &rest[3..11];
        let len = usize::from(u16::from_be_bytes([rest[11 + own_cid], rest[12 + own_cid]]));
        let (this, after) = rest.split_at(13 + own_cid + len);
        let number = u64::from(record.epoch) << 48 | record.sequence;
        if this[0] == record.content_type && sequence == number.to_be_bytes() {
            assert_eq!(&this[11..11 + own_cid], &cid[..own_cid], "{}", record.capture);
            return &this[13 + own_cid..];
        }
        rest = after;
    }
    panic!("{}: no such record in its datagram", record.capture);
}

/// The additional data as the RFCs lay it out, from the record alone.
fn aad(record: &Record, len: usize) -> Vec<u8> {
    let number = (u64::from(record.epoch) << 48 | record.sequence).to_be_bytes();
    let len = u16::try_from(len).unwrap().to_be_bytes();
    match &record.cid {
        // RFC 9146 5.3.
        Some(cid) => [&[0xff; 8][..], &[25, cid.len() as u8, 25, 0xfe, 0xfd], &number, cid, &len].concat(),
        // RFC 5246 6.2.3.3 with RFC 6347 4.1.2.1.
        None => [&number[..], &[record.content_type, 0xfe, 0xfd], &len].concat(),
    }
}

fn open_and_seal<A: Aeads>(mut aeads: A, record: &Record) {
    let name = &record.capture;
    let lens = A::lens(0);
    let key = aeads.key(0, &record.key).expect("a key of 16 bytes");
    let nonce: [u8; 12] = record.nonce.as_slice().try_into().expect("a nonce of 12 bytes");
    let (explicit, sealed) = fragment(record).split_at(lens.explicit_nonce.into());
    assert_eq!(explicit, &nonce[usize::from(lens.fixed_iv)..], "{name}");
    let (ciphertext, tag) = sealed.split_at(sealed.len() - usize::from(lens.tag));
    let own_aad = aad(record, ciphertext.len());
    if own_aad != record.aad {
        // A proxy changed the Connection ID on the way: the record as it came must not open.
        assert_eq!(name, "mbedtls35-psk-ccm8-cid-badcid-proxy");
        assert!(!aeads.open(&key, &nonce, &own_aad, &mut ciphertext.to_vec(), tag), "{name}");
    }

    let mut data = ciphertext.to_vec();
    assert!(aeads.open(&key, &nonce, &record.aad, &mut data, tag), "{name}");
    assert_eq!(data, record.plaintext, "{name}");
    if record.cid.is_some() {
        // RFC 9146 4: content, its type, zeros.
        let inner_type = data.iter().rev().find(|byte| **byte != 0);
        assert!(matches!(inner_type, Some(20..=24)), "{name}: {inner_type:?}");
    }

    let mut again = vec![0; tag.len()];
    aeads.seal(&key, &nonce, &record.aad, &mut data, &mut again);
    assert_eq!((data.as_slice(), again.as_slice()), (ciphertext, tag), "{name}");
    again[0] ^= 1;
    assert!(!aeads.open(&key, &nonce, &record.aad, &mut data, &again), "{name}");
}

#[test]
fn records_of_real_peers() {
    let (mut done, mut gcm, mut cid, mut skipped) = (0, 0, 0, BTreeMap::<String, usize>::new());
    for record in records() {
        match record.suite {
            // TLS_PSK_, TLS_ECDHE_ECDSA_ and TLS_ECDHE_PSK_WITH_AES_128_CCM_8.
            0xc0a8 | 0xc0ae | 0xd003 => {
                open_and_seal(Aes128Ccm8, &record);
                open_and_seal(Expanded(Aes128Ccm8), &record);
            }
            // TLS_PSK_ and TLS_ECDHE_ECDSA_WITH_AES_128_CCM.
            0xc0a4 | 0xc0ac => {
                open_and_seal(Aes128Ccm, &record);
                open_and_seal(Expanded(Aes128Ccm), &record);
            }
            // TLS_PSK_ and TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256.
            0x00a8 | 0xc02b => {
                open_and_seal(Aes128Gcm, &record);
                gcm += 1;
            }
            suite => {
                *skipped.entry(format!("suite {suite:04x}")).or_default() += 1;
                continue;
            }
        }
        done += 1;
        cid += usize::from(record.cid.is_some());
    }
    println!(
        "records of real peers: {done} opened and sealed again, {gcm} of them with AES-GCM, {cid} with a Connection ID; not ours: {skipped:?}"
    );
    assert_eq!((done, gcm, cid), (899, 60, 80));
}

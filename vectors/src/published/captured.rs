//! Records and key schedules of real peers.

use super::{Aead, Published, ask};
use crate::{Direction, KeySchedule, key_schedules, records};

pub(super) fn files() -> Vec<Published> {
    vec![sealed(), schedules()]
}

fn sealed() -> Published {
    let mut file = Published::new("dtls/aead_records_from_captures.json");
    for record in records() {
        let (aead, tag) = match record.suite {
            // TLS_PSK_, TLS_ECDHE_ECDSA_ and TLS_ECDHE_PSK_WITH_AES_128_CCM_8.
            0xc0a8 | 0xc0ae | 0xd003 => (Aead::Ccm8, 8),
            // TLS_PSK_ and TLS_ECDHE_ECDSA_WITH_AES_128_CCM.
            0xc0a4 | 0xc0ac => (Aead::Ccm16, 16),
            // TLS_PSK_ and TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256.
            0x00a8 | 0xc02b => (Aead::Gcm, 16),
            // TLS_PSK_, TLS_ECDHE_PSK_ and TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256.
            0xccab | 0xccac | 0xcca9 => (Aead::ChaCha20Poly1305, 16),
            suite => {
                file.other(format!("suite {suite:04x}, which is none of ours"));
                continue;
            }
        };
        let source = format!("{} epoch {} record {}", record.capture, record.epoch, record.sequence);
        let sealed = record.sealed(tag);
        let (ciphertext, tag) = sealed.split_at_checked(record.plaintext.len()).expect("a tag behind the ciphertext");
        let case = crate::Aead {
            source,
            key: record.key.clone(),
            nonce: record.nonce.clone(),
            aad: record.aad.clone(),
            plaintext: record.plaintext.clone(),
            ciphertext: ciphertext.to_vec(),
            tag: tag.to_vec(),
            valid: true,
        };
        let (request, reply) = aead.ask(&case);
        file.push(case.source, request, reply.as_deref());
    }
    file
}

/// Master secret, key block, `verify_data`: each a case.
fn schedules() -> Published {
    let mut file = Published::new("dtls/key_schedule_kats_from_captures.json");
    let prf = |secret: &[u8], label: &[u8], seed: &[u8], out: &[u8]| {
        ask(10, &[secret, label, seed, &u16::try_from(out.len()).expect("a short output").to_be_bytes()])
    };
    for schedule in key_schedules() {
        let name = &schedule.capture;
        let master = &schedule.master_secret;
        match master_secret(&schedule) {
            Some((premaster, label, seed)) => {
                file.push(format!("{name}: master secret"), prf(premaster, label, &seed, master), Some(master));
            }
            None => file.other("the master secret of a session that was resumed: its premaster secret is not known"),
        }
        let seed = [&schedule.server_random[..], &schedule.client_random].concat();
        let block = &schedule.key_block;
        file.push(format!("{name}: key block"), prf(master, b"key expansion", &seed, block), Some(block));
        for message in &schedule.finished {
            let label: &[u8] = match message.direction {
                Direction::ToServer => b"client finished",
                Direction::ToClient => b"server finished",
            };
            let (hash, data) = (&message.handshake_hash, &message.verify_data);
            file.push(format!("{name}: Finished"), prf(master, label, hash, data), Some(data));
        }
    }
    file
}

/// What the master secret is made of (RFC 5246 8.1, RFC 7627 4).
fn master_secret(schedule: &KeySchedule) -> Option<(&[u8], &'static [u8], Vec<u8>)> {
    let (label, seed): (&[u8], Vec<u8>) = match (schedule.ems, &schedule.session_hash) {
        (true, Some(hash)) => (b"extended master secret", hash.clone()),
        (true, None) => return None,
        (false, _) => (b"master secret", [&schedule.client_random[..], &schedule.server_random].concat()),
    };
    Some((schedule.premaster.as_deref()?, label, seed))
}

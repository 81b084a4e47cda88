//! What real peers made of the PRF: master secrets, also through the holder of a pre-shared key, key blocks, Finished.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use stint_dtls::crypto::soft::Sha256;
use stint_dtls::crypto::{Master, PreSharedKey, PskKey, prf};
use stint_vectors::{Direction, KeySchedule, key_schedules};

/// The master secret of a handshake that has one of its own, through the holder of the pre-shared key where there is one.
fn master_secret(schedule: &KeySchedule) -> Option<Vec<u8>> {
    let (label, seed): (&[u8], Vec<&[u8]>) = match (schedule.ems, &schedule.session_hash) {
        (true, Some(hash)) => (b"extended master secret", vec![hash]),
        (true, None) => return None,
        (false, _) => (b"master secret", vec![&schedule.client_random, &schedule.server_random]),
    };
    let premaster = schedule.premaster.as_ref()?;
    let mut from_premaster = vec![0; 48];
    prf(&mut Sha256, premaster, label, &seed, &mut from_premaster);
    if let Some(psk) = &schedule.psk {
        // ECDHE_PSK (RFC 5489 2): the other secret stands in the premaster secret before the key, after its length.
        let zeros = vec![0; psk.len()];
        let other = &premaster[2..premaster.len() - psk.len() - 2];
        let other = (other != zeros).then_some(other);
        let mut master = Master::new();
        let mut holder = PreSharedKey::new(psk).expect("1 to 64 bytes");
        let derived = holder.derive(&mut Sha256, b"any identity", other, label, &seed, &mut master);
        assert_eq!(derived, Ok(()));
        assert_eq!(master.as_bytes()[..], from_premaster, "{}", schedule.capture);
    }
    Some(from_premaster)
}

#[test]
fn key_schedules_of_real_peers() {
    let (mut masters, mut psk, mut abbreviated, mut finished) = (0, 0, 0, 0);
    let schedules = key_schedules();
    for schedule in &schedules {
        let name = &schedule.capture;
        match master_secret(schedule) {
            Some(master) => {
                assert_eq!(master, schedule.master_secret, "{name}");
                masters += 1;
                psk += usize::from(schedule.psk.is_some());
            }
            None => abbreviated += 1,
        }
        let mut key_block = vec![0; schedule.key_block.len()];
        let seed: [&[u8]; 2] = [&schedule.server_random, &schedule.client_random];
        prf(&mut Sha256, &schedule.master_secret, b"key expansion", &seed, &mut key_block);
        assert_eq!(key_block, schedule.key_block, "{name}");
        for message in &schedule.finished {
            let label: &[u8] = match message.direction {
                Direction::ToServer => b"client finished",
                Direction::ToClient => b"server finished",
            };
            let mut verify_data = [0; 12];
            prf(&mut Sha256, &schedule.master_secret, label, &[&message.handshake_hash], &mut verify_data);
            assert_eq!(verify_data[..], message.verify_data, "{name}");
            finished += 1;
        }
    }
    println!(
        "key schedules: {} key blocks, {masters} master secrets ({psk} through PreSharedKey), {finished} Finished; {abbreviated} without premaster secret",
        schedules.len()
    );
    assert_eq!((schedules.len(), masters, psk, finished), (144, 79, 79, 286));
}

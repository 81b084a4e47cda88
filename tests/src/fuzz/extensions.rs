//! The extensions of a ServerHello, as a client judges them: it goes on exactly where RFC 5246 7.4.1.4 and the extensions' own rules let it.

use crate::random::Random;
use core::time::Duration;
use stint_dtls::crypto::soft::{Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{Client, Config, Error, MemoryFor, Psk};

type Auth = Psk<'static, PreSharedKey<'static>>;
type Provider = Crypto<Sha256, Aes128Ccm8, Random>;
const NOW: Duration = Duration::ZERO;

/// Bytes: what is offered (1: a Connection ID; 2: a server name), and the list of extensions.
pub(super) fn body(data: &[u8]) {
    let Some((choices, list)) = data.split_first() else { return };
    let list = &list[..list.len().min(0xf000)];
    let (cid, name) = (choices & 1 != 0, choices & 2 != 0);
    let mut config = Config::new();
    config.connection_id = cid.then_some(&[7, 7]);
    config.server_name = name.then_some("host.example");
    let auth = Psk::new(b"Client_identity", PreSharedKey::new(b"secretPSK").unwrap()).unwrap();
    let provider = Crypto { hash: Sha256, aeads: Aes128Ccm8, random: Random::new(1), kx: () };
    let mut memory = MemoryFor::<Auth, Provider>::EMPTY;
    let mut client = Client::new(config, auth, provider, &mut memory, &mut []);
    client.start(NOW).unwrap();
    let mut out = [0; 512];
    client.poll_transmit(NOW, &mut out).unwrap().unwrap();
    let mut datagram = server_hello(list);
    let told = client.next_event(NOW, &mut datagram.as_mut_slice());
    assert!(!client.is_connected());
    match (told, expected(list, cid, name)) {
        (Ok(None), Verdict::GoesOn) => assert!(client.is_handshaking() && client.stats().malformed == 0),
        (Err(error), Verdict::Fails) => assert!(matches!(
            error,
            Error::Extension(_) | Error::ExtensionNotOffered(_) | Error::ExtendedMasterSecret | Error::Malformed(_)
        )),
        (told, expected) => panic!("{told:?}, but {expected:?}: {list:02x?}"),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    GoesOn,
    Fails,
}

/// The rules, written apart from the client: only what was offered, each once, each with a body of its form, and the extended master secret among them.
fn expected(list: &[u8], cid: bool, name: bool) -> Verdict {
    let mut seen = std::collections::BTreeSet::new();
    let mut rest = list;
    while !rest.is_empty() {
        let Some(([a, b, c, d], after)) = rest.split_first_chunk() else { return Verdict::Fails };
        let (kind, len) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
        let Some((body, after)) = after.split_at_checked(len.into()) else { return Verdict::Fails };
        rest = after;
        let fits = match kind {
            23 => body.is_empty(),
            0xff01 => body == [0],
            54 => cid && body.split_first().is_some_and(|(len, cid)| usize::from(*len) == cid.len() && *len <= 32),
            0 => name && body.is_empty(),
            _ => false,
        };
        if !fits || !seen.insert(kind) {
            return Verdict::Fails;
        }
    }
    if seen.contains(&23) { Verdict::GoesOn } else { Verdict::Fails }
}

fn server_hello(extensions: &[u8]) -> Vec<u8> {
    let head = [&[0xfe, 0xfd][..], &[9; 32], &[0, 0xc0, 0xa8, 0]].concat();
    let body = [&head[..], &(extensions.len() as u16).to_be_bytes(), extensions].concat();
    let len = &(body.len() as u32).to_be_bytes()[1..];
    let message = [&[2][..], len, &[0, 0, 0, 0, 0], len, &body].concat();
    [&[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0][..], &(message.len() as u16).to_be_bytes(), &message].concat()
}

//! What sealing and opening a record of 12 bytes takes, and the credential of the measured images.
//!
//! What the programs themselves bring stands in a section of its own, which is not counted as Stint's flash.

use crate::meter::Meter;
use crate::uart;
use crate::uart::Step;
use core::time::Duration;
use stint_dtls::auth::Auth;
use stint_dtls::crypto::Provider;
use stint_dtls::{Client, Event};

/// The key that the server knows.
#[unsafe(link_section = ".app")]
pub static KEY: [u8; 9] = *b"secretPSK";
/// Its identity.
#[unsafe(link_section = ".app")]
pub static IDENTITY: [u8; 15] = *b"Client_identity";
/// GET /time with a token of 3 bytes: 12 bytes.
#[unsafe(link_section = ".app")]
static GET: [u8; 12] = [0x43, 1, 0, 1, 1, 2, 3, 0xb4, b't', b'i', b'm', b'e'];
/// PUT /example_data with a token of 8 bytes and a payload: the answer has 12 bytes.
#[unsafe(link_section = ".app")]
static PUT: [u8; 27] = *b"\x48\x03\x00\x0212345678\xbcexample_data\xffx";

/// Exchanges a record each way with the server and reports what that took. False: it failed.
pub fn measure<A: Auth<P>, P: Provider>(client: &mut Client<'_, A, P>, buffer: &mut [u8]) -> bool {
    let (Some((seal, _, _)), Some((_, open, len))) = (exchange(client, buffer, &GET), exchange(client, buffer, &PUT))
    else {
        return false;
    };
    uart::step(Step::Seal, &seal);
    uart::step(Step::Open, &open);
    len == 12
}

/// Sends a message and waits for the answer: what sealing the one and opening the other took, and the answer's length.
fn exchange<A: Auth<P>, P: Provider>(
    client: &mut Client<'_, A, P>,
    buffer: &mut [u8],
    message: &[u8],
) -> Option<(Meter, Meter, usize)> {
    let now = Duration::ZERO;
    let mut seal = Meter::NEW;
    let sent = seal.run(|| {
        client.send(now, buffer, |room| {
            let room = room.get_mut(..message.len())?;
            room.iter_mut().zip(message).for_each(|(to, from)| *to = *from);
            Some(message.len())
        })
    });
    let len = sent.ok()??;
    uart::datagram(buffer.get(..len)?);
    // A server that waited long for the handshake may have sent its last flight twice.
    for _ in 0..8 {
        let len = uart::receive(buffer);
        let mut datagram = buffer.get_mut(..len)?;
        let mut open = Meter::NEW;
        if let Ok(Some(Event::Data(data))) = open.run(|| client.next_event(now, &mut datagram)) {
            return Some((seal, open, data.len()));
        }
    }
    None
}

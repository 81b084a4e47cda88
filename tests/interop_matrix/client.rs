//! Our side of a cell: the credential, and what is tried with it.

use crate::cell::{Cell, Feature};
use crate::run::{Done, SMALL_MTU, Soft, expect, once, twice};
use core::time::Duration;
use stint_dtls::auth::Auth;
use stint_dtls::crypto::soft::{
    Aes128Ccm, Aes128Ccm8, Aes128Gcm, ChaCha20Poly1305, P256Exchange, P256Verifier, P384Verifier, RsaVerifier,
};
use stint_dtls::crypto::{Aeads, PreSharedKey};
use stint_dtls::{EcdhePsk, Exporter, MaxFragmentLength, Psk, Resumable, Session, WithExtensions};
use stint_lab::credentials::{Credentials, Holder, under_rsa};
use stint_lab::device::{Device, Options};
use stint_lab::parties::{AEADS, AllAeads, Who, lend};
use stint_lab::peers::{IDENTITY, KEY, Peer, Suite, WOLFSSL_KEY};

/// The longest ticket kept: OpenSSL's, with the client's certificate in it.
const TICKET: usize = 2048;
/// For Certificate messages of two certificates, in any cut.
const REASSEMBLY: usize = 4096;

/// Shakes hands as the cell says.
pub(crate) fn run(cell: &Cell) -> Done {
    let mut peer = (cell.server.start)(cell.who, cell.suite, cell.feature)?;
    let done = with_credential(cell, &mut peer);
    done.map_err(|error| format!("{error}\nthe server said:\n{}", peer.output()))
}

fn with_credential(cell: &Cell, peer: &mut Peer) -> Done {
    let all = Credentials::shared();
    // libcoap on OpenSSL sends the first certificate of its chain alone
    let one = cell.server.name.starts_with("libcoap");
    let (server, client) = if one { (&all.server_of_root, &all.client_of_root) } else { (&all.server, &all.client) };
    let key = if cell.server.name == "wolfSSL" { WOLFSSL_KEY } else { KEY };
    let key = PreSharedKey::new(key).map_err(|e| e.to_string())?;
    let anchor = if cell.feature == Feature::UnderP384 {
        // the root above it is nothing that we could verify, and need not be
        &all.server_under_p384.chain[1]
    } else {
        &all.root.certificate
    };
    match cell.who {
        Who::Psk => try_with(cell, peer, Psk::new(IDENTITY, key).map_err(|e| e.to_string())?),
        Who::EcdhePsk => try_with(cell, peer, EcdhePsk::new(IDENTITY, key).map_err(|e| e.to_string())?),
        Who::RawKey => try_with(cell, peer, server.raw_key()),
        Who::RawKeyMutual => try_with(cell, peer, server.raw_key_with(client)),
        Who::X509 => try_with(cell, peer, Holder::x509(anchor)),
        Who::X509Mutual => match cell.feature {
            Feature::P384 => {
                let verifier = (P256Verifier, P384Verifier);
                try_feature(cell, peer, client.x509_with_by(&all.root_p384.certificate, verifier))
            }
            Feature::Rsa => {
                let (root, _) = under_rsa()?;
                try_feature(cell, peer, client.x509_with_by(&root.certificate, (P256Verifier, RsaVerifier)))
            }
            _ => try_with(cell, peer, client.x509_with(anchor)),
        },
    }
}

/// Whatever can stand in a credential's place here.
pub(crate) trait Ours: Auth<Soft<AllAeads>, Step: 'static> + 'static {}
impl<A: Auth<Soft<AllAeads>, Step: 'static> + 'static> Ours for A {}

fn try_with<A>(cell: &Cell, peer: &mut Peer, auth: A) -> Done
where
    A: Ours,
    A: Auth<Soft<Aes128Ccm8>, Step: 'static> + Auth<Soft<Aes128Ccm>, Step: 'static>,
    A: Auth<Soft<Aes128Gcm>, Step: 'static> + Auth<Soft<ChaCha20Poly1305>, Step: 'static>,
{
    if cell.feature != Feature::Plain {
        return try_feature(cell, peer, auth);
    }
    // the one suite is all that is offered, as by a firmware that names one AEAD
    match cell.suite {
        Suite::Ccm8 | Suite::EcdsaCcm8 => once(cell, peer, device(cell, auth, Aes128Ccm8)?, |_, _| Ok(())),
        Suite::Ccm | Suite::EcdsaCcm => once(cell, peer, device(cell, auth, Aes128Ccm)?, |_, _| Ok(())),
        Suite::Gcm | Suite::EcdhePskGcm | Suite::EcdsaGcm => {
            once(cell, peer, device(cell, auth, Aes128Gcm)?, |_, _| Ok(()))
        }
        Suite::ChaCha | Suite::EcdhePskChaCha | Suite::EcdsaChaCha => {
            once(cell, peer, device(cell, auth, ChaCha20Poly1305)?, |_, _| Ok(()))
        }
    }
}

/// All suites of the credential are offered, and the server chooses the cell's.
fn try_feature<A: Ours>(cell: &Cell, peer: &mut Peer, auth: A) -> Done {
    match cell.feature {
        Feature::MaxFragment => {
            let auth = WithExtensions::new(auth).max_fragment_length(MaxFragmentLength::Bytes512);
            once(cell, peer, device(cell, auth, AEADS)?, |device, _| {
                expect("the longest plaintext", device.client.max_plaintext(4096), 512)
            })
        }
        Feature::RecordLimit => {
            let auth = WithExtensions::new(auth).record_size_limit(512);
            // the server's own limit comes back
            once(cell, peer, device(cell, auth, AEADS)?, |device, _| {
                expect("the longest plaintext", device.client.max_plaintext(4096), 600)
            })
        }
        Feature::Alpn => {
            let auth = WithExtensions::new(auth).protocols(&[b"coap", b"co"]);
            once(cell, peer, device(cell, auth, AEADS)?, |device, _| {
                expect("the protocol", device.client.credential().protocol(), Some(&b"co"[..]))
            })
        }
        Feature::SessionId | Feature::Ticket | Feature::TicketConnectionId => {
            let auth = Resumable::new(auth, lend(Session::<TICKET>::EMPTY));
            twice(cell, peer, device(cell, auth, AEADS)?)
        }
        Feature::Exporter => {
            let auth = Exporter::new(auth, b"EXPERIMENTAL stint", None, lend([0; 32]));
            once(cell, peer, device(cell, auth, AEADS)?, |device, peer| {
                peer.wait_for(&hex::encode_upper(device.client.credential().material()), Duration::from_secs(5))
            })
        }
        // the wire and the anchor differ; the client is told of that elsewhere
        Feature::Plain
        | Feature::ConnectionId
        | Feature::Fragments
        | Feature::UnderP384
        | Feature::P384
        | Feature::Rsa => once(cell, peer, device(cell, auth, AEADS)?, |_, _| Ok(())),
    }
}

fn device<C, A>(cell: &Cell, auth: A, aeads: C) -> Result<Device<C, A, P256Exchange>, String>
where
    C: Aeads<Key: 'static>,
    A: Auth<Soft<C>, Step: 'static> + 'static,
{
    let mut options = Options { reassembly: REASSEMBLY, buffer: 1500, ..Options::default() };
    options.config.server_name = Some("server.example");
    if cell.feature == Feature::Fragments {
        options.config.mtu = SMALL_MTU;
    }
    if cell.feature == Feature::MaxFragment && cell.server.name == "GnuTLS" {
        // it reads no more of a datagram than the longest record, and cuts a flight that is packed in one
        options.config.mtu = 525;
    }
    if matches!(cell.feature, Feature::ConnectionId | Feature::TicketConnectionId) {
        options.config.connection_id = Some(&[0xc0, 0xff, 0xee]);
    }
    Device::begin_as(options, auth, aeads, P256Exchange).map_err(|e| e.to_string())
}

//! The cipher suites on offer, and their names.
//!
//! What is offered is a matter of types: the AEADs of the provider with the key exchanges of the credential. A choice at run time is made once, before the
//! first handshake, and asked for by the one AEAD type that stands for them all.

use crate::exit::Failure;
use std::sync::OnceLock;
use stint_dtls::Suite;
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Aes128Gcm, ChaCha20Poly1305};
use stint_dtls::crypto::{Aeads, ExportKey, Kx, Lens, Sleeping};

type All = (Sleeping<Aes128Ccm8>, (Sleeping<Aes128Ccm>, (Sleeping<Aes128Gcm>, Sleeping<ChaCha20Poly1305>)));
const ALL: All = (Sleeping(Aes128Ccm8), (Sleeping(Aes128Ccm), (Sleeping(Aes128Gcm), Sleeping(ChaCha20Poly1305))));
/// All key exchanges, as they are called.
const EXCHANGES: [Kx; 3] = [Kx::Psk, Kx::EcdhePsk, Kx::EcdheEcdsa];

/// What `--suite` left: the suites, and the AEADs in the order in which it named them.
struct Chosen {
    suites: Vec<Suite>,
    order: Vec<usize>,
}

static CHOSEN: OnceLock<Chosen> = OnceLock::new();

/// The AEADs of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offered(All);

impl Offered {
    pub(crate) const NEW: Self = Offered(ALL);

    /// The AEAD that stands in this place.
    fn at(index: usize) -> Option<usize> {
        match CHOSEN.get() {
            Some(chosen) => chosen.order.get(index).copied(),
            None => Some(index),
        }
    }
}

impl Aeads for Offered {
    type Key = <All as Aeads>::Key;
    const COUNT: usize = All::COUNT;
    const IMPLICIT_NONCE: bool = All::IMPLICIT_NONCE;

    fn suite(index: usize, kx: Kx) -> Option<u16> {
        let suite = All::suite(Self::at(index)?, kx)?;
        CHOSEN.get().is_none_or(|chosen| chosen.suites.contains(&Suite(suite))).then_some(suite)
    }
    fn lens(index: usize) -> Lens {
        All::lens(Self::at(index).unwrap_or(0))
    }
    fn key(&mut self, index: usize, key: &[u8]) -> Option<Self::Key> {
        self.0.key(Self::at(index)?, key)
    }
    fn seal(&mut self, key: &Self::Key, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &mut [u8]) {
        self.0.seal(key, nonce, aad, data, tag);
    }
    fn open(&mut self, key: &Self::Key, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &[u8]) -> bool {
        self.0.open(key, nonce, aad, data, tag)
    }
    fn end(key: &Self::Key) -> Option<u64> {
        All::end(key)
    }
}

impl ExportKey for Offered {
    fn raw(key: &Self::Key) -> &[u8] {
        All::raw(key)
    }
    fn set_end(key: &mut Self::Key, end: u64) {
        All::set_end(key, end);
    }
}

/// Those that are on offer with these key exchanges.
pub(crate) fn offered(exchanges: &[Kx]) -> Vec<Suite> {
    let suites = exchanges.iter().flat_map(|kx| (0..Offered::COUNT).map(|index| Offered::suite(index, *kx)));
    suites.flatten().map(Suite).collect()
}

/// Restricts what is offered to the suites with these names, if there are any, in this order. For once.
pub(crate) fn choose(names: &[String], exchanges: &[Kx]) -> Result<(), Failure> {
    if names.is_empty() {
        return Ok(());
    }
    let mut chosen = Chosen { suites: Vec::new(), order: Vec::new() };
    for name in names {
        let known = named(name);
        if known.is_empty() {
            let all = EXCHANGES.iter().flat_map(|kx| (0..All::COUNT).filter_map(|index| All::suite(index, *kx)));
            return Err(Failure::usage(format!("--suite {name}: it is none of {}", told(all.map(Suite)))));
        }
        let usable: Vec<_> = known.iter().filter(|(_, kx, _)| exchanges.contains(kx)).collect();
        if usable.is_empty() {
            let needed = known.first().map_or("", |(_, kx, _)| needs(*kx));
            return Err(Failure::usage(format!("--suite {name} needs {needed}")));
        }
        for (index, _, suite) in usable {
            chosen.suites.push(*suite);
            if !chosen.order.contains(index) {
                chosen.order.push(*index);
            }
        }
    }
    CHOSEN.set(chosen).map_err(|_| Failure::usage("the suites were chosen already"))
}

/// The names, one after the other.
pub(crate) fn told(suites: impl IntoIterator<Item = Suite>) -> String {
    suites.into_iter().map(|suite| suite.to_string()).collect::<Vec<_>>().join(", ")
}

/// What must be said on the command line for suites of this key exchange.
fn needs(kx: Kx) -> &'static str {
    match kx {
        Kx::Psk => "a pre-shared key (-k, -u), and no --ecdhe=only",
        Kx::EcdhePsk => "a pre-shared key (-k, -u) and --ecdhe",
        _ => "certificates (-C, --pin) or raw public keys (--trust)",
    }
}

/// The suites that a name may mean, each with the place of its AEAD and its key exchange.
fn named(name: &str) -> Vec<(usize, Kx, Suite)> {
    let wanted = plain(name);
    let number = u16::from_str_radix(name.trim_start_matches("0x"), 16).ok();
    let mut found = Vec::new();
    for kx in EXCHANGES {
        let exchange = match kx {
            Kx::Psk => "PSK",
            Kx::EcdhePsk => "ECDHEPSK",
            _ => "ECDHEECDSA",
        };
        for index in 0..All::COUNT {
            let Some(suite) = All::suite(index, kx).map(Suite) else { continue };
            let whole = plain(&suite.to_string());
            let cipher = whole.strip_prefix(exchange).unwrap_or(&whole);
            let short = cipher.strip_prefix("AES128").or_else(|| cipher.strip_suffix("POLY1305")).unwrap_or(cipher);
            if [whole.as_str(), cipher, short].contains(&wanted.as_str()) || number == Some(suite.0) {
                found.push((index, kx, suite));
            }
        }
    }
    found
}

/// What all ways to write a suite have in common: IANA's TLS_PSK_WITH_AES_128_CCM_8 and OpenSSL's PSK-AES128-CCM8 are both PSKAES128CCM8.
fn plain(name: &str) -> String {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let letters = letters.strip_prefix("TLS").unwrap_or(&letters).replace("WITH", "");
    letters.strip_suffix("SHA256").unwrap_or(&letters).into()
}

#[cfg(test)]
mod tests {
    use super::{EXCHANGES, Suite, named};

    fn codes(name: &str) -> Vec<u16> {
        named(name).into_iter().map(|(.., suite)| suite.0).collect()
    }

    #[test]
    fn a_suite_goes_by_the_names_that_everybody_has_for_it() {
        for (name, code) in [
            ("TLS_PSK_WITH_AES_128_CCM_8", 0xc0a8),
            ("PSK-AES128-CCM8", 0xc0a8),
            ("PSK-AES128-CCM-8", 0xc0a8),
            ("TLS-PSK-WITH-AES-128-CCM-8", 0xc0a8),
            ("c0a8", 0xc0a8),
            ("0xC0A4", 0xc0a4),
            ("psk-aes128-gcm-sha256", 0x00a8),
            ("00a8", 0x00a8),
            ("PSK-CHACHA20-POLY1305", 0xccab),
            ("ECDHE-PSK-CHACHA20-POLY1305", 0xccac),
            ("TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256", 0xd003),
            ("TLS_ECDHE_PSK_AES_128_GCM_SHA256", 0xd001),
            ("ECDHE-ECDSA-AES128-GCM-SHA256", 0xc02b),
            ("ECDHE-ECDSA-AES128-CCM", 0xc0ac),
            ("TLS_ECDHE_ECDSA_AES_128_CCM_8", 0xc0ae),
            ("ECDHE-ECDSA-CHACHA20-POLY1305", 0xcca9),
        ] {
            assert_eq!(codes(name), [code], "{name}");
        }
        assert_eq!(codes("ccm8"), [0xc0a8, 0xd003, 0xc0ae]);
        assert_eq!(codes("AES-128-GCM"), [0x00a8, 0xd001, 0xc02b]);
        assert_eq!(codes("chacha20"), [0xccab, 0xccac, 0xcca9]);
        for none in ["", "AES256", "TLS_RSA_WITH_AES_128_CCM_8", "PSK", "c0af"] {
            assert!(codes(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn every_suite_goes_by_its_own_name() {
        let all = super::offered(&EXCHANGES);
        assert_eq!(all.len(), 12);
        for suite in all {
            assert_eq!(named(&suite.to_string()).into_iter().map(|(.., found)| found).collect::<Vec<Suite>>(), [suite]);
        }
    }
}

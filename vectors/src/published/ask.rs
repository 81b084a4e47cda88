//! Writing requests.

/// An AEAD, by its number in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aead {
    /// CCM of any tag, and nonces of 12 and 13 bytes.
    Ccm = 0,
    /// The suites'.
    Ccm8 = 1,
    Ccm16 = 2,
    Gcm = 3,
    ChaCha20Poly1305 = 4,
}

/// A request: the operation, and its fields with their lengths.
pub(super) fn ask(operation: u8, fields: &[&[u8]]) -> Vec<u8> {
    let mut request = vec![operation];
    for field in fields {
        request.extend(u16::try_from(field.len()).expect("a field is short").to_be_bytes());
        request.extend(*field);
    }
    request
}

impl Aead {
    /// The request for a case, and the reply where it must open.
    pub(super) fn ask(self, case: &crate::Aead) -> (Vec<u8>, Option<Vec<u8>>) {
        let with_iv = [&case.key[..], &case.nonce].concat();
        // A record's nonce is IV XOR number (RFC 7905 2): here all is IV.
        let (key, nonce): (&[u8], &[u8]) =
            if self == Self::ChaCha20Poly1305 { (&with_iv, &[0; 12]) } else { (&case.key, &case.nonce) };
        let request = ask(6, &[&[self as u8], key, nonce, &case.aad, &case.ciphertext, &case.tag]);
        let reply = [&case.plaintext[..], &case.ciphertext, &case.tag].concat();
        (request, case.valid.then_some(reply))
    }
}

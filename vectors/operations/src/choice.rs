//! The choices of arithmetic.

use stint_dtls::crypto::compact::{Arithmetic, P256Exchange, P256Signer, P256Verifier, Steps};
use stint_dtls::crypto::soft::Sha256;
use stint_dtls::crypto::{Checked, KeyExchange, Point, Signer, Verifier};

/// A choice of arithmetic on P-256: an exchange, a signer and a verifier.
pub trait Choice {
    /// ECDHE.
    type Exchange: KeyExchange;
    /// ECDSA, with a private key that is lent.
    type Signer<'a>: Signer;
    /// ECDSA, the other end.
    type Verifier: Verifier;
    /// The exchange.
    fn exchange(&self) -> Self::Exchange;
    /// The signer with a private key of 32 bytes, and the public key; `None`: out of range.
    fn signer<'a>(&self, key: &'a [u8; 32]) -> Option<(Self::Signer<'a>, Point)>;
    /// The verifier.
    fn verifier(&self) -> Self::Verifier;
}

/// Stint's own: `Own(Fast)`, `Own(Compact)`, `Own(Halves)`.
#[derive(Clone, Copy, Debug)]
pub struct Own<A>(pub A);

impl<A: Arithmetic + Copy> Choice for Own<A> {
    type Exchange = P256Exchange<A>;
    type Signer<'a> = P256Signer<'a, A, Sha256>;
    type Verifier = P256Verifier<A>;

    fn exchange(&self) -> P256Exchange<A> {
        P256Exchange(self.0)
    }

    fn signer<'a>(&self, key: &'a [u8; 32]) -> Option<(P256Signer<'a, A, Sha256>, Point)> {
        let signer = P256Signer::new(key, self.0, Sha256).ok()?;
        let point = signer.public();
        Some((signer, point))
    }

    fn verifier(&self) -> P256Verifier<A> {
        P256Verifier(self.0)
    }
}

/// The same, cut in steps of so many digits, and each signature verified before it is given out.
#[derive(Clone, Copy, Debug)]
pub struct Cut<A>(pub A, pub u16);

impl<A: Arithmetic + Copy> Choice for Cut<A> {
    type Exchange = Steps<P256Exchange<A>>;
    type Signer<'a> = Checked<Steps<P256Signer<'a, A, Sha256>>, Steps<P256Verifier<A>>>;
    type Verifier = Steps<P256Verifier<A>>;

    fn exchange(&self) -> Self::Exchange {
        Steps::new(P256Exchange(self.0), self.1)
    }

    fn signer<'a>(&self, key: &'a [u8; 32]) -> Option<(Self::Signer<'a>, Point)> {
        let signer = P256Signer::new(key, self.0, Sha256).ok()?;
        let point = signer.public();
        Some((Checked::new(Steps::new(signer, self.1), point, self.verifier()), point))
    }

    fn verifier(&self) -> Self::Verifier {
        Steps::new(P256Verifier(self.0), self.1)
    }
}

#[cfg(feature = "p256")]
pub use soft::Soft;

#[cfg(feature = "p256")]
mod soft {
    use super::Choice;
    use stint_dtls::crypto::Point;
    use stint_dtls::crypto::soft::{P256Exchange, P256Signer, P256Verifier};

    /// RustCrypto's p256 under Stint's multiplications.
    #[derive(Clone, Copy, Debug)]
    pub struct Soft;

    impl Choice for Soft {
        type Exchange = P256Exchange;
        type Signer<'a> = P256Signer<'a>;
        type Verifier = P256Verifier;

        fn exchange(&self) -> P256Exchange {
            P256Exchange
        }

        fn signer<'a>(&self, key: &'a [u8; 32]) -> Option<(P256Signer<'a>, Point)> {
            let signer = P256Signer::new(key).ok()?;
            Some((signer, signer.public()))
        }

        fn verifier(&self) -> P256Verifier {
            P256Verifier
        }
    }
}

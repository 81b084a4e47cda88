//! The endpoint that makes the requests: its memory and its parameters.

use crate::args::TransmissionArgs;
use crate::exit::Failure;
use crate::sources::Bodies;
use std::time::Duration;
use stint_coap::{BlockSize, Config, Endpoint, Profile, Slot};

/// Besides the requests that are outstanding: one that ends, and a ping.
const SPARE: usize = 2;
/// Bytes of options that a request may have.
const STORE: usize = 8_192;

/// How long answers of a group are on their way.
const ON_THE_WAY: Duration = Duration::from_secs(2);

/// The memory and the settings of an endpoint.
pub(crate) struct Settings {
    config: Config,
    pub(crate) bodies: Bodies,
}

impl Settings {
    pub(crate) fn new(args: &TransmissionArgs) -> Result<Self, Failure> {
        let block_size = match args.block {
            16 => BlockSize::B16,
            32 => BlockSize::B32,
            64 => BlockSize::B64,
            128 => BlockSize::B128,
            256 => BlockSize::B256,
            512 => BlockSize::B512,
            1024 => BlockSize::B1024,
            _ => return Err(Failure::usage("-b takes a block size of 16, 32, 64, 128, 256, 512 or 1024 bytes")),
        };
        let config = Config {
            block_size,
            nstart: args.nstart,
            ack_timeout: args.ack_timeout.unwrap_or(Config::DEFAULT.ack_timeout),
            max_retransmit: args.max_retransmit.unwrap_or(Config::DEFAULT.max_retransmit),
            response_timeout: args.response_timeout,
            ..Config::DEFAULT
        };
        Ok(Settings { config, bodies: Bodies::default() })
    }

    /// For requests that want no answer: with the default PROBING_RATE of 1 byte a second (RFC 7252 4.7) the end of one is told only after as many
    /// seconds as it has bytes, to hold back the next; where none follows, nobody has to wait.
    pub(crate) fn without_answers(&mut self) {
        self.config.probing_rate = 1_024;
    }

    /// A body has at most 2^20 blocks: a block's number has 20 bits (RFC 7959 2.2).
    pub(crate) fn can_send(&self, len: u64) -> Result<(), Failure> {
        if len > (self.config.block_size.bytes() as u64) << 20 {
            return Err(Failure::usage("the body has more than 2^20 blocks: take larger ones (-b)"));
        }
        Ok(())
    }

    /// For a request to a group: who answers does so within DEFAULT_LEISURE (RFC 7252 8.2), and some time on the way.
    pub(crate) fn with_a_group(&mut self) -> Duration {
        let wait = self.config.default_leisure + ON_THE_WAY;
        *self.config.response_timeout.get_or_insert(wait)
    }

    pub(crate) const fn nstart(&self) -> usize {
        self.config.nstart as usize
    }

    pub(crate) fn slots(&self) -> Vec<Slot> {
        std::iter::repeat_with(|| Slot::EMPTY).take(self.nstart() + SPARE).collect()
    }

    pub(crate) fn store(&self) -> Vec<u8> {
        vec![0; (self.nstart() + SPARE) * STORE]
    }

    pub(crate) fn endpoint<'b, X: Profile>(
        &self,
        profile: X,
        slots: &'b mut [Slot],
        store: &'b mut [u8],
    ) -> Result<Endpoint<'b, X>, Failure> {
        let mut seed = [0; 16];
        getrandom::fill(&mut seed).map_err(|error| Failure::local("the system's randomness", error))?;
        Ok(Endpoint::with(profile, self.config, seed, slots, store))
    }
}

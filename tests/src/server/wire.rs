//! Records and handshake messages as the loopback server reads and writes them: plain vectors, no economy.

/// A record as it lies in a datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Content type.
    pub kind: u8,
    /// Epoch.
    pub epoch: u16,
    /// 48-bit sequence number.
    pub sequence: u64,
    /// Connection ID, where the type is tls12_cid (25).
    pub cid: Vec<u8>,
    /// What follows the header: plaintext in epoch 0, explicit nonce, ciphertext and tag afterwards.
    pub fragment: Vec<u8>,
}

impl Record {
    /// Epoch and sequence number, as nonces and additional data have them.
    #[must_use]
    pub fn number(&self) -> [u8; 8] {
        (u64::from(self.epoch) << 48 | self.sequence).to_be_bytes()
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let len = (self.fragment.len() as u16).to_be_bytes();
        [&[self.kind, 0xfe, 0xfd][..], &self.number(), &self.cid, &len, &self.fragment].concat()
    }

    /// Splits a datagram; `cid` is the length of the Connection ID that tls12_cid records carry in this direction.
    /// What does not parse ends the datagram.
    #[must_use]
    pub fn split(mut datagram: &[u8], cid: usize) -> Vec<Self> {
        let mut records = Vec::new();
        while let Some((record, rest)) = Self::first(datagram, cid) {
            records.push(record);
            datagram = rest;
        }
        records
    }

    fn first(bytes: &[u8], cid: usize) -> Option<(Self, &[u8])> {
        let (head, rest) = bytes.split_first_chunk::<11>()?;
        let (cid, rest) = rest.split_at_checked(if head[0] == 25 { cid } else { 0 })?;
        let (len, rest) = rest.split_first_chunk::<2>()?;
        let (fragment, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
        let number = u64::from_be_bytes(head[3..11].try_into().ok()?);
        // RFC 6347 4.1: DTLS 1.0 in the version is tolerated on a first ClientHello
        if head[1] != 0xfe || (head[2] != 0xfd && head[2] != 0xff) {
            return None;
        }
        let record = Self {
            kind: head[0],
            epoch: (number >> 48) as u16,
            sequence: number & 0xffff_ffff_ffff,
            cid: cid.to_vec(),
            fragment: fragment.to_vec(),
        };
        Some((record, rest))
    }
}

/// A fragment of a handshake message (RFC 6347 4.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Message type.
    pub kind: u8,
    /// Length of the whole message's body.
    pub len: usize,
    /// message_seq.
    pub seq: u16,
    /// Where this fragment begins.
    pub offset: usize,
    /// The fragment's bytes.
    pub body: Vec<u8>,
}

pub(super) fn u24(n: usize) -> [u8; 3] {
    let b = (n as u32).to_be_bytes();
    [b[1], b[2], b[3]]
}

pub(super) fn from_u24(b: &[u8]) -> usize {
    b.iter().fold(0, |n, b| n << 8 | usize::from(*b))
}

impl Fragment {
    /// The bytes on the wire.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let seq = self.seq.to_be_bytes();
        [&[self.kind][..], &u24(self.len), &seq, &u24(self.offset), &u24(self.body.len()), &self.body].concat()
    }

    /// All fragments in a record's plaintext; what does not parse ends it.
    #[must_use]
    pub fn split(mut plain: &[u8]) -> Vec<Self> {
        let mut all = Vec::new();
        while let Some((head, rest)) = plain.split_first_chunk::<12>() {
            let (len, offset, part) = (from_u24(&head[1..4]), from_u24(&head[6..9]), from_u24(&head[9..12]));
            let Some((body, rest)) = rest.split_at_checked(part) else { break };
            if offset + part > len {
                break;
            }
            let seq = u16::from_be_bytes([head[4], head[5]]);
            all.push(Self { kind: head[0], len, seq, offset, body: body.to_vec() });
            plain = rest;
        }
        all
    }

    /// A whole message as the transcript sees it (RFC 6347 4.2.6).
    #[must_use]
    pub fn whole(kind: u8, seq: u16, body: &[u8]) -> Self {
        Self { kind, len: body.len(), seq, offset: 0, body: body.to_vec() }
    }
}

/// Puts the fragments of one message together.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    parts: Vec<Fragment>,
}

impl Assembly {
    /// Takes a fragment of message `seq`; gives the message when it is whole.
    pub fn take(&mut self, fragment: Fragment, seq: u16) -> Option<Fragment> {
        if fragment.seq != seq {
            return None;
        }
        self.parts.retain(|p| p.kind == fragment.kind && p.len == fragment.len);
        self.parts.push(fragment);
        let first = self.parts.first()?.clone();
        let mut have = vec![None; first.len];
        for p in &self.parts {
            p.body.iter().enumerate().for_each(|(i, b)| have[p.offset + i] = Some(*b));
        }
        let body: Vec<u8> = have.into_iter().collect::<Option<_>>()?;
        self.parts.clear();
        Some(Fragment::whole(first.kind, seq, &body))
    }
}

/// What the server reads out of a ClientHello (RFC 5246 7.4.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// client_version, as on the wire.
    pub version: [u8; 2],
    /// Client random (32 bytes).
    pub random: Vec<u8>,
    /// Session ID.
    pub session: Vec<u8>,
    /// Cookie (RFC 6347 4.2.1).
    pub cookie: Vec<u8>,
    /// Suites offered, signalling values included.
    pub suites: Vec<u16>,
    /// Extensions in order: type and body.
    pub extensions: Vec<(u16, Vec<u8>)>,
}

impl Hello {
    /// Parses a ClientHello's body; `None` where anything is left over or missing.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<Self> {
        let (version, rest) = body.split_first_chunk::<2>()?;
        let (random, rest) = rest.split_at_checked(32)?;
        let (session, rest) = short(rest)?;
        let (cookie, rest) = short(rest)?;
        let (suites, rest) = long(rest)?;
        let (compression, rest) = short(rest)?;
        if suites.len() % 2 != 0 || !compression.contains(&0) {
            return None;
        }
        let suites = suites.chunks(2).map(|s| u16::from_be_bytes([s[0], s[1]])).collect();
        let mut hello = Self {
            version: *version,
            random: random.to_vec(),
            session: session.to_vec(),
            cookie: cookie.to_vec(),
            suites,
            extensions: Vec::new(),
        };
        if rest.is_empty() {
            return Some(hello);
        }
        let (mut list, rest) = long(rest)?;
        while let Some((kind, after)) = list.split_first_chunk::<2>() {
            let (body, after) = long(after)?;
            hello.extensions.push((u16::from_be_bytes(*kind), body.to_vec()));
            list = after;
        }
        (list.is_empty() && rest.is_empty()).then_some(hello)
    }

    /// The body of extension `kind`.
    #[must_use]
    pub fn extension(&self, kind: u16) -> Option<&[u8]> {
        self.extensions.iter().find(|e| e.0 == kind).map(|e| e.1.as_slice())
    }
}

/// A vector with a one-byte length, and what follows it.
#[must_use]
pub fn short(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*len))
}

/// A vector with a two-byte length, and what follows it.
#[must_use]
pub fn long(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(u16::from_be_bytes(*len).into())
}

/// Writes a vector with a one-byte length.
#[must_use]
pub fn with_short(bytes: &[u8]) -> Vec<u8> {
    [&[bytes.len() as u8][..], bytes].concat()
}

/// Writes a vector with a two-byte length.
#[must_use]
pub fn with_long(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
}

//! Captures of real peers on loopback, with their keys: datagrams, records as an independent decryptor read them, key schedules.

use crate::read::{code_point, hex, hex_or_empty, json, optional_hex, path, text};
use serde::Deserialize;
use std::collections::HashMap;

/// Who sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Direction {
    /// The client.
    #[serde(rename = "c2s")]
    ToServer,
    /// The server.
    #[serde(rename = "s2c")]
    ToClient,
}

/// A protected record with all that went into it.
#[derive(Clone, Debug)]
pub struct Record {
    /// The capture's name.
    pub capture: String,
    /// Who sent it.
    pub direction: Direction,
    /// The content type on the wire: 25 where a Connection ID is used (RFC 9146 3).
    pub content_type: u8,
    /// The epoch.
    pub epoch: u16,
    /// The sequence number, 48 bits.
    pub sequence: u64,
    /// The Connection ID that the record bears.
    pub cid: Option<Vec<u8>>,
    /// The cipher suite's code point.
    pub suite: u16,
    /// The AEAD key.
    pub key: Vec<u8>,
    /// The whole nonce.
    pub nonce: Vec<u8>,
    /// The additional data.
    pub aad: Vec<u8>,
    /// What was sealed: with a Connection ID the content, its type and padding (RFC 9146 4), else the content.
    pub plaintext: Vec<u8>,
    /// The datagram that it came in, among others perhaps.
    pub datagram: Vec<u8>,
}

impl Record {
    /// Ciphertext and tag, cut out of the datagram; `tag`: how many bytes the AEAD's has.
    ///
    /// # Panics
    /// It is not in its datagram.
    #[must_use]
    pub fn sealed(&self, tag: usize) -> Vec<u8> {
        let number = (u64::from(self.epoch) << 48 | self.sequence).to_be_bytes();
        let mut rest = &self.datagram[..];
        // RFC 6347 4.1: type, version, epoch and number, then (RFC 9146 4) the Connection ID, then the length.
        while let Some((head, after)) = rest.split_at_checked(11) {
            let cid = if head.first() == Some(&25) { self.cid.as_deref().map_or(0, <[u8]>::len) } else { 0 };
            let fragment = after.split_at_checked(cid).and_then(|(_, after)| {
                let (len, after) = after.split_first_chunk()?;
                after.split_at_checked(u16::from_be_bytes(*len).into())
            });
            let Some((fragment, after)) = fragment else { break };
            if head.first() == Some(&self.content_type) && head.ends_with(&number) {
                let explicit = fragment.len().checked_sub(self.plaintext.len() + tag);
                return fragment.get(explicit.expect("a tag")..).unwrap_or_default().to_vec();
            }
            rest = after;
        }
        panic!("{}: no such record in its datagram", self.capture)
    }
}

/// The keys of one handshake.
#[derive(Clone, Debug, Deserialize)]
pub struct KeySchedule {
    /// The capture's name.
    #[serde(default)]
    pub capture: String,
    /// The client's random, 32 bytes.
    #[serde(deserialize_with = "hex")]
    pub client_random: Vec<u8>,
    /// The server's random, 32 bytes; empty where it sent none.
    #[serde(deserialize_with = "hex_or_empty")]
    pub server_random: Vec<u8>,
    /// The cipher suite's code point; 0 where the server chose none.
    #[serde(deserialize_with = "code_point")]
    pub suite: u16,
    /// Whether RFC 7627's master secret was agreed.
    pub ems: bool,
    /// RFC 7627 3's hash; none in an abbreviated handshake.
    #[serde(deserialize_with = "optional_hex")]
    pub session_hash: Option<Vec<u8>>,
    /// The pre-shared key.
    #[serde(deserialize_with = "optional_hex")]
    pub psk: Option<Vec<u8>>,
    /// The premaster secret.
    #[serde(deserialize_with = "optional_hex")]
    pub premaster: Option<Vec<u8>>,
    /// The master secret, 48 bytes; empty where the decryptor had none.
    #[serde(deserialize_with = "hex_or_empty")]
    pub master_secret: Vec<u8>,
    /// The key block, as long as the suite needs it; empty where the decryptor does not know the suite.
    #[serde(deserialize_with = "hex_or_empty")]
    pub key_block: Vec<u8>,
    /// The Connection ID that the client asked to be used towards it.
    #[serde(deserialize_with = "optional_hex")]
    pub client_cid: Option<Vec<u8>>,
    /// The one that the server asked for.
    #[serde(deserialize_with = "optional_hex")]
    pub server_cid: Option<Vec<u8>>,
    /// The Finished messages in the order of the handshake.
    pub finished: Vec<Finished>,
}

/// A Finished message.
#[derive(Clone, Debug, Deserialize)]
pub struct Finished {
    /// Who sent it.
    #[serde(rename = "dir")]
    pub direction: Direction,
    /// The hash of all messages before it, 32 bytes.
    #[serde(deserialize_with = "hex")]
    pub handshake_hash: Vec<u8>,
    /// 12 bytes.
    #[serde(deserialize_with = "hex")]
    pub verify_data: Vec<u8>,
}

/// A captured exchange.
#[derive(Clone, Debug, Deserialize)]
pub struct Capture {
    /// Its name: peers, suite, what is special.
    pub name: String,
    /// What is special, in words.
    #[serde(default)]
    pub notes: String,
    /// The datagrams in the order of arrival.
    pub packets: Vec<Packet>,
    /// Its handshakes, those too that came to no keys.
    #[serde(default)]
    pub connections: Vec<KeySchedule>,
}

/// A captured datagram.
#[derive(Clone, Debug, Deserialize)]
pub struct Packet {
    /// Who sent it.
    #[serde(rename = "dir")]
    pub direction: Direction,
    /// The datagram.
    #[serde(rename = "hex", deserialize_with = "hex")]
    pub bytes: Vec<u8>,
    /// Its records, as the decryptor read them.
    #[serde(default)]
    pub records: Vec<Captured>,
}

/// A record of a captured datagram.
#[derive(Clone, Debug, Deserialize)]
pub struct Captured {
    /// The content type on the wire.
    #[serde(rename = "type")]
    pub content_type: u8,
    /// The epoch.
    pub epoch: u16,
    /// The sequence number, 48 bits.
    #[serde(rename = "seq")]
    pub sequence: u64,
    /// The length field.
    pub len: u16,
    /// The content, where it could be read.
    #[serde(default, deserialize_with = "optional_hex")]
    pub plaintext: Option<Vec<u8>>,
    /// RFC 9146 4's content, type and padding, where a Connection ID was used.
    #[serde(default, deserialize_with = "optional_hex")]
    pub inner_plaintext: Option<Vec<u8>>,
    /// The content type within that.
    #[serde(default)]
    pub inner_type: Option<u8>,
    /// The whole nonce, 12 bytes, of which the record carries the last 8: the peer's choice (RFC 6655 3).
    #[serde(default, deserialize_with = "optional_hex")]
    pub nonce: Option<Vec<u8>>,
    /// The Connection ID.
    #[serde(default, deserialize_with = "optional_hex")]
    pub cid: Option<Vec<u8>>,
    /// The handshake messages, in the decryptor's words: `Name seq=.. len=.. frag=offset+length`.
    #[serde(default, rename = "hs")]
    pub handshake: Vec<String>,
}

/// The capture of that name.
#[must_use]
pub fn capture(name: &str) -> Capture {
    json(&format!("captures/{name}/kat.json"))
}

/// The client randoms and master secrets that a peer logged (NSS key log format) in the capture of that name; none where it did not.
#[must_use]
pub fn key_log(name: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let name = format!("captures/{name}/keylog.txt");
    if !path(&name).is_file() {
        return Vec::new();
    }
    let hex = |word: Option<&str>| hex::decode(word.expect("a key log's line has three words")).expect("hexadecimal");
    let log = text(&name);
    let lines = log.lines().map(str::split_whitespace);
    lines
        .filter_map(|mut line| (line.next() == Some("CLIENT_RANDOM")).then(|| (hex(line.next()), hex(line.next()))))
        .collect()
}

/// All captures, ordered by name.
#[must_use]
pub fn captures() -> Vec<Capture> {
    let folder = std::fs::read_dir(path("captures")).expect("the folder of captures");
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("a capture's folder").file_name().into_string();
    let mut names: Vec<String> = folder.map(|entry| name(entry).expect("a name in UTF-8")).collect();
    names.sort();
    names.iter().filter(|name| path(&format!("captures/{name}/kat.json")).is_file()).map(|name| capture(name)).collect()
}

/// The key schedules of all captures.
#[must_use]
pub fn key_schedules() -> Vec<KeySchedule> {
    json("dtls/key_schedule_kats_from_captures.json")
}

/// The protected records of all captures.
#[must_use]
pub fn records() -> Vec<Record> {
    #[derive(Deserialize)]
    struct Raw {
        capture: String,
        dir: Direction,
        r#type: u8,
        epoch: u16,
        seq: u64,
        #[serde(deserialize_with = "optional_hex")]
        cid: Option<Vec<u8>>,
        #[serde(deserialize_with = "hex")]
        key: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        nonce: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        aad: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        plaintext: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        datagram: Vec<u8>,
    }
    // A record's suite is that of the handshake whose key block begins with its key, or goes on with it.
    let mut suites = HashMap::new();
    for schedule in key_schedules() {
        for key in schedule.key_block.chunks_exact(16) {
            suites.insert(key.to_vec(), schedule.suite);
        }
    }
    let raw: Vec<Raw> = json("dtls/aead_records_from_captures.json");
    raw.into_iter()
        .map(|raw| Record {
            suite: *suites.get(&raw.key).unwrap_or_else(|| panic!("{}: a key of no handshake", raw.capture)),
            capture: raw.capture,
            direction: raw.dir,
            content_type: raw.r#type,
            epoch: raw.epoch,
            sequence: raw.seq,
            cid: raw.cid,
            key: raw.key,
            nonce: raw.nonce,
            aad: raw.aad,
            plaintext: raw.plaintext,
            datagram: raw.datagram,
        })
        .collect()
}

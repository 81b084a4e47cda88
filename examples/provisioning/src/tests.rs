use super::*;
extern crate std;
use std::vec::Vec;

fn full() -> Blob<'static> {
    Blob {
        credential: Credential::PreShared { identity: b"Client_identity", key: b"secretPSK" },
        host: Host::Name("coap.example.org"),
        port: 5684,
        device: Some(StaticIpv4 {
            address: [10, 0, 2, 15].into(),
            prefix: 24,
            gateway: Some([10, 0, 2, 2].into()),
            dns: None,
        }),
        observe: Some("sensors/température"),
    }
}

fn raw_key() -> Credential<'static> {
    Credential::RawKey { key: &[1; PRIVATE_KEY_LEN], public: &[2; PUBLIC_KEY_LEN], server: &[3; PUBLIC_KEY_LEN] }
}

fn certified() -> Credential<'static> {
    let chain = Certificates::new(&[0, 2, 1, 2, 0, 1, 3]).unwrap();
    let anchors = Certificates::new(&[0, 1, 4]).unwrap();
    Credential::X509 { key: &[1; PRIVATE_KEY_LEN], chain, anchors, name: "server.example" }
}

fn written(blob: &Blob<'_>) -> Vec<u8> {
    let mut out = [0xff; MAX_LEN];
    let len = write(blob, &mut out).unwrap();
    out[..len].to_vec()
}

fn read(bytes: &[u8]) -> BlobError {
    Blob::parse(bytes).unwrap_err()
}

/// A blob of the given fields with a right header, whatever they hold.
fn raw(fields: &[(u8, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (number, value) in fields {
        body.push(*number);
        let len = (value.len() as u16).to_be_bytes();
        body.extend(if *number < tag::LONG { &len[1..] } else { &len });
        body.extend(*value);
    }
    let total = (HEADER_LEN + body.len()) as u16;
    let mut out = [&MAGIC[..], &[VERSION, 0], &total.to_be_bytes()].concat();
    let crc = crc::Crc::new().update(&out).update(&body).finish();
    out.extend(crc.to_be_bytes());
    out.extend(body);
    out
}

const IDENTITY: (u8, &[u8]) = (tag::IDENTITY, b"id");
const KEY: (u8, &[u8]) = (tag::KEY, b"key");
const IPV4: (u8, &[u8]) = (tag::IPV4, &[127, 0, 0, 1]);
const PORT: (u8, &[u8]) = (tag::PORT, &[0x16, 0x34]);

#[test]
fn what_is_written_is_read_again() {
    let hosts = [Host::Name("a"), Host::Ipv4([1, 2, 3, 4].into()), Host::Ipv6(Ipv6Addr::LOCALHOST)];
    for host in hosts {
        for device in [None, full().device] {
            for observe in [None, Some("time")] {
                for credential in [full().credential, raw_key(), certified()] {
                    let blob = Blob { credential, host, device, observe, ..full() };
                    assert_eq!(Blob::parse(&written(&blob)), Ok(blob));
                }
            }
        }
    }
}

#[test]
fn the_readme_s_example_is_what_is_written() {
    let blob = Blob { host: Host::Ipv4([10, 0, 2, 2].into()), device: None, observe: Some("time"), ..full() };
    let hex: std::string::String = written(&blob).iter().map(|byte| std::format!("{byte:02x}")).collect();
    let readme: std::string::String = include_str!("../README.md")
        .split("```text hex")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(hex, readme);
}

#[test]
fn the_largest_blob_has_the_stated_size() {
    let name = "n".repeat(MAX_NAME);
    let path = "p".repeat(MAX_PATH);
    let certificates = [&[0x05, 0x7e][..], &[3; MAX_CERTIFICATES - 2]].concat();
    let certificates = Certificates::new(&certificates).unwrap();
    let credential =
        Credential::X509 { key: &[1; PRIVATE_KEY_LEN], chain: certificates, anchors: certificates, name: &name };
    let blob = Blob { credential, host: Host::Name(&name), observe: Some(&path), ..full() };
    assert_eq!(written(&blob).len(), MAX_LEN);
    assert_eq!(Blob::parse(&written(&blob)), Ok(blob));
}

#[test]
fn erased_or_foreign_flash_behind_the_blob_is_not_read() {
    for filler in [0xff, 0x00, 0x5a] {
        let mut flash = written(&full());
        flash.resize(4096, filler);
        assert_eq!(Blob::parse(&flash), Ok(full()));
    }
}

#[test]
fn erased_flash_says_so() {
    assert_eq!(read(&[0xff; 1024]), BlobError::Erased);
    assert_eq!(read(&[0; 1024]), BlobError::Magic);
}

#[test]
fn every_truncation_is_detected() {
    for credential in [full().credential, raw_key(), certified()] {
        let blob = written(&Blob { credential, ..full() });
        for len in 0..blob.len() {
            assert_eq!(read(&blob[..len]), BlobError::Truncated, "{len} of {} bytes", blob.len());
            // A write cut short leaves the rest erased.
            let mut flash = blob[..len].to_vec();
            flash.resize(4096, 0xff);
            read(&flash);
        }
    }
}

#[test]
fn every_flipped_bit_and_every_pair_of_them_is_detected() {
    let blob = Blob { host: Host::Ipv4([1, 2, 3, 4].into()), device: None, observe: None, ..full() };
    let mut flash = written(&blob);
    let bits = flash.len() * 8;
    flash.resize(70_000, 0xff);
    for first in 0..bits {
        flash[first / 8] ^= 1 << (first % 8);
        read(&flash);
        for second in first + 1..bits {
            flash[second / 8] ^= 1 << (second % 8);
            // A length that grew is 64 KB of CRC: once for each such bit is enough.
            if !(48..64).contains(&second) && !(48..64).contains(&first) {
                read(&flash);
            }
            flash[second / 8] ^= 1 << (second % 8);
        }
        flash[first / 8] ^= 1 << (first % 8);
    }
    assert_eq!(Blob::parse(&flash), Ok(blob));
}

#[test]
fn another_version_is_refused_even_with_a_right_checksum() {
    for at in [4, 5] {
        let mut blob = raw(&[IDENTITY, KEY, IPV4, PORT]);
        blob[at] = 2;
        let crc = crc::Crc::new().update(&blob[..8]).update(&blob[12..]).finish();
        blob[8..12].copy_from_slice(&crc.to_be_bytes());
        assert!(matches!(read(&blob), BlobError::Version(_)), "byte {at}");
    }
}

#[test]
fn missing_repeated_unknown_and_disordered_fields_are_refused() {
    assert!(Blob::parse(&raw(&[IDENTITY, KEY, IPV4, PORT])).is_ok());
    assert_eq!(read(&raw(&[KEY, IPV4, PORT])), BlobError::Missing(Field::Identity));
    assert_eq!(read(&raw(&[IDENTITY, IPV4, PORT])), BlobError::Missing(Field::Key));
    assert_eq!(read(&raw(&[IDENTITY, KEY, PORT])), BlobError::Missing(Field::Host));
    assert_eq!(read(&raw(&[IDENTITY, KEY, IPV4])), BlobError::Missing(Field::Port));
    assert_eq!(read(&raw(&[IDENTITY, KEY, KEY, IPV4, PORT])), BlobError::Unexpected(tag::KEY));
    assert_eq!(read(&raw(&[KEY, IDENTITY, IPV4, PORT])), BlobError::Unexpected(tag::IDENTITY));
    assert_eq!(read(&raw(&[IDENTITY, KEY, (tag::NAME, b"a"), IPV4, PORT])), BlobError::Unexpected(tag::IPV4));
    assert_eq!(read(&raw(&[IDENTITY, KEY, IPV4, PORT, (99, b"")])), BlobError::Unexpected(99));
}

#[test]
fn values_outside_their_rule_are_refused_in_reading_and_in_writing() {
    type Case<'c> = (&'c [(u8, &'c [u8])], Field);
    let cases: &[Case<'_>] = &[
        (&[(tag::IDENTITY, b""), KEY, IPV4, PORT], Field::Identity),
        (&[(tag::IDENTITY, &[0; 129]), KEY, IPV4, PORT], Field::Identity),
        (&[IDENTITY, (tag::KEY, b""), IPV4, PORT], Field::Key),
        (&[IDENTITY, (tag::KEY, &[0; 65]), IPV4, PORT], Field::Key),
        (&[IDENTITY, KEY, (tag::NAME, b""), PORT], Field::Host),
        (&[IDENTITY, KEY, (tag::NAME, b"a b"), PORT], Field::Host),
        (&[IDENTITY, KEY, (tag::NAME, b"10.0.0.1"), PORT], Field::Host),
        (&[IDENTITY, KEY, (tag::NAME, b"::1"), PORT], Field::Host),
        (&[IDENTITY, KEY, (tag::NAME, &[0xff]), PORT], Field::Host),
        (&[IDENTITY, KEY, (tag::IPV4, &[1, 2, 3]), PORT], Field::Host),
        (&[IDENTITY, KEY, (tag::IPV6, &[0; 15]), PORT], Field::Host),
        (&[IDENTITY, KEY, IPV4, (tag::PORT, &[0, 0])], Field::Port),
        (&[IDENTITY, KEY, IPV4, (tag::PORT, &[1])], Field::Port),
        (&[IDENTITY, KEY, IPV4, PORT, (tag::STATIC_IPV4, &[33; 13])], Field::Device),
        (&[IDENTITY, KEY, IPV4, PORT, (tag::STATIC_IPV4, &[1; 12])], Field::Device),
        (&[IDENTITY, KEY, IPV4, PORT, (tag::OBSERVE, b"")], Field::Observe),
        (&[IDENTITY, KEY, IPV4, PORT, (tag::OBSERVE, &[0xc3])], Field::Observe),
    ];
    for (fields, field) in cases {
        assert_eq!(read(&raw(fields)), BlobError::Illegal(*field), "{fields:?}");
    }
    let Credential::X509 { key, chain, anchors, .. } = certified() else { unreachable!() };
    let none = Certificates::new(&[]).unwrap();
    let mut out = [0; MAX_LEN];
    for (blob, field) in [
        (Blob { credential: Credential::PreShared { identity: b"", key: b"k" }, ..full() }, Field::Identity),
        (Blob { credential: Credential::PreShared { identity: b"i", key: &[0; 65] }, ..full() }, Field::Key),
        (Blob { credential: Credential::X509 { key, chain, anchors, name: "" }, ..full() }, Field::ServerName),
        (Blob { credential: Credential::X509 { key, chain, anchors, name: "a b" }, ..full() }, Field::ServerName),
        (Blob { credential: Credential::X509 { key, chain: none, anchors, name: "a" }, ..full() }, Field::Chain),
        (Blob { credential: Credential::X509 { key, chain, anchors: none, name: "a" }, ..full() }, Field::Anchors),
        (Blob { host: Host::Name("::1"), ..full() }, Field::Host),
        (Blob { port: 0, ..full() }, Field::Port),
        (Blob { observe: Some(""), ..full() }, Field::Observe),
    ] {
        assert_eq!(write(&blob, &mut out), Err(BlobError::Illegal(field)));
    }
}

#[test]
fn fields_of_two_credentials_are_refused_and_so_is_half_of_one() {
    const PRIVATE: (u8, &[u8]) = (tag::PRIVATE_KEY, &[1; 32]);
    const PUBLIC: (u8, &[u8]) = (tag::PUBLIC_KEY, &[2; 91]);
    const SERVER: (u8, &[u8]) = (tag::SERVER_KEY, &[3; 91]);
    const CHAIN: (u8, &[u8]) = (tag::CHAIN, &[0, 1, 5]);
    const ANCHORS: (u8, &[u8]) = (tag::ANCHORS, &[0, 1, 6]);
    const NAME: (u8, &[u8]) = (tag::SERVER_NAME, b"n");
    assert!(Blob::parse(&raw(&[IPV4, PORT, PRIVATE, PUBLIC, SERVER])).is_ok());
    assert!(Blob::parse(&raw(&[IPV4, PORT, PRIVATE, CHAIN, ANCHORS, NAME])).is_ok());
    type Fields<'a> = &'a [(u8, &'a [u8])];
    let cases: &[(Fields<'_>, BlobError)] = &[
        (&[IDENTITY, KEY, IPV4, PORT, PUBLIC], BlobError::Unexpected(tag::PUBLIC_KEY)),
        (&[IDENTITY, KEY, IPV4, PORT, SERVER], BlobError::Unexpected(tag::SERVER_KEY)),
        (&[IDENTITY, KEY, IPV4, PORT, NAME], BlobError::Unexpected(tag::SERVER_NAME)),
        (&[IDENTITY, IPV4, PORT, PRIVATE, PUBLIC, SERVER], BlobError::Unexpected(tag::IDENTITY)),
        (&[KEY, IPV4, PORT, PRIVATE, CHAIN, ANCHORS, NAME], BlobError::Unexpected(tag::KEY)),
        (&[IPV4, PORT, PRIVATE, PUBLIC, SERVER, CHAIN], BlobError::Unexpected(tag::CHAIN)),
        (&[IPV4, PORT, PRIVATE, PUBLIC], BlobError::Missing(Field::ServerKey)),
        (&[IPV4, PORT, PRIVATE, SERVER], BlobError::Missing(Field::PublicKey)),
        (&[IPV4, PORT, PRIVATE], BlobError::Missing(Field::Chain)),
        (&[IPV4, PORT, PRIVATE, CHAIN], BlobError::Missing(Field::Anchors)),
        (&[IPV4, PORT, PRIVATE, CHAIN, ANCHORS], BlobError::Missing(Field::ServerName)),
        (&[IPV4, PORT, (tag::PRIVATE_KEY, &[1; 31]), PUBLIC, SERVER], BlobError::Illegal(Field::PrivateKey)),
        (&[IPV4, PORT, PRIVATE, (tag::PUBLIC_KEY, &[2; 90]), SERVER], BlobError::Illegal(Field::PublicKey)),
        (&[IPV4, PORT, PRIVATE, PUBLIC, (tag::SERVER_KEY, &[2; 92])], BlobError::Illegal(Field::ServerKey)),
        (&[IPV4, PORT, PRIVATE, (tag::CHAIN, &[0, 2, 5]), ANCHORS, NAME], BlobError::Illegal(Field::Chain)),
        (&[IPV4, PORT, PRIVATE, CHAIN, (tag::ANCHORS, &[0, 0]), NAME], BlobError::Illegal(Field::Anchors)),
        (&[IPV4, PORT, PRIVATE, CHAIN, ANCHORS, (tag::SERVER_NAME, &[0xff])], BlobError::Illegal(Field::ServerName)),
    ];
    for (fields, error) in cases {
        assert_eq!(read(&raw(fields)), *error, "{fields:?}");
    }
}

#[test]
fn a_buffer_too_small_is_told_the_size() {
    let need = written(&full()).len();
    let mut out = [0; MAX_LEN];
    for len in 0..need {
        assert_eq!(write(&full(), &mut out[..len]), Err(BlobError::BufferTooSmall { need }));
    }
    assert_eq!(write(&full(), &mut out[..need]), Ok(need));
}

#[test]
fn the_key_is_not_printed() {
    let shown = std::format!("{:?}", full());
    assert!(!shown.contains("secretPSK") && !shown.contains("115, 101, 99"), "{shown}");
    for credential in [raw_key(), certified()] {
        let shown = std::format!("{:?}", Blob { credential, ..full() });
        assert!(!shown.contains("1, 1, 1"), "{shown}");
    }
}

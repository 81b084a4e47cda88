//! Certificates and paths of them.

use super::{Published, ask};
use crate::x509::UNREADABLE;
use crate::{LIMBO, Limbo, PKITS, Reasons, certificates, chains, limbo, pkits, seconds};

pub(super) fn files() -> Vec<Published> {
    vec![read(), limbos(), pkits_paths()]
}

/// Each certificate by itself.
fn read() -> Published {
    let mut file = Published::new("x509/certificates.json");
    for chain in certificates() {
        let unreadable = UNREADABLE.contains(&chain.name.as_str());
        for der in &chain.chain {
            file.push(chain.name.clone(), ask(13, &[der]), (!unreadable).then_some(&[]));
        }
    }
    file
}

/// What is asked of a path.
struct Asking<'a> {
    anchors: [&'a [u8]; 2],
    name: (u8, Vec<u8>),
    time: u64,
    client: bool,
    most: u8,
}

impl Asking<'_> {
    fn request(&self, chains: &[Vec<&[u8]>]) -> Vec<u8> {
        let count = u16::try_from(chains.len()).expect("few chains").to_be_bytes();
        let [first, second] = self.anchors;
        let (time, client, most) = (self.time.to_be_bytes(), [u8::from(self.client)], [self.most]);
        let name: &[u8] = std::slice::from_ref(&self.name.0);
        let mut request = ask(14, &[first, second, name, &self.name.1, &time, &client, &most, &count]);
        for chain in chains {
            // RFC 5246 7.4.2: the list behind its length, and in it each certificate behind its own.
            let list: Vec<u8> = chain.iter().flat_map(|der| long(der)).collect();
            request.extend(long(&list));
        }
        request
    }
}

/// Bytes behind their length, which has three.
fn long(bytes: &[u8]) -> Vec<u8> {
    let [_, len @ ..] = u32::try_from(bytes.len()).expect("not so long").to_be_bytes();
    [&len[..], bytes].concat()
}

/// Pushes a case, with our verdict: the source's, unless there is a reason against it.
fn push(file: &mut Published, name: &str, valid: bool, reasons: Reasons, request: Vec<u8>) {
    let against = reasons.iter().any(|(_, names)| names.contains(&name));
    if against {
        *file.against.entry(if valid { "refused" } else { "taken" }).or_default() += 1;
    }
    file.push(name.to_owned(), request, (valid != against).then_some(&[]));
}

fn limbos() -> Published {
    let mut file = Published::new("x509/limbo.json");
    for case in limbo() {
        let asking = Asking {
            anchors: anchors(&case),
            name: name(&case),
            time: seconds(case.time.as_deref().unwrap_or("2025-01-01T00:00:00")),
            client: case.kind == "CLIENT",
            most: case.max_chain_depth.map_or(6, |depth| depth.saturating_add(1)),
        };
        let request = asking.request(&chains(&case.peer, &case.intermediates));
        push(&mut file, &case.id, case.success, LIMBO, request);
    }
    file
}

fn anchors(case: &Limbo) -> [&[u8]; 2] {
    match case.trusted.as_slice() {
        [] => [&[], &[]],
        [one] => [one, &[]],
        [one, other] => [one, other],
        _ => panic!("{}: more than two anchors", case.id),
    }
}

fn name(case: &Limbo) -> (u8, Vec<u8>) {
    let Some(name) = &case.name else { return (0, Vec::new()) };
    match name.kind.as_str() {
        "DNS" => (1, name.value.clone().into_bytes()),
        "IP" => match name.value.parse().expect("an address") {
            std::net::IpAddr::V4(address) => (2, address.octets().to_vec()),
            std::net::IpAddr::V6(address) => (2, address.octets().to_vec()),
        },
        other => panic!("{}: {other}", case.id),
    }
}

fn pkits_paths() -> Published {
    let mut file = Published::new("x509/pkits.json");
    let all = pkits();
    let anchor = all.iter().find(|one| one.name == "TrustAnchorRootCertificate").expect("the anchor");
    let (ends, authorities): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.name.ends_with("EE"));
    let authorities: Vec<Vec<u8>> = authorities.iter().map(|one| one.der.clone()).collect();
    for end in ends {
        let asking = Asking {
            anchors: [&anchor.der, &[]],
            name: (0, Vec::new()),
            time: seconds("2026-11-24T00:00:00"),
            client: false,
            most: 6,
        };
        let request = asking.request(&chains(&end.der, &authorities));
        push(&mut file, &end.name, end.name.starts_with("Valid"), PKITS, request);
    }
    file
}

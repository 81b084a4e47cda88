//! What `--verbose` shows of the wire: each datagram, and of each record what can be read without keys.

use std::cell::Cell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Instant;
use stint_dtls::{Alert, ExtensionType, HandshakeType, Suite};
use stint_net::Transport;

/// Counts of datagrams and bytes of UDP payload.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) sent: u32,
    pub(crate) sent_bytes: usize,
    pub(crate) received: u32,
    pub(crate) received_bytes: usize,
}

/// A transport that tells what passes through it.
pub(crate) struct Traced<T> {
    pub(crate) net: T,
    traffic: Rc<Cell<Traffic>>,
    start: Instant,
    verbose: u8,
    dtls: bool,
}

impl<T> Traced<T> {
    pub(crate) fn new(net: T, start: Instant, verbose: u8, dtls: bool) -> Self {
        Traced { net, traffic: Rc::default(), start, verbose, dtls }
    }

    /// The counters, to be read while the transport is lent out.
    pub(crate) fn traffic(&self) -> Rc<Cell<Traffic>> {
        Rc::clone(&self.traffic)
    }

    /// Datagrams received so far.
    pub(crate) fn received(&self) -> u32 {
        self.traffic.get().received
    }

    fn tell(&self, direction: &str, datagram: &[u8]) {
        if self.verbose == 0 {
            return;
        }
        let what = if self.dtls { records(datagram) } else { "CoAP".into() };
        let seconds = self.start.elapsed().as_secs_f64();
        eprintln!("{seconds:9.3} {direction} {:4} bytes  {what}", datagram.len());
        if self.verbose > 1 {
            eprintln!("{:12}{}", "", hex::encode(datagram));
        }
    }
}

impl<T: Transport> Transport for Traced<T> {
    type Error = T::Error;

    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, T::Error> {
        let len = self.net.receive(into)?;
        let mut traffic = self.traffic.get();
        traffic.received += 1;
        traffic.received_bytes += len;
        self.traffic.set(traffic);
        self.tell("<", into.get(..len).unwrap_or_default());
        Ok(len)
    }

    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), T::Error> {
        self.net.send(datagram)?;
        let mut traffic = self.traffic.get();
        traffic.sent += 1;
        traffic.sent_bytes += datagram.len();
        self.traffic.set(traffic);
        self.tell(">", datagram);
        Ok(())
    }
}

/// Takes numbers and strings off the front; `None` where the bytes end.
struct Cursor<'d>(&'d [u8]);

impl<'d> Cursor<'d> {
    fn take(&mut self, len: usize) -> Option<&'d [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, len: usize) -> Option<usize> {
        Some(self.take(len)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }
}

/// The records of a datagram (RFC 6347 4.1; RFC 9146 3).
fn records(datagram: &[u8]) -> String {
    let mut told = Vec::new();
    let mut rest = Cursor(datagram);
    while let Some(kind) = rest.number(1) {
        match record(kind, &mut rest) {
            Some(text) => told.push(text),
            None => {
                told.push("not a whole record".into());
                break;
            }
        }
    }
    told.join(", ")
}

fn record(kind: usize, rest: &mut Cursor<'_>) -> Option<String> {
    if kind == 25 {
        // How long the Connection ID is, only the receiver knows.
        let len = rest.0.len();
        rest.0 = &[];
        return Some(format!("record with a Connection ID ({len} bytes)"));
    }
    let _version = rest.number(2)?;
    let epoch = rest.number(2)?;
    let sequence = rest.number(6)?;
    let len = rest.number(2)?;
    let body = rest.take(len)?;
    Some(match (kind, epoch) {
        (20, _) => "ChangeCipherSpec".into(),
        (21, 0) => alert(body),
        (22, 0) => messages(body)?,
        (21, _) => format!("alert (encrypted, epoch {epoch}, number {sequence})"),
        (22, _) => format!("Finished (encrypted, epoch {epoch}, number {sequence})"),
        (23, _) => format!("application data (epoch {epoch}, number {sequence}, {len} bytes)"),
        _ => format!("record of type {kind}"),
    })
}

fn alert(body: &[u8]) -> String {
    match body {
        [1, description] => format!("warning {}", Alert(*description)),
        [2, description] => format!("fatal alert {}", Alert(*description)),
        _ => "malformed alert".into(),
    }
}

/// The handshake messages of a record (RFC 6347 4.2.2).
fn messages(body: &[u8]) -> Option<String> {
    let mut told = Vec::new();
    let mut rest = Cursor(body);
    while let Some(kind) = rest.number(1) {
        let kind = HandshakeType(u8::try_from(kind).ok()?);
        let whole = rest.number(3)?;
        let _message_seq = rest.number(2)?;
        let offset = rest.number(3)?;
        let len = rest.number(3)?;
        let message = rest.take(len)?;
        told.push(if len < whole {
            format!("{kind} [{offset}..{} of {whole}]", offset + len)
        } else if kind == HandshakeType::SERVER_HELLO {
            server_hello(message).unwrap_or_else(|| format!("{kind} (malformed)"))
        } else {
            kind.to_string()
        });
    }
    Some(told.join(" + "))
}

/// What was agreed (RFC 5246 7.4.1.3).
fn server_hello(message: &[u8]) -> Option<String> {
    let mut rest = Cursor(message);
    rest.take(2 + 32)?;
    let session = rest.number(1)?;
    rest.take(session)?;
    let suite = Suite(u16::try_from(rest.number(2)?).ok()?);
    rest.take(1)?;
    let mut text = format!("ServerHello ({suite}");
    if let Some(len) = rest.number(2) {
        let mut extensions = Cursor(rest.take(len)?);
        while let Some(kind) = extensions.number(2) {
            let kind = ExtensionType(u16::try_from(kind).ok()?);
            let len = extensions.number(2)?;
            let body = extensions.take(len)?;
            write!(text, ", {kind}").ok()?;
            if let (ExtensionType::CONNECTION_ID, Some((_, cid))) = (kind, body.split_first()) {
                write!(text, " {}", if cid.is_empty() { "empty".into() } else { hex::encode(cid) }).ok()?;
            }
        }
    }
    text.push(')');
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::records;

    #[test]
    fn every_truncation_of_a_server_hello_is_told_without_a_panic() {
        let mut hello = vec![0xfe, 0xfd];
        hello.extend([7; 32]);
        hello.extend([0, 0xc0, 0xa8, 0, 0, 11, 0, 23, 0, 0, 0, 54, 0, 3, 2, 0xab, 0xcd]);
        let len = hello.len() as u8;
        let mut message = vec![2, 0, 0, len, 0, 1, 0, 0, 0, 0, 0, len];
        message.extend(hello);
        let mut datagram = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, message.len() as u8];
        datagram.extend(message);
        assert_eq!(
            records(&datagram),
            "ServerHello (TLS_PSK_WITH_AES_128_CCM_8, extended_master_secret, connection_id abcd)"
        );
        for len in 1..datagram.len() {
            assert!(records(&datagram[..len]).contains("not a whole record"), "{len}");
        }
        assert!(records(&[21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40]).starts_with("fatal alert"));
    }
}

//! A CoAP server in the clear that does as a test says, and remembers what it was asked.

use coap_lite::{CoapOption, MessageClass, MessageType, Packet};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// The server; it ends when it is dropped.
pub(crate) struct Fake {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Packet>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    /// `answers`: to a request, all that was asked so far being given too (it is the last of these).
    pub(crate) fn start(answers: impl FnMut(&Packet, &[Packet]) -> Vec<Packet> + Send + 'static) -> Fake {
        Fake::on(UdpSocket::bind("127.0.0.1:0").unwrap(), vec![], answers)
    }

    /// A server in a group on the loopback interface, where `count` members answer, each from a port of its own.
    pub(crate) fn group(
        group: Ipv4Addr,
        count: usize,
        answers: impl FnMut(&Packet, &[Packet]) -> Vec<Packet> + Send + 'static,
    ) -> Fake {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        socket.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST).unwrap();
        let members = (0..count).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
        Fake::on(socket, members, answers)
    }

    fn on(
        socket: UdpSocket,
        members: Vec<UdpSocket>,
        mut answers: impl FnMut(&Packet, &[Packet]) -> Vec<Packet> + Send + 'static,
    ) -> Fake {
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let address = socket.local_addr().unwrap();
        let (seen, ended) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (noted, over) = (Arc::clone(&seen), Arc::clone(&ended));
        let thread = std::thread::spawn(move || {
            let mut datagram = [0; 2048];
            while !over.load(Ordering::Relaxed) {
                let Ok((len, from)) = socket.recv_from(&mut datagram) else { continue };
                let request = Packet::from_bytes(&datagram[..len]).unwrap();
                if !matches!(request.header.code, MessageClass::Request(_)) {
                    continue;
                }
                let mut noted = noted.lock().unwrap();
                noted.push(request.clone());
                for answer in answers(&request, &noted) {
                    let bytes = answer.to_bytes().unwrap();
                    let sockets = if members.is_empty() { std::slice::from_ref(&socket) } else { &members };
                    for socket in sockets {
                        socket.send_to(&bytes, from).unwrap();
                    }
                }
            }
        });
        Fake { address, seen, ended, thread: Some(thread) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn uri(&self, path: &str) -> String {
        format!("coap://{}/{path}", self.address)
    }

    /// What it was asked, in order.
    pub(crate) fn seen(&self) -> Vec<Packet> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // A panic in there has been told already.
        let _ = self.thread.take().unwrap().join();
    }
}

/// The answer to a request, piggybacked where it is Confirmable.
pub(crate) fn answer(request: &Packet, code: &str, options: &[(u16, &[u8])], payload: &[u8]) -> Packet {
    let mut answer = Packet::new();
    answer.header.message_id = request.header.message_id;
    let confirmable = request.header.get_type() == MessageType::Confirmable;
    answer.header.set_type(if confirmable { MessageType::Acknowledgement } else { MessageType::NonConfirmable });
    answer.header.set_code(code);
    answer.set_token(request.get_token().to_vec());
    for (number, value) in options {
        answer.add_option(CoapOption::from(*number), value.to_vec());
    }
    answer.payload = payload.to_vec();
    answer
}

/// An acknowledgement, and nothing else.
pub(crate) fn acknowledged(request: &Packet) -> Packet {
    let mut answer = Packet::new();
    answer.header.message_id = request.header.message_id;
    answer.header.set_type(MessageType::Acknowledgement);
    answer.header.code = MessageClass::Empty;
    answer
}

/// The values of an option.
pub(crate) fn values(packet: &Packet, number: u16) -> Vec<Vec<u8>> {
    packet.get_option(CoapOption::from(number)).map(|list| list.iter().cloned().collect()).unwrap_or_default()
}

/// Uri-Path, with slashes.
pub(crate) fn path(packet: &Packet) -> String {
    let segments = values(packet, 11);
    segments.iter().map(|segment| String::from_utf8_lossy(segment)).collect::<Vec<_>>().join("/")
}

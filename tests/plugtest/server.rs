//! The servers, and what each has.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use stint_coap::{Body, Code, Request};
use stint_lab::build_peers;
use stint_lab::peers::{Libcoap, Peer, Python};
use stint_lab::setup::output;

use crate::client::{Client, TEXT};

/// An implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// libcoap's own server, which makes a resource of any path that is written to.
    Libcoap,
    /// The lab's server on aiocoap.
    Aiocoap,
    /// The lab's server on CoAPthon3.
    Coapthon,
}

impl Kind {
    /// All, in the order of the table.
    pub(crate) const ALL: [Self; 3] = [Self::Libcoap, Self::Aiocoap, Self::Coapthon];

    /// As the table has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Libcoap => "libcoap",
            Self::Aiocoap => "aiocoap",
            Self::Coapthon => "CoAPthon3",
        }
    }

    /// Where it is from.
    pub(crate) fn origin(self) -> &'static str {
        match self {
            Self::Libcoap => "`coap-server-notls -d 20` of Debian's libcoap3-bin",
            Self::Aiocoap => "a server of ours on PyPI's aiocoap",
            Self::Coapthon => "a server of ours on PyPI's CoAPthon3",
        }
    }

    /// Its version.
    pub(crate) fn version(self) -> Result<String, String> {
        let python = |name: &str| {
            let mut packages = build_peers::PYTHON_PACKAGES.iter();
            packages.find(|package| package.0 == name).map(|package| package.1.to_owned()).ok_or(name.to_owned())
        };
        match self {
            Self::Libcoap => {
                let mut query = Command::new("dpkg-query");
                query.args(["--show", "--showformat=${source:Upstream-Version}", "libcoap3-bin"]);
                output(&mut query).map(|version| version.trim().to_owned())
            }
            Self::Aiocoap => python("aiocoap"),
            Self::Coapthon => python("CoAPthon3"),
        }
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) kind: Kind,
    peer: Mutex<Peer>,
}

impl Server {
    /// Starts one, with further arguments for libcoap's.
    pub(crate) fn start(kind: Kind, arguments: &[&str]) -> Result<Self, String> {
        let peer = match kind {
            Kind::Libcoap => Peer::libcoap(Libcoap::Plain, &[&["-d", "20"], arguments].concat())?,
            Kind::Aiocoap => Peer::python(Python::Aiocoap, None)?,
            Kind::Coapthon => Peer::python(Python::Coapthon, None)?,
        };
        let server = Self { kind, peer: Mutex::new(peer) };
        if kind == Kind::Libcoap {
            server.fill();
        }
        Ok(server)
    }

    /// Writes the plugtest's resources to libcoap's server.
    fn fill(&self) {
        let mut client = Client::with(self, stint_coap::BlockSize::B1024, LARGE);
        let body = Body::Small(b"as at first");
        for path in ["test", "seg1/seg2/seg3", "query", "obs"] {
            let put = Request { body, options: &[TEXT], ..Request::new(Code::PUT, path) };
            assert_eq!(client.ask(&put).0, Code::CREATED);
        }
        let put = Request { body: Body::Source(0), options: &[TEXT], ..Request::new(Code::PUT, "large") };
        assert_eq!(client.ask(&put).0, Code::CREATED);
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.peer.lock().unwrap().address()
    }

    /// Waits until it has displayed `text`. libcoap's shows no payload: what was written there is to be read again.
    pub(crate) fn displays(&self, text: &str) {
        if self.kind != Kind::Libcoap {
            self.peer.lock().unwrap().wait_for(text, Duration::from_secs(5)).unwrap();
        }
    }

    /// Ends it and starts it at the same port: it has forgotten all.
    pub(crate) fn restart(&self) {
        let mut peer = self.peer.lock().unwrap();
        let port = peer.address().port();
        // the old one has to be gone before the new one can have its port
        peer.end();
        *peer = match self.kind {
            Kind::Libcoap => Peer::libcoap_at(port),
            Kind::Aiocoap => Peer::python(Python::Aiocoap, Some(port)),
            Kind::Coapthon => Peer::python(Python::Coapthon, Some(port)),
        }
        .unwrap();
    }

    /// The resource that changes once a second and has Confirmable notifications.
    pub(crate) fn ticking(&self) -> &'static str {
        if self.kind == Kind::Libcoap { "time" } else { "obs" }
    }

    /// The resource whose response is not piggybacked.
    pub(crate) fn separate(&self) -> Request<'static> {
        match self.kind {
            // after one second
            Kind::Libcoap => Request { query: "1", ..Request::get("async") },
            _ => Request::get("separate"),
        }
    }
}

/// The length of `/large`, in bytes: two blocks of 1,024 and a part of one.
pub(crate) const LARGE: usize = 2900;

/// The servers that cases share.
#[derive(Default)]
pub(crate) struct Shared([OnceLock<Result<Arc<Server>, String>>; 3]);

impl Shared {
    /// The one of a kind, started for the first that asks.
    pub(crate) fn server(&self, kind: Kind) -> Result<Arc<Server>, String> {
        self.0[kind as usize].get_or_init(|| Server::start(kind, &[]).map(Arc::new)).clone()
    }
}

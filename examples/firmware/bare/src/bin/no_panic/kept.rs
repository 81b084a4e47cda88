//! A pump that keeps its association up, over an `embedded-nal` stack that does nothing.

use crate::nothing::{Nothing, Provider, any_bytes, now};
use crate::{ask, came};
use core::hint::black_box as opaque;
use core::net::{Ipv4Addr, SocketAddr};
use embedded_nal::UdpClientStack;
use stint_coap::{Endpoint, Failure};
use stint_dtls::Client;
use stint_dtls::auth::Auth;
use stint_net::nal::NalUdp;
use stint_net::{Happened, Inbox, Keeper, Kept, Outbox, Policy, Pump, Transport};

impl UdpClientStack for Nothing {
    type UdpSocket = u8;
    type Error = u8;

    fn socket(&mut self) -> Result<u8, u8> {
        opaque(Ok(1))
    }
    fn connect(&mut self, socket: &mut u8, remote: SocketAddr) -> Result<(), u8> {
        opaque((socket, remote));
        opaque(Ok(()))
    }
    fn send(&mut self, socket: &mut u8, buffer: &[u8]) -> nb::Result<(), u8> {
        opaque((socket, buffer));
        opaque(Ok(()))
    }
    fn receive(&mut self, socket: &mut u8, buffer: &mut [u8]) -> nb::Result<(usize, SocketAddr), u8> {
        opaque((socket, buffer));
        opaque(Ok((1, peer())))
    }
    fn close(&mut self, socket: u8) -> Result<(), u8> {
        opaque(socket);
        opaque(Ok(()))
    }
}

/// Any address.
fn peer() -> SocketAddr {
    opaque(SocketAddr::from((Ipv4Addr::LOCALHOST, 5684)))
}

#[inline(never)]
pub(crate) fn run<A: Auth<Provider>>(client: &mut Client<'_, A, Provider>, endpoint: &mut Endpoint<'_>) {
    let (mut inbox, mut outbox) = ([0; 64], [0; 64]);
    let mut inbox = Inbox::new(opaque(&mut inbox));
    let outbox = Outbox::new(opaque(&mut outbox));
    let Ok(net) = NalUdp::connect(Nothing, peer()) else { return };
    let policy = Policy { unanswered: opaque(2), backoff: now(), longest: now(), probe: opaque(Some(now())) };
    let pump = Pump { net, dtls: client, coap: endpoint, source: Nothing, outbox };
    let mut keeper = Keeper::new(pump, opaque(policy), opaque(1));
    while opaque(true) {
        ask(keeper.pump.coap);
        match keeper.poll(now(), &mut inbox) {
            Ok(Kept::Happened(Happened::Coap(outcome))) => came(outcome),
            Ok(Kept::Failed { error, number, next }) => {
                opaque((error.alert(), number, next));
            }
            other => {
                opaque(other.is_ok());
            }
        }
        opaque((keeper.poll_timeout(), keeper.counts(), keeper.is_up(), keeper.pump.net.dropped()));
        if opaque(false) {
            keeper.close();
        }
        if opaque(false) {
            keeper.open();
        }
    }
    let mut pump = keeper.into_pump();
    // And without a keeper.
    let _ = opaque(pump.poll(now(), &mut inbox).is_ok());
    if let Some((handle, failure)) = pump.coap.overdue(now()) {
        opaque((pump.coap.renew(handle), failure == Failure::Timeout));
    }
    opaque(pump.coap.probe());
    pump.coap.association_lost();
    pump.net.renew();
    let _ = opaque(pump.net.send(any_bytes()).is_ok());
    let (stack, closed) = pump.net.close();
    let _ = opaque((stack, closed.is_ok()));
}

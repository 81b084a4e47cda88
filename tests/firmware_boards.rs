//! The firmware on each emulated board, against libcoap's server: the whole story, and what it says when it cannot begin.

use std::time::Duration;
use stint_lab::peers::{IDENTITY, KEY, Libcoap, Peer};
use stint_lab::qemu::{self, Boot, Ended, Machine, Network, Pace};
use stint_lab::setup;
use stint_provisioning::{Blob, Credential, Host};

const LIMIT: Duration = Duration::from_secs(90);

fn blob(port: u16, key: &'static [u8]) -> Vec<u8> {
    let host = Host::Ipv4([10, 0, 2, 2].into());
    let blob = Blob {
        credential: Credential::PreShared { identity: IDENTITY, key },
        host,
        port,
        device: None,
        observe: Some("time"),
    };
    let mut bytes = vec![0; stint_provisioning::MAX_LEN];
    let len = stint_provisioning::write(&blob, &mut bytes).unwrap();
    bytes.truncate(len);
    bytes
}

fn boot(machine: Machine, target: &str, blob: Option<&[u8]>, pace: Pace, arguments: &[String]) -> Ended {
    let image = setup::firmware(machine.program(), target, "insecure-test-rng").unwrap();
    let elf = &image.elf;
    let running = qemu::boot(&Boot { machine, elf, blob, network: Network::User, pace, arguments }).unwrap();
    running.finish(LIMIT, |_| {})
}

fn whole_story(machine: Machine, target: &str) {
    let server = Peer::libcoap(Libcoap::Openssl, &[]).unwrap();
    let ended = boot(machine, target, Some(&blob(server.address().port(), KEY)), Pace::Real, &[]);
    let said = ended.lines.join("\n");
    assert_eq!(ended.code, Some(0), "the firmware said:\n{said}\nthe server said:\n{}", server.output());
    let steps: Vec<&str> =
        ended.lines.iter().filter_map(|line| line.strip_prefix("@step ")?.split(' ').next()).collect();
    let expected = ["address", "handshake", "get", "put", "get_again", "observe", "upload", "download", "close"];
    assert_eq!(steps, expected, "{said}");
    let notifications = ended.lines.iter().filter(|line| line.starts_with("observed /time: ")).count();
    assert_eq!(notifications, 5, "{said}");
    // The clock's seconds are odd and even in turn: a light that follows it is seen both ways.
    assert!(said.contains("the light is on") && said.contains("the light is off"), "{said}");
    // One datagram a flight, unless the machine was so busy that the server answered after a second.
    let flights = ended.lines.iter().find(|line| line.starts_with("@flights ")).unwrap();
    assert!(flights == "@flights handshake ours=3 theirs=3 retransmissions=0" || !flights.ends_with("=0"), "{flights}");
}

#[test]
fn lm3s6965evb_tells_the_whole_story() {
    whole_story(Machine::Lm3s6965evb, "thumbv7m-none-eabi");
}

#[test]
fn mps2_an386_tells_the_whole_story() {
    whole_story(Machine::Mps2An386, "thumbv7em-none-eabi");
}

#[test]
fn mps2_an385_tells_the_whole_story_in_armv6m_code() {
    whole_story(Machine::Mps2An385, "thumbv6m-none-eabi");
}

#[test]
fn a_board_that_was_never_provisioned_says_so() {
    // QEMU's flash reads as zeros where nothing was loaded, a real one as 0xff: both are no blob.
    let ended = boot(Machine::Lm3s6965evb, "thumbv7m-none-eabi", Some(&[0xff; 64]), Pace::Real, &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.lines.join("\n").contains("write a provisioning blob first"), "{:?}", ended.lines);
    let ended = boot(Machine::Lm3s6965evb, "thumbv7m-none-eabi", None, Pace::Real, &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.lines.join("\n").contains("no provisioning blob here"), "{:?}", ended.lines);
}

#[test]
fn a_wrong_key_is_said_to_be_one() {
    let server = Peer::libcoap(Libcoap::Openssl, &[]).unwrap();
    let blob = blob(server.address().port(), b"wrongPSK!");
    let ended = boot(Machine::Lm3s6965evb, "thumbv7m-none-eabi", Some(&blob), Pace::Real, &["transmissions=4".into()]);
    let said = ended.lines.join("\n");
    assert_eq!(ended.code, Some(1), "{said}");
    assert!(said.contains("the key or the identity is probably wrong"), "{said}");
    assert!(ended.took < Duration::from_secs(20), "{:?}", ended.took);
}

#[test]
fn a_server_that_is_not_there_is_said_to_be_silent() {
    let unused = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let blob = blob(unused, KEY);
    let arguments = ["transmissions=3".into()];
    let ended = boot(Machine::Mps2An386, "thumbv7em-none-eabi", Some(&blob), Pace::Skipping, &arguments);
    let said = ended.lines.join("\n");
    assert_eq!(ended.code, Some(1), "{said}");
    assert!(said.contains("no answer from the server"), "{said}");
}

//! Up to which number records are sealed.

use super::*;

#[test]
fn numbers_above_what_was_committed_are_used() {
    let (mut client, _) = connected();
    for _ in 0..3 {
        send(&mut client).unwrap();
    }
    assert_eq!(client.reserved(), None);
    // Stamped, perhaps even stored, and never committed.
    let mut record = Record::EMPTY;
    drop(client.export(100, &mut record).unwrap().stamp_unprotected().unwrap());
    assert_eq!(client.reserved(), Some(0));
    assert_eq!(send(&mut client), Err(SendError::Unreserved));
    assert!(client.is_connected());
    export(&mut client, 4);
    assert_eq!(client.reserved(), Some(4));
    send(&mut client).unwrap();
    // The record before reserves up to 7: nothing that says less may become the newest.
    let mut less = Record::EMPTY;
    drop(client.export(1, &mut less).unwrap().stamp_unprotected().unwrap());
    assert_eq!(client.reserved(), Some(3));
    for _ in 0..3 {
        send(&mut client).unwrap();
    }
    assert_eq!(send(&mut client), Err(SendError::Unreserved));
    let mut woken = import(&mut less, 1);
    assert_eq!(send(&mut woken).unwrap()[5..11], [0, 0, 0, 0, 0, 7]);
}

#[test]
fn an_alert_is_sealed_above_the_reservation() {
    let (mut client, mut server) = connected();
    export(&mut client, 1);
    server.take(send(&mut client).unwrap());
    client.close();
    assert_eq!(client.poll_transmit(NOW, &mut [0; 100]), Ok(None));
    let (mut client, mut server) = connected();
    export(&mut client, 1);
    client.close();
    let mut out = vec![0; 100];
    let len = client.poll_transmit(NOW, &mut out).unwrap().expect("close_notify");
    server.take(out[..len].to_vec());
}

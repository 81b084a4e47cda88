//! RFC 7641, appendix A. The figures count their lines as seconds.

use super::coap_dialogue::{Dialogue, Setup};
use stint_coap::{Handle, Opt, OptionNumber, Request};

const WATCH: Request<'static> = Request::observe("temperature");
const ETAG: &[u8] = &[0x78, 0x79, 0x7a, 0x7a, 0x79];

/// Figure 3, up to line 21.
fn registered(d: &mut Dialogue<'_>) -> Handle {
    let handle = d.request("w", WATCH);
    d.sends("CON 1633 GET t4a Observe=0 Uri-Path=temperature");
    d.after(6.0);
    d.receives("ACK 1633 2.05 t4a Observe=9 Max-Age=15 | 18.5 Cel", "w 2.05 @0 notification | 18.5 Cel");
    d.after(7.0);
    d.receives("NON 7b50 2.05 t4a Observe=16 Max-Age=15 | 19.2 Cel", "w 2.05 @0 notification | 19.2 Cel");
    d.silent();
    handle
}

#[test]
fn rfc7641_figure_3_registration_and_notification() {
    Setup::default().run(|d| {
        registered(d);
    });
}

#[test]
fn rfc7641_figure_4_registration_anew_after_max_age() {
    Setup::default().run(|d| {
        registered(d);
        // The notification 7b51 is lost. Max-Age ends; the wait of 5 to 15 s after it is 3.3.1's.
        let waited = d.sleep();
        assert!((20.0..=30.0).contains(&waited), "{waited}");
        // The figure takes a new token, 0xb2; the old one is as good (3.3.1), and makes the server replace its entry.
        d.sends("CON 1634 GET t4a Observe=0 Uri-Path=temperature");
        d.receives(
            "ACK 1634 2.05 t4a ETag=0x78797a7a79 Observe=44 Max-Age=15 | 19.7 Cel",
            "w 2.05 @0 notification | 19.7 Cel",
        );
        d.silent();
    });
}

/// Figure 5: after the reboot of the client, up to line 86.
fn with_a_stored_response(d: &mut Dialogue<'_>) -> Handle {
    let handle = d.request("w", Request { options: &[Opt::new(OptionNumber::ETAG, ETAG)], ..WATCH });
    d.sends("CON 1635 GET tf9 ETag=0x78797a7a79 Observe=0 Uri-Path=temperature");
    d.after(7.0);
    d.receives("ACK 1635 2.05 tf9 Observe=74 Max-Age=15 | 20.0 Cel", "w 2.05 @0 notification | 20.0 Cel");
    d.after(7.0);
    d.receives("NON aa0c 2.03 tf9 ETag=0x78797a7a79 Observe=81 Max-Age=15", "w 2.03 @0 notification");
    d.silent();
    handle
}

#[test]
fn rfc7641_figure_5_a_stored_response_is_selected() {
    Setup::default().run(|d| {
        with_a_stored_response(d);
    });
}

#[test]
fn rfc7641_figure_6_a_rejected_notification_cancels() {
    Setup::default().run(|d| {
        let handle = with_a_stored_response(d);
        d.after(10.0);
        // That a notification is rejected which still came to something: the client that forgets before it looks.
        d.coap.forget(handle);
        d.ignores("CON aa0f 2.05 tf9 Observe=91 Max-Age=15 | 19.3 Cel");
        let reset = d.transmit().expect("a Reset");
        assert_eq!(hex::encode(reset), "7000aa0f");
        // Nothing is asked for any more, however stale.
        d.after(1_000.0);
        d.silent();
        assert_eq!(d.coap.poll_timeout(), None);
    });
}

const STATUS: &[Opt<'static>] = &[Opt::new(OptionNumber::URI_HOST, b"sensor.example")];
const PROXY: &[Opt<'static>] = &[Opt::new(OptionNumber::PROXY_URI, b"coap://sensor.example/status")];

#[test]
fn rfc7641_figure_7_a_proxy_observes_to_keep_its_cache() {
    // From the proxy to the server.
    Setup::default().run(|d| {
        d.request("w", Request { options: STATUS, ..Request::observe("status") });
        d.sends("CON 5fb8 GET t1a Uri-Host=sensor.example Observe=0 Uri-Path=status");
        d.receives("ACK 5fb8 2.05 t1a Observe=42 Max-Age=60 | ready", "w 2.05 @0 notification | ready");
        d.after(18.0);
        // The figure's header, 0x514505fc0, has a digit too many.
        d.receives("NON 5fc0 2.05 t1a Observe=135 Max-Age=60 | busy", "w 2.05 @0 notification | busy");
        d.silent();
    });
    // From the client to the proxy.
    Setup::default().run(|d| {
        let get = Request { options: PROXY, ..Request::get("") };
        d.request("a", get);
        d.sends("CON 1633 GET t9a Proxy-Uri=coap://sensor.example/status");
        d.receives("ACK 1633 2.05 t9a Max-Age=53 | ready", "a 2.05 @0 last | ready");
        d.request("b", get);
        d.sends("CON 1634 GET t9b Proxy-Uri=coap://sensor.example/status");
        d.receives("ACK 1634 2.05 t9b Max-Age=49 | busy", "b 2.05 @0 last | busy");
        d.silent();
    });
}

#[test]
fn rfc7641_figure_8_a_client_observes_through_a_proxy() {
    // From the client to the proxy.
    Setup::default().run(|d| {
        d.request("w", Request { options: PROXY, ..Request::observe("") });
        d.sends("CON 1635 GET t6a Observe=0 Proxy-Uri=coap://sensor.example/status");
        d.ignores("ACK 1635 Empty -");
        d.receives("CON af94 2.05 t6a Observe=17346 Max-Age=60 | ready", "w 2.05 @0 notification | ready");
        d.sends("ACK af94 Empty -");
        d.after(15.0);
        d.receives("NON af9b 2.05 t6a Observe=17436 Max-Age=60 | busy", "w 2.05 @0 notification | busy");
        d.silent();
    });
    // From the proxy to the server.
    Setup::default().run(|d| {
        d.request("w", Request { options: STATUS, ..Request::observe("status") });
        d.sends("CON af90 GET taa Uri-Host=sensor.example Observe=0 Uri-Path=status");
        d.receives("ACK af90 2.05 taa Observe=67 Max-Age=60 | ready", "w 2.05 @0 notification | ready");
        d.after(15.0);
        d.receives("NON 5a20 2.05 taa Observe=157 Max-Age=60 | busy", "w 2.05 @0 notification | busy");
        d.silent();
    });
}

//! `stint` against libcoap's servers: in the clear, over OpenSSL, over GnuTLS. What a user does in a day.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::{Scratch, Site};
use stint_lab::peers::Libcoap;

fn everywhere(test: impl Fn(Site)) {
    for library in [Libcoap::Plain, Libcoap::Openssl, Libcoap::Gnutls] {
        println!("{library:?}");
        test(Site::start(library));
    }
}

#[test]
fn get_prints_the_payload_and_nothing_else() {
    everywhere(|site| {
        let ran = site.stint("get", "", &[]).ends(0);
        assert!(ran.text().contains("libcoap"), "{}", ran.text());
        assert_eq!(ran.err, "");
        let again = site.stint("get", "time", &["-N"]).ends(0);
        assert!(!again.out.is_empty(), "a non-confirmable request is answered too");
    });
}

#[test]
fn what_is_put_is_got_and_what_is_deleted_is_gone() {
    everywhere(|site| {
        site.stint("put", "example_data", &["-e", "as put"]).ends(0);
        assert_eq!(site.stint("get", "example_data", &[]).ends(0).out, b"as put");
        let created = site.stint("put", "a%20new/one", &["-e", "{}", "-t", "json"]).ends(0);
        assert!(created.err.is_empty() || created.err.contains("2.01"), "{}", created.err);
        assert_eq!(site.stint("get", "a%20new/one", &[]).ends(0).out, b"{}");
        site.stint("delete", "a%20new/one", &[]).ends(0);
        let gone = site.stint("get", "a%20new/one", &[]).ends(7);
        assert!(gone.err.contains("4.04"), "{}", gone.err);
        assert!(gone.out.is_empty(), "an error is no payload: {}", gone.text());
    });
}

#[test]
fn discover_lists_the_server_s_links_one_a_line() {
    everywhere(|site| {
        let table = site.stint("discover", "", &[]).ends(0).text();
        let mut lines = table.lines();
        assert!(lines.next().is_some_and(|head| head.starts_with("target ") && head.contains(" ct ")), "{table}");
        let time = lines.find(|line| line.starts_with("/time ")).unwrap_or_else(|| panic!("{table}"));
        let cells: Vec<&str> = time.split_whitespace().collect();
        assert_eq!(cells[..5], ["/time", "ticks", "clock", "text/plain", "yes"], "{table}");
        let raw = site.stint("discover", "", &["--raw"]).ends(0).text();
        assert!(raw.lines().any(|line| line.starts_with("</time>;")), "{raw}");
        assert!(raw.lines().count() >= 3 && raw.lines().all(|line| line.starts_with("</")), "{raw}");
        for (path, more) in [("?rt=ticks", &[][..]), ("", &["-q", "rt=ticks"])] {
            let one = site.stint("discover", path, &[&["--raw"], more].concat()).ends(0).text();
            assert!(one.starts_with("</time>") && one.lines().count() == 1, "{one}");
        }
        let none = site.stint("discover", "?rt=no-such-type", &[]);
        assert!(!none.text().contains("/time"), "{}", none.text());
    });
}

#[test]
fn observe_prints_each_notification_and_cancels() {
    everywhere(|site| {
        let ran = site.stint("observe", "time", &["-n", "3"]).ends(0);
        let text = ran.text();
        assert_eq!(text.lines().count(), 3, "{text}");
        let mut lines: Vec<&str> = text.lines().collect();
        lines.dedup();
        assert!(lines.len() >= 2, "the time goes on: {text}");
        let timed = site.stint("observe", "time", &["-s", "2"]).ends(0);
        assert!((2..30).contains(&timed.took.as_secs()), "{:?}", timed.took);
        assert!(timed.text().lines().count() >= 2, "{}", timed.text());
    });
}

#[test]
fn bodies_of_any_size_pass_in_blocks_in_both_directions() {
    everywhere(|site| {
        for (len, block) in [(0, "16"), (1, "16"), (16, "16"), (17, "16"), (4096, "64"), (50_001, "1024")] {
            let body: Vec<u8> = (0..len).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            let (up, down) = (Scratch::new("up"), Scratch::new("down"));
            std::fs::write(&up.0, &body).unwrap();
            site.stint("put", "example_data", &["-f", up.path(), "-b", block]).ends(0);
            let got = site.stint("get", "example_data", &["-o", down.path(), "-b", block]).ends(0);
            assert!(got.out.is_empty());
            assert_eq!(std::fs::read(&down.0).unwrap(), body, "{len} bytes in blocks of {block}");
        }
    });
}

#[test]
fn ping_says_that_the_server_is_there() {
    everywhere(|site| {
        let ran = site.stint("ping", "", &["-G", "2"]).ends(0);
        assert_eq!(ran.err.matches("ms").count(), 2, "{}", ran.err);
    });
}

#[test]
fn options_reach_the_server_and_critical_unknown_ones_are_refused_by_it() {
    everywhere(|site| {
        let refused = site.stint("get", "time", &["-O", "65001,abc"]).ends(7);
        assert!(refused.err.contains("4.02"), "{}", refused.err);
        site.stint("get", "time", &["-O", "65000,0x616263"]).ends(0);
        let ticks = site.stint("get", "time?ticks", &[]).ends(0);
        assert!(ticks.text().trim().bytes().all(|byte| byte.is_ascii_digit()), "{}", ticks.text());
        let method = site.stint("post", "time", &["-e", "x"]).ends(7);
        assert!(method.err.contains("4.05"), "{}", method.err);
    });
}

#[test]
fn the_same_request_is_made_as_often_as_asked() {
    everywhere(|site| {
        let ran = site.stint("get", "example_data", &["-G", "5"]).ends(0);
        let once = site.stint("get", "example_data", &[]).ends(0);
        assert_eq!(ran.out, once.out.repeat(5));
    });
}

#[test]
fn ipv6_and_names_reach_the_server_that_listens_on_one_family_alone() {
    for library in [Libcoap::Plain, Libcoap::Openssl] {
        // The later -A counts.
        let six = Site::with(library, &["-A", "::1"]);
        six.at("get", &format!("[::1]:{}", six.port()), "time").ends(0);
        let four = Site::start(library);
        // Where "localhost" has an IPv6 address too, nobody listens on it: the next one is tried.
        four.at("get", &format!("localhost:{}", four.port()), "time").ends(0);
    }
}

#[test]
fn an_observation_is_kept_alive_by_pings() {
    everywhere(|site| {
        // Nothing changes there, so the server has nothing to say.
        let ran = site.stint("observe", "example_data", &["-s", "4", "-K", "1", "-v"]).ends(0);
        assert!(ran.err.matches("pong").count() >= 2, "{}", ran.err);
    });
}

#[test]
fn an_observed_resource_that_goes_away_ends_the_observation() {
    everywhere(|site| {
        site.stint("put", "passing", &["-e", "here"]).ends(0);
        let gone = std::thread::scope(|scope| {
            let watching = scope.spawn(|| site.stint("observe", "passing", &["-B", "20"]));
            std::thread::sleep(std::time::Duration::from_millis(700));
            site.stint("delete", "passing", &[]).ends(0);
            watching.join().unwrap()
        });
        let gone = gone.ends(7);
        assert_eq!(gone.text(), "here\n");
        assert!(gone.err.contains("4.04"), "{}", gone.err);
    });
}

//! `stint`: what can be asked, and what is made of the answers. Against libcoap's servers where they can it, else against one that a test tells what to do.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::fake::{Fake, acknowledged, answer, path, values};
use cli::{Scratch, Site, binary, run, stint};
use std::io::Write as _;
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::time::Duration;
use stint_lab::peers::Libcoap;

/// `stint` with something on standard input.
fn fed(arguments: &[&str], input: &[u8]) -> cli::Ran {
    let mut command = Command::new(binary());
    run(command.args(arguments).stdin(Stdio::piped()), |child| {
        child.stdin.take().unwrap().write_all(input).unwrap();
    })
}

/// Bytes that do not repeat soon.
fn body(len: u32) -> Vec<u8> {
    (0..len).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[test]
fn several_resources_are_asked_for_over_one_association_and_the_first_error_is_the_exit_code() {
    let site = Site::start(Libcoap::Openssl);
    site.stint("put", "example_data", &["-e", "here"]).ends(0);
    let ran = site.stint("get", "no-such", &["/example_data", &site.uri("time"), "-v"]).ends(7);
    let text = ran.text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() == 2 && lines[0] == "here", "{}", ran.text());
    assert_eq!(ran.err.matches("connected:").count(), 1, "{}", ran.err);
    assert!(ran.err.contains("4.04"), "{}", ran.err);
    let elsewhere = site.stint("get", "time", &["coaps://127.0.0.1:1/x"]).ends(2);
    assert!(elsewhere.err.contains("all go to"), "{}", elsewhere.err);
}

#[test]
fn a_file_of_requests_runs_over_one_association() {
    let site = Site::start(Libcoap::Openssl);
    let script = Scratch::new("script");
    let kept = Scratch::new("kept");
    let text = format!(
        "# what a day is like\nput {} -e 'two words' -t text\n\nget /made\nget /made -o {}\ndelete /made\nget /made\nget /\n",
        site.uri("made"),
        kept.path()
    );
    std::fs::write(&script.0, &text).unwrap();
    let credential = ["-k", "secretPSK", "-u", "Client_identity"];
    let ran = stint(&[&["run", script.path(), "-v"], &credential[..]].concat()).ends(7);
    assert!(ran.text().starts_with("two words\nThis is a test server made with libcoap"), "{}", ran.text());
    assert_eq!(ran.err.matches("connected:").count(), 1, "{}", ran.err);
    assert_eq!(ran.err.matches("4.04").count(), 2, "told, and with -v shown: {}", ran.err);
    assert_eq!(std::fs::read(&kept.0).unwrap(), b"two words");
    // From standard input, with the server on the command line.
    let uri = site.uri("");
    let ran = fed(&[&["run", "-", &uri], &credential[..]].concat(), b"put /b -e 1\nget /b").ends(0);
    assert!(ran.text().ends_with("1\n"), "{}", ran.text());
    for (line, word) in
        [("observe /x", "observe"), ("get", "URI"), ("get '/x", "quote"), ("get /a -k x", "-k"), ("#", "no request")]
    {
        let wrong = fed(&[&["run", "-", &uri], &credential[..]].concat(), line.as_bytes()).ends(2);
        assert!(wrong.err.contains(word), "{line}: {}", wrong.err);
        assert!(wrong.err.contains("-:1:") || line == "#", "{line}: {}", wrong.err);
    }
}

#[test]
fn options_by_name_and_conditions_reach_the_server() {
    let fake = Fake::start(|request, _| vec![answer(request, "2.05", &[], b"x")]);
    let arguments = [
        "get",
        &fake.uri("a"),
        "-O",
        "ETag=0x1234",
        "-O",
        "if-none-match",
        "-O",
        "Max-Age=60",
        "-O",
        "Uri-Query=a=b,c",
        "-O",
        "65000,0x00ff",
        "-O",
        "65002,text",
        "--accept",
        "senml+cbor",
        "--if-match",
        "0a0b",
        "--if-match",
        "",
        "--etag",
        "0xff",
        "-H",
        "7",
        "--no-response=5",
        "-N",
    ];
    stint(&arguments).ends(0);
    let seen = fake.seen();
    let seen = &seen[0];
    for (number, expected) in [
        (1, vec![vec![0x0a, 0x0b], vec![]]),
        (4, vec![vec![0xff], vec![0x12, 0x34]]),
        (5, vec![vec![]]),
        (14, vec![vec![60]]),
        (15, vec![b"a=b,c".to_vec()]),
        (16, vec![vec![7]]),
        (17, vec![vec![112]]),
        (258, vec![vec![16]]),
        (65_000, vec![vec![0, 255]]),
        (65_002, vec![b"text".to_vec()]),
    ] {
        assert_eq!(values(seen, number), expected, "option {number}");
    }
    // The host by its name, unless it is not to be named.
    let named = format!("coap://localhost:{}/", fake.port());
    stint(&["get", &named, "-a", "127.0.0.1"]).ends(0);
    stint(&["get", &named, "-U", "-a", "127.0.0.1"]).ends(0);
    let seen = fake.seen();
    assert_eq!((values(&seen[1], 3), values(&seen[2], 3)), (vec![b"localhost".to_vec()], vec![]));
}

#[test]
fn conditions_that_do_not_hold_are_told_with_their_code() {
    // It has one representation, of ETag 01.
    let fake = Fake::start(|request, _| {
        let (etag, exists) = (b"\x01".to_vec(), path(request) == "here");
        // Of If-Match only the empty one is asked for: any representation.
        let matches = values(request, 1).is_empty() || exists;
        let code = match () {
            () if values(request, 4).contains(&etag) => "2.03",
            () if exists && !values(request, 5).is_empty() => "4.12",
            () if !matches => "4.12",
            () => "2.05",
        };
        vec![answer(request, code, &[(4, &etag)], if code == "2.05" { b"new" } else { b"" })]
    });
    let file = Scratch::new("kept");
    std::fs::write(&file.0, "old").unwrap();
    let valid = stint(&["get", &fake.uri("here"), "--etag", "01", "-o", file.path()]).ends(0);
    assert!(valid.err.contains("2.03 Valid") && valid.out.is_empty(), "{}", valid.err);
    assert_eq!(std::fs::read(&file.0).unwrap(), b"old");
    stint(&["get", &fake.uri("here"), "--etag", "02", "-o", file.path()]).ends(0);
    assert_eq!(std::fs::read(&file.0).unwrap(), b"new");
    assert!(stint(&["put", &fake.uri("here"), "-e", "x", "--if-none-match"]).ends(7).err.contains("4.12"));
    stint(&["put", &fake.uri("here"), "-e", "x", "--if-match", ""]).ends(0);
    stint(&["put", &fake.uri("there"), "-e", "x", "--if-match", ""]).ends(7);
}

#[test]
fn a_payload_comes_from_standard_input_and_goes_to_a_file_or_with_a_dash_to_standard_output() {
    let site = Site::start(Libcoap::Plain);
    let (uri, sent) = (site.uri("example_data"), body(70_000));
    fed(&["put", &uri, "-f", "-", "-t", "octets"], &sent).ends(0);
    let file = Scratch::new("got");
    let got = site.stint("get", "example_data", &["-o", file.path()]).ends(0);
    assert!(got.out.is_empty() && got.err.is_empty(), "no terminal, no bar: {}", got.err);
    assert!(std::fs::read(&file.0).unwrap() == sent);
    assert!(!std::path::Path::new(&format!("{}.part", file.path())).exists(), "it is whole");
    assert!(site.stint("get", "example_data", &["-o", "-"]).ends(0).out == sent);
    site.stint("get", "example_data", &["-o", "/dev/null"]).ends(0);
}

#[test]
fn a_long_transfer_shows_how_far_it_is_on_a_terminal_alone() {
    let site = Site::start(Libcoap::Plain);
    let (up, down) = (Scratch::new("up"), Scratch::new("down"));
    std::fs::write(&up.0, body(400_000)).unwrap();
    let tool = binary().display();
    for (command, word) in [
        (format!("{tool} put {} -f {}", site.uri("example_data"), up.path()), "sent"),
        (format!("{tool} get {} -o {}", site.uri("example_data"), down.path()), "received"),
    ] {
        // `script` of util-linux gives it a terminal.
        let shown = run(Command::new("script").args(["-qec", &command, "/dev/null"]).stdin(Stdio::null()), |_| {});
        let text = shown.ends(0).text();
        assert!(text.contains(word) && text.contains('%') && text.contains("390.62 KiB"), "{command}: {text:?}");
    }
    assert!(std::fs::read(&down.0).unwrap() == body(400_000));
}

#[test]
fn a_download_that_was_cut_off_goes_on_where_it_was_and_one_that_changed_begins_anew() {
    // Of the server's datagrams, those with these numbers are lost: 20 blocks of the upload and 10 of the download went before.
    let site = Site::with(Libcoap::Plain, &["-l", "31-32"]);
    let (up, down) = (Scratch::new("up"), Scratch::new("down"));
    let part = std::path::PathBuf::from(format!("{}.part", down.path()));
    std::fs::write(&up.0, body(20 * 1024)).unwrap();
    site.stint("put", "example_data", &["-f", up.path()]).ends(0);
    // libcoap gives a body one ETag for each client, which it knows by the port.
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let quick = ["-o", down.path(), "-p", &port, "--ack-timeout", "0.1", "--max-retransmit", "1"];
    let cut = site.stint("get", "example_data", &quick).ends(3);
    assert!(cut.err.contains("no answer"), "{}", cut.err);
    assert!(part.exists() && std::fs::metadata(&down.0).unwrap().len() == 10 * 1024, "{}", cut.err);
    let resumed = site.stint("get", "example_data", &["-o", down.path(), "-p", &port, "--resume", "--json"]).ends(0);
    assert!(std::fs::read(&down.0).unwrap() == body(20 * 1024));
    assert_eq!(resumed.objects()[0]["blocks"], 11, "the last of those that were there comes again: {}", resumed.text());
    assert!(!part.exists());
    // Again, and meanwhile there is something else.
    std::fs::write(&down.0, &body(20 * 1024)[..10 * 1024]).unwrap();
    std::fs::write(&part, format!("0badcafe\n{}\n", site.uri("example_data"))).unwrap();
    let anew = site.stint("get", "example_data", &["-o", down.path(), "--resume", "--json"]).ends(0);
    assert_eq!(anew.objects()[0]["blocks"], 20, "{}", anew.text());
    assert!(std::fs::read(&down.0).unwrap() == body(20 * 1024));
    // What is of another resource, or of none that is known, is not gone on with.
    std::fs::write(&down.0, "another").unwrap();
    std::fs::write(&part, format!("0badcafe\n{}\n", site.uri("time"))).unwrap();
    site.stint("get", "example_data", &["-o", down.path(), "--resume"]).ends(0);
    assert!(std::fs::read(&down.0).unwrap() == body(20 * 1024));
    assert!(site.stint("get", "time", &["--resume"]).ends(2).err.contains("--output"));
}

#[test]
fn each_command_tells_a_program_what_came_as_json() {
    let site = Site::start(Libcoap::Openssl);
    let put = site.stint("put", "example_data", &["-f", "-", "--json"]).ends(0);
    assert_eq!(put.objects()[1]["code"], "2.01", "{}", put.text());
    let got = site.stint("get", "time", &["/none", "--json"]).ends(7).objects();
    let (connected, time, none) = (&got[0], &got[1], &got[2]);
    assert_eq!((&connected["type"], &connected["suite"]), (&"connected".into(), &"TLS_PSK_WITH_AES_128_CCM_8".into()));
    assert!(connected["extended_master_secret"] == true && connected["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!((&time["type"], &time["code"], &time["name"]), (&"response".into(), &"2.05".into(), &"Content".into()));
    assert_eq!((&time["method"], &time["uri"]), (&"GET".into(), &site.uri("time").into()));
    assert!(time["options"]["Max-Age"].is_number() && time["payload"].is_string(), "{time}");
    assert_eq!((&none["code"], &none["payload"]), (&"4.04".into(), &"Not Found".into()));
    let observed = site.stint("observe", "time", &["-n", "2", "--json"]).ends(0).objects();
    assert!(observed.len() == 3 && observed[1..].iter().all(|told| told["type"] == "notification"), "{observed:?}");
    let links = site.stint("discover", "", &["--json"]).ends(0).objects();
    let time = links.iter().find(|link| link["target"] == "/time").unwrap();
    assert_eq!((&time["type"], &time["attributes"]["rt"]), (&"link".into(), &"ticks".into()));
    let pong = site.stint("ping", "", &["--json"]).ends(0);
    assert!(pong.objects()[1]["type"] == "pong" && pong.err.is_empty(), "{}", pong.text());
    let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = stint(&["get", &format!("coap://{closed}/"), "--json"]).ends(4);
    let told = &refused.objects()[0];
    assert_eq!((&told["type"], &told["exit"], &told["cause"]), (&"error".into(), &4.into(), &"refused".into()));
    assert!(refused.err.is_empty(), "{}", refused.err);
}

#[test]
fn bytes_that_are_no_text_and_options_that_repeat_survive_json() {
    let fake = Fake::start(|request, _| {
        let options: [(u16, &[u8]); 4] = [(8, b"a"), (8, b"b"), (12, &[60]), (4, &[1, 2])];
        vec![answer(request, "2.01", &options, &[0xff, 0])]
    });
    let told = &stint(&["post", &fake.uri(""), "--json"]).ends(0).objects()[0];
    assert_eq!(told["payload_hex"], "ff00");
    assert!(told.get("payload").is_none());
    let options = serde_json::json!({"Location-Path": ["a", "b"], "Content-Format": 60, "ETag": ["0102"]});
    assert_eq!(told["options"], options);
    let blob = Scratch::new("blob");
    stint(&["blob", "coaps://10.0.0.7", "-k", "key", "-u", "name", "-o", blob.path()]).ends(0);
    let shown = &stint(&["blob", "--show", blob.path(), "--json"]).ends(0).objects()[0];
    assert_eq!((&shown["type"], &shown["identity"]), (&"blob".into(), &"name".into()));
}

#[test]
fn errors_say_what_the_server_says_of_them_and_when_to_try_again() {
    let fake = Fake::start(|request, _| {
        // {-1: "Too large", -2: "at most 512", -8: 11} (RFC 9290)
        const PROBLEM: &[u8] = b"\xa3\x20\x69Too large\x21\x6bat most 512\x27\x0b";
        vec![match path(request).as_str() {
            "problem" => answer(request, "4.13", &[(12, &[1, 1])], PROBLEM),
            "broken" => answer(request, "4.13", &[(12, &[1, 1])], &PROBLEM[..9]),
            "busy" => answer(request, "4.29", &[(14, &[30])], b""),
            _ => answer(request, "5.03", &[], b"resting"),
        }]
    });
    let problem = stint(&["get", &fake.uri("problem")]).ends(7).err;
    assert!(problem.contains("4.13") && problem.contains("Too large: at most 512"), "{problem}");
    assert!(problem.contains("Uri-Path"), "{problem}");
    let told = &stint(&["get", &fake.uri("problem"), "--json"]).ends(7).objects()[0]["problem"];
    assert_eq!((&told["title"], &told["detail"]), (&"Too large".into(), &"at most 512".into()));
    stint(&["get", &fake.uri("broken")]).ends(7);
    let busy = stint(&["get", &fake.uri("busy")]).ends(7).err;
    assert!(busy.contains("4.29 Too Many Requests") && busy.contains("30 s"), "{busy}");
    let resting = stint(&["get", &fake.uri("resting")]).ends(8).err;
    assert!(resting.contains("resting") && resting.contains("60 s"), "{resting}");
}

#[test]
fn no_response_is_wanted_and_none_is_waited_for() {
    let fake = Fake::start(|request, _| vec![acknowledged(request)]);
    for more in [&[][..], &["-N"], &["-G", "3"]] {
        let ran = stint(&[&["put", &fake.uri("x"), "-e", "1", "--no-response"], more].concat()).ends(0);
        assert!(ran.took < Duration::from_secs(2) && ran.out.is_empty(), "{more:?}: {:?}", ran.took);
    }
    assert_eq!(fake.seen().len(), 5);
    assert!(fake.seen().iter().all(|request| values(request, 258) == [vec![26]]));
}

#[test]
fn a_proxy_gets_the_uri_and_asks_for_it() {
    let server = Site::start(Libcoap::Plain);
    let proxy = Site::with(Libcoap::Plain, &["-P", ",a.proxy"]);
    server.stint("put", "example_data", &["-e", "behind"]).ends(0);
    let through = proxy.uri("");
    let through = through.trim_end_matches('/');
    let got = server.stint("get", "example_data", &["--proxy", through, "-B", "10"]).ends(0);
    assert_eq!(got.text(), "behind");
    let fake = Fake::start(|request, _| vec![answer(request, "2.05", &[], b"x")]);
    let uri = fake.uri("");
    stint(&["get", "http://h/a?b=c", "-P", uri.trim_end_matches('/')]).ends(0);
    let seen = fake.seen();
    assert_eq!(values(&seen[0], 35), [b"http://h/a?b=c".to_vec()]);
    assert!([3, 7, 11, 15].iter().all(|number| values(&seen[0], *number).is_empty()));
}

#[test]
fn an_interrupted_observation_is_cancelled_with_the_server() {
    let interrupted = |uri: &str, more: &[&str]| {
        let mut command = Command::new(binary());
        let ran = run(command.args([&["observe", uri], more].concat()).stdin(Stdio::null()), |child| {
            std::thread::sleep(Duration::from_millis(600));
            let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
            assert!(kill.unwrap().success());
        });
        assert!(ran.took < Duration::from_secs(3), "the answer came, and was not waited for in vain: {:?}", ran.took);
        ran.ends(0)
    };
    let site = Site::start(Libcoap::Openssl);
    let ran = interrupted(&site.uri("time"), &["-k", "secretPSK", "-u", "Client_identity"]);
    assert!(!ran.out.is_empty());
    let fake = Fake::start(|request, _| {
        let options: &[(u16, &[u8])] = if values(request, 6).concat().is_empty() { &[(6, &[1])] } else { &[] };
        vec![answer(request, "2.05", options, b"now")]
    });
    let ran = interrupted(&fake.uri("x"), &[]);
    assert_eq!(ran.text(), "now\n", "the answer to the cancellation is not told");
    let seen: Vec<_> = fake.seen().iter().map(|request| values(request, 6)).collect();
    assert_eq!(seen, [[vec![]], [vec![1]]], "registered, cancelled");
    // Nobody answers: nothing is to be cancelled.
    let silent = Fake::start(|_, _| vec![]);
    let mut command = Command::new(binary());
    let ran = run(command.args(["observe", &silent.uri("")]).stdin(Stdio::null()), |child| {
        std::thread::sleep(Duration::from_millis(300));
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    });
    assert!(ran.took < Duration::from_secs(2), "{:?}", ran.took);
    ran.ends(130);
}

#[test]
fn transmission_parameters_are_those_that_were_said() {
    // Acknowledges nothing.
    let silent = Fake::start(|_, _| vec![]);
    let ran = stint(&["get", &silent.uri(""), "--ack-timeout", "0.1", "--max-retransmit", "2"]).ends(3);
    assert!(ran.took < Duration::from_secs(3), "{:?}", ran.took);
    assert_eq!(silent.seen().len(), 3);
    // Acknowledges, and says nothing more.
    let mute = Fake::start(|request, _| vec![acknowledged(request)]);
    let ran = stint(&["get", &mute.uri(""), "--response-timeout", "0.5"]).ends(3);
    assert!(ran.err.contains("no response") && ran.took < Duration::from_secs(3), "{:?}: {}", ran.took, ran.err);
    // Answers when three are there, and then all at once, the last first.
    let three = || {
        Fake::start(|_, seen| {
            let answered = |request| answer(request, "2.05", &[], path(request).as_bytes());
            if seen.len() % 3 == 0 { seen.iter().rev().take(3).map(answered).collect() } else { vec![] }
        })
    };
    let patient = three();
    let ran = stint(&["get", &patient.uri("a"), "/b", "/c", "--nstart", "3"]).ends(0);
    assert_eq!((ran.text().as_str(), patient.seen().len()), ("c\nb\na\n", 3));
    let one = three();
    let ran = stint(&["get", &one.uri("a"), "/b", "/c", "--ack-timeout", "0.1", "--max-retransmit", "1"]).ends(3);
    assert!(ran.text().is_empty() && one.seen().iter().all(|request| path(request) == "a"));
    let site = Site::start(Libcoap::Openssl);
    site.stint("get", "time", &["--cocoa", "-G", "3"]).ends(0);
}

#[test]
fn a_group_answers_with_as_many_as_there_are() {
    let group = std::net::Ipv4Addr::new(224, 0, 1, 187);
    let links = br#"</t>;rt="x";ct=60,</u>"#;
    let fake = Fake::group(group, 2, |request, _| {
        let payload: &[u8] = if path(request) == ".well-known/core" { links } else { b"hello" };
        vec![answer(request, "2.05", &[], payload)]
    });
    let uri = format!("coap://{group}:{}/x", fake.port());
    let ask = |command, uri: &str, more: &[&str]| {
        stint(&[&[command, uri, "-a", "127.0.0.1", "--response-timeout", "0.5"], more].concat())
    };
    let ran = ask("get", &uri, &[]).ends(0);
    let text = ran.text();
    let from: Vec<&str> = text.lines().filter_map(|line| line.strip_suffix(": hello")).collect();
    assert!(from.len() == 2 && from[0] != from[1], "{text}");
    assert!(from.iter().all(|from| from.parse::<std::net::SocketAddr>().is_ok()), "{text}");
    let told = ask("get", &uri, &["--json"]).ends(0).objects();
    assert!(
        told.len() == 2
            && told.iter().all(|told| from[0].split(':').next() == told["from"].as_str().unwrap().split(':').next())
    );
    let list = format!("coap://{group}:{}", fake.port());
    let found = ask("discover", &list, &[]).ends(0).text();
    assert!(found.matches("application/cbor").count() == 2 && found.matches("127.0.0.1:").count() == 2, "{found}");
    let found = ask("discover", &list, &["--json"]).ends(0).objects();
    assert!(found.len() == 4 && found.iter().all(|link| link["from"].is_string()), "{found:?}");
    drop(fake);
    let nobody = ask("get", &uri, &[]).ends(3);
    assert!(nobody.err.contains("nobody in the group"), "{}", nobody.err);
    ask("get", &uri.replace("coap:", "coaps:"), &["-k", "k", "-u", "u"]).ends(2);
}

#[test]
fn a_malformed_list_of_links_is_shown_as_far_as_it_can_be_read() {
    let fake = Fake::start(|request, _| vec![answer(request, "2.05", &[], b"</a>;ct=50,</b")]);
    let ran = stint(&["discover", &fake.uri("")]).ends(11);
    assert!(ran.text().contains("application/json") && ran.err.contains("malformed"), "{}{}", ran.text(), ran.err);
    assert_eq!(stint(&["discover", &fake.uri(""), "--raw"]).ends(0).text(), "</a>;ct=50\n</b\n");
}

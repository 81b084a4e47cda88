//! `stint` with certificates, raw public keys, ephemeral keys and sessions, against real servers: what a user types, and what is said when it is wrong.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::{Ran, Scratch, stint};
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair, PKCS_ECDSA_P384_SHA384, date_time_ymd};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};
use stint_lab::credentials::Credentials;
use stint_lab::peers::{Clients, Libcoap, Openssl, Peer, Shows, Suite};
use stint_provisioning::{Blob, Credential, Host};

/// The path of a PEM file: of the lab's, or of the further ones.
fn pem(name: &str) -> String {
    static MADE: OnceLock<()> = OnceLock::new();
    let files = Credentials::files().unwrap();
    MADE.get_or_init(|| further(&|name| files.path(name)));
    files.path(name)
}

/// `stint COMMAND` at the peer.
fn at(peer: &Peer, command: &str, arguments: &[&str]) -> Ran {
    stint(&[&[command, &format!("coaps://{}/time", peer.address())], arguments].concat())
}

/// A server that speaks no CoAP: the handshake is what counts, and no answer comes.
fn shaken(peer: &Peer, arguments: &[&str]) -> String {
    at(peer, "ping", &[&["-v", "-B", "1"], arguments].concat()).ends(3).err
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is missing:\n{text}");
    }
}

fn mutual() -> Peer {
    Peer::libcoap_shows(Libcoap::Openssl, Shows::Chain("server-of-root", Clients::Known), &[]).unwrap()
}

/// Chain and key in one file; and of another authority `other-root.pem`, below it a server that expired in 2021, and a client.
fn further(path: &dyn Fn(&str) -> String) {
    let write = |name: &str, text: &str| std::fs::write(path(name), text).unwrap();
    for name in ["client", "client-of-root"] {
        let read = |kind: &str| std::fs::read_to_string(path(&format!("{name}.{kind}"))).unwrap();
        write(&format!("{name}.both"), &(read("pem") + &read("key")));
    }
    let mut root = CertificateParams::new(vec![]).unwrap();
    root.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    write("other-root.pem", &root.pem());
    for (name, end) in [("expired", 2021), ("stranger", 2049)] {
        let mut params = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(end, 1, 1));
        let key = KeyPair::generate().unwrap();
        write(&format!("{name}.pem"), &params.signed_by(&key, &root).unwrap().pem());
        write(&format!("{name}.key"), &key.serialize_pem());
    }
    let p384 = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    write("p384.key", &p384.serialize_pem());
    write("p384.pub", &p384.public_key_pem());
}

#[test]
fn certificates_are_shown_and_checked_both_ways() {
    let peer = mutual();
    let (root, client, key) = (pem("root.pem"), pem("client-of-root.pem"), pem("client-of-root.key"));
    let ran = at(&peer, "get", &["-C", &root, "-c", &client, "-j", &key, "-v"]).ends(0);
    assert!(!ran.out.is_empty());
    says(
        &ran.err,
        &[
            "verified: CN \"server\"",
            "DNS \"localhost\"",
            "IP 127.0.0.1",
            "valid until 2049-12-31",
            "key SHA-256 ",
            "CertificateVerify",
            "connected: TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
        ],
    );
    // A chain of two certificates, with its key in the same file.
    at(&peer, "get", &["-C", &root, "-c", &pem("client.both")]).ends(0);
    // The server by its name, and by its own certificate; libcoap's -R means -C.
    let named = format!("coaps://localhost:{}/time", peer.address().port());
    stint(&["get", &named, "-C", &root, "-c", &client, "-j", &key]).ends(0);
    at(&peer, "get", &["-C", &root, "-c", &client, "-j", &key, "--name", "server.example"]).ends(0);
    at(&peer, "get", &["-C", &root, "-c", &client, "-j", &key, "--name", "*"]).ends(0);
    at(&peer, "get", &["-R", &pem("server-of-root.pem"), "-c", &client, "-j", &key]).ends(0);
    // By the hash that -v showed, alone and with an authority.
    let pin = ran.err.split("key SHA-256 ").nth(1).and_then(|rest| rest.get(..64)).unwrap();
    at(&peer, "get", &["--pin", pin, "-c", &client, "-j", &key]).ends(0);
    at(&peer, "get", &["--pin", &"0".repeat(64), "--pin", pin, "-C", &root, "-c", &client, "-j", &key]).ends(0);
}

#[test]
fn the_suites_that_are_named_are_offered_and_no_others() {
    let peer = mutual();
    let credential = ["-C", &pem("root.pem"), "-c", &pem("client-of-root.both"), "-v"];
    for (names, agreed) in [
        (&["gcm"][..], "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        (&["ECDHE-ECDSA-AES128-CCM"], "TLS_ECDHE_ECDSA_WITH_AES_128_CCM,"),
        (&["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ccm8"], "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
        (&["c0ae"], "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"),
    ] {
        let names: Vec<&str> = names.iter().flat_map(|name| ["--suite", name]).collect();
        let ran = at(&peer, "get", &[&credential[..], &names].concat()).ends(0);
        says(&ran.err, &[&format!("connected: {agreed}")]);
    }
}

#[test]
fn a_chain_by_way_of_an_issuing_authority_leads_to_the_root_and_to_the_authority() {
    let peer = Peer::libcoap_shows(Libcoap::Gnutls, Shows::Chain("server", Clients::Anybody), &[]).unwrap();
    at(&peer, "get", &["-C", &pem("root.pem")]).ends(0);
    let chain = std::fs::read_to_string(pem("server.pem")).unwrap();
    let issuing = Scratch::new("issuing.pem");
    std::fs::write(&issuing.0, &chain[chain.rfind("-----BEGIN").unwrap()..]).unwrap();
    at(&peer, "get", &["-C", issuing.path()]).ends(0);
    at(&peer, "get", &["-C", &pem("other-root.pem"), "-C", issuing.path()]).ends(0);
    // A root on another curve, which stint verifies too.
    let peer = Peer::libcoap_shows(Libcoap::Gnutls, Shows::Chain("server-under-p384", Clients::Anybody), &[]).unwrap();
    at(&peer, "get", &["-C", &pem("root-p384.pem")]).ends(0);
    says(&at(&peer, "get", &["-C", &pem("root.pem")]).ends(12).err, &["no trust anchor"]);
}

#[test]
fn raw_public_keys_are_shown_and_trusted() {
    let peer = Peer::libcoap_shows(Libcoap::Gnutls, Shows::RawKey("server", Clients::Known), &[]).unwrap();
    let (trust, own) = (pem("server.pub"), pem("client.key"));
    let ran = at(&peer, "get", &["--trust", &trust, "-M", &own, "-v"]).ends(0);
    says(&ran.err, &["verified: raw public key, key SHA-256 ", "server_certificate_type"]);
    at(&peer, "get", &["--trust", &pem("client.pub"), "--trust", &trust, "--rpk", &own, "--suite", "gcm"]).ends(0);
    let unknown = at(&peer, "get", &["--trust", &pem("client.pub"), "-M", &own]).ends(12);
    says(&unknown.err, &["none of those that are trusted", "--trust"]);
    let nothing = at(&peer, "get", &["--trust", &trust]).ends(5);
    says(&nothing.err, &["-M"]);
    // A server that has certificates alone, and the other way round.
    let certificates = mutual();
    says(&at(&certificates, "get", &["--trust", &trust]).ends(12).err, &["X.509", "-C"]);
    let raw = at(&peer, "get", &["-C", &pem("root.pem")]);
    assert!([5, 6, 12].contains(&raw.code) && !raw.err.is_empty(), "{} {}", raw.code, raw.err);
}

#[test]
fn ephemeral_keys_go_with_a_pre_shared_one_where_asked_for() {
    for library in [Libcoap::Openssl, Libcoap::Gnutls] {
        let peer = Peer::libcoap(library, &[]).unwrap();
        let credential = ["-k", "secretPSK", "-u", "Client_identity", "-v"];
        for (how, agreed) in
            [(&[][..], "TLS_PSK_"), (&["--ecdhe"], "TLS_ECDHE_PSK_"), (&["--ecdhe=only"], "TLS_ECDHE_PSK_")]
        {
            let ran = at(&peer, "get", &[&credential[..], how].concat()).ends(0);
            says(&ran.err, &[&format!("connected: {agreed}")]);
        }
        // Neither server has a CCM with ephemeral keys: what is left to the server is the plain key.
        let plain = at(&peer, "get", &[&credential[..], &["--ecdhe", "--suite", "ccm8"]].concat()).ends(0);
        says(&plain.err, &["connected: TLS_PSK_WITH_AES_128_CCM_8"]);
        let ran = at(&peer, "get", &[&credential[..], &["--ecdhe=only", "--suite", "ccm8"]].concat()).ends(6);
        says(&ran.err, &["no cipher suite in common", "TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256"]);
    }
}

#[test]
fn a_wrong_server_is_refused_and_why_is_said() {
    let peer = mutual();
    let (root, own) = (pem("root.pem"), pem("client-of-root.both"));
    let refused = |arguments: &[&str]| at(&peer, "get", &[&["-c", &own], arguments].concat()).ends(12).err;
    says(&refused(&["-C", &pem("other-root.pem")]), &["no trust anchor", "-C", "It says it is: CN \"server\""]);
    says(
        &refused(&["-C", &root, "--name", "other.example"]),
        &["another server's", "--name", "DNS \"server.example\""],
    );
    says(&refused(&["-C", &root, "--name", "10.0.0.1"]), &["another server's", "iPAddress"]);
    says(&refused(&["-C", &root, "--attime", "4000000000"]), &["expired", "clock", "--no-check-time"]);
    says(&refused(&["-C", &root, "--attime", "1"]), &["not valid yet", "clock"]);
    says(&refused(&["-C", &root, "--pin", &"ab".repeat(32)]), &["pinned", "--pin"]);
    says(&refused(&["--pin", &"ab".repeat(32)]), &["pinned", "key SHA-256"]);
    // A client that is no authority vouches for nobody but itself.
    says(&refused(&["-C", &pem("client-of-root.pem")]), &["no trust anchor"]);
}

#[test]
fn dates_are_those_of_the_system_s_clock_unless_the_user_says_otherwise() {
    let peer = Peer::libcoap_shows(Libcoap::Openssl, Shows::Chain("expired", Clients::Anybody), &[]).unwrap();
    let root = pem("other-root.pem");
    let expired = at(&peer, "get", &["-C", &root]).ends(12);
    says(&expired.err, &["has expired", "valid until 2021-01-01"]);
    at(&peer, "get", &["-C", &root, "--no-check-time"]).ends(0);
    at(&peer, "get", &["-C", &root, "--attime", "1600000000"]).ends(0);
}

#[test]
fn a_client_that_the_server_does_not_take_is_told_so() {
    let peer = mutual();
    let root = pem("root.pem");
    let none = at(&peer, "get", &["-C", &root]).ends(5);
    says(&none.err, &["does not accept", "-c"]);
    // libcoap's server takes the stranger's certificate too.
    let strict = Shows::Chain("server", Clients::Known);
    let strict = Peer::openssl_shows(Openssl::Debian, Suite::EcdsaCcm8, strict, &[]).unwrap();
    let stranger = ["-C", &root, "-c", &pem("stranger.pem"), "-j", &pem("stranger.key")];
    says(&at(&strict, "get", &stranger).ends(5).err, &["does not accept", "clientAuth"]);
    // A suite of certificates is none of a server that has but a key.
    let key = Peer::libcoap(Libcoap::Openssl, &[]).unwrap();
    says(
        &at(&key, "get", &["-C", &root]).ends(6).err,
        &["no cipher suite in common", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"],
    );
}

#[test]
fn a_session_is_resumed_by_ticket_and_by_id_and_never_with_another_server() {
    let key = ["-k", "secretPSK", "-u", "Client_identity"];
    let chain = ["-C", &pem("root.pem"), "-c", &pem("client.both")];
    // No server of these speaks CoAP, and each is waited for in vain: all at a time.
    std::thread::scope(|scope| {
        for tickets in [&[][..], &["-no_ticket"]] {
            scope.spawn(move || resumed(Suite::Ccm8, Shows::Key, &key, tickets));
            let shows = Shows::Chain("server", Clients::Known);
            scope.spawn(move || resumed(Suite::EcdsaCcm8, shows, &chain, tickets));
        }
    });
}

fn resumed(suite: Suite, shows: Shows, credential: &[&str], tickets: &[&str]) {
    let session = Scratch::new("session");
    let start = || Peer::openssl_shows(Openssl::Debian, suite, shows, tickets).unwrap();
    let (peer, other) = (start(), start());
    let arguments = [credential, &["--session", session.path()]].concat();
    says(&shaken(&peer, &arguments), &["connected", "a new session"]);
    for _ in 0..2 {
        let resumed = shaken(&peer, &arguments);
        says(&resumed, &["session resumed"]);
        let by_key = resumed.contains("with the server whose key has SHA-256");
        assert_eq!(by_key, shows != Shows::Key, "{resumed}");
        assert!(!resumed.contains("verified"), "{resumed}");
    }
    // Another server of the same kind does not know it.
    says(&shaken(&other, &arguments), &["a new session"]);
    if shows == Shows::Key {
        // This one would, but another credential does not offer it.
        let unlike = ["-k", "secretPSK", "-u", "somebody_else", "--session", session.path()];
        says(&shaken(&other, &unlike), &["a new session"]);
    }
}

#[test]
fn a_session_file_is_the_owner_s_and_counts_for_a_day() {
    let session = Scratch::new("session-file");
    let peer = Peer::libcoap_shows(Libcoap::Openssl, Shows::Chain("server-of-root", Clients::Anybody), &[]).unwrap();
    let get = || {
        let arguments = ["-v", "-C", &pem("root.pem"), "--session", session.path()];
        at(&peer, "get", &arguments).ends(0).err
    };
    std::fs::write(&session.0, b"no session").unwrap();
    says(&get(), &["is of no use", "a new session"]);
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&session.0).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    // Resuming does not make it younger.
    let aged = |age: u64| {
        let file = std::fs::File::options().write(true).open(&session.0).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
    };
    aged(80_000);
    says(&get(), &["session resumed"]);
    let age = std::fs::metadata(&session.0).unwrap().modified().unwrap().elapsed().unwrap();
    assert!(age > Duration::from_secs(79_000), "{age:?}");
    aged(90_000);
    says(&get(), &["older than a day", "a new session"]);
    says(&get(), &["session resumed"]);
    let bytes = std::fs::read(&session.0).unwrap();
    std::fs::write(&session.0, &bytes[..bytes.len() / 2]).unwrap();
    says(&get(), &["is of no use", "a new session"]);
    // Other rules for the server are another session.
    let pinned = at(&peer, "get", &["-v", "-C", &pem("root.pem"), "--name", "localhost", "--session", session.path()]);
    says(&pinned.ends(0).err, &["a new session"]);
}

#[test]
fn a_session_that_the_server_trips_over_is_forgotten() {
    // libcoap on OpenSSL gives tickets to clients with certificates and takes none of them back: it has no session id context.
    let (session, peer) = (Scratch::new("session-trip"), mutual());
    let arguments = ["-v", "-C", &pem("root.pem"), "-c", &pem("client-of-root.both"), "--session", session.path()];
    at(&peer, "get", &arguments).ends(0);
    let tripped = at(&peer, "get", &arguments).ends(6);
    says(&tripped.err, &["internal_error", "forgotten now, try again"]);
    assert!(!Path::new(session.path()).exists());
    at(&peer, "get", &arguments).ends(0);
}

#[test]
fn an_association_sleeps_between_two_commands_and_goes_on_from_another_port() {
    let (sleeping, key) = (Scratch::new("sleeping"), ["-v", "-k", "secretPSK", "-u", "Client_identity"]);
    let arguments = [&key[..], &["--sleep", sleeping.path()]].concat();
    // With a Connection ID the server follows.
    let peer = Peer::roaming(true).unwrap();
    let count = |more: &[&str]| {
        let uri = format!("coaps://{}/count", peer.address());
        stint(&[&["get", &uri], &arguments[..], more].concat()).ends(0).err
    };
    let first = count(&[]);
    says(&first, &["no association sleeps there", "ClientHello"]);
    assert!(!first.contains("alert"), "it is not closed: {first}");
    for more in [&[][..], &["-p", "45683"], &["-G", "3"]] {
        let ran = count(more);
        says(&ran, &["awake, without a handshake: TLS_PSK_WITH_AES_128_CCM_8", "the server's Connection ID"]);
        assert!(!ran.contains("Hello"), "{ran}");
    }
    assert_eq!((peer.told("connected").len(), peer.repeated()), (1, None));
    // Two at a time never send the same number.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| count(&["-G", "20"]));
        }
    });
    assert_eq!(peer.repeated(), None);
    // What is not whole, or is another's, is not gone on with.
    let bytes = std::fs::read(&sleeping.0).unwrap();
    std::fs::write(&sleeping.0, [&bytes[..100], &[bytes[100] ^ 1], &bytes[101..]].concat()).unwrap();
    says(&count(&[]), &["damaged", "ClientHello"]);
    assert_eq!(peer.repeated(), None);
}

#[test]
fn an_association_without_a_connection_id_sleeps_at_its_port_until_the_server_is_gone() {
    let (sleeping, chain) = (Scratch::new("sleeping-chain"), pem("client-of-root.both"));
    let peer = mutual();
    let address = peer.address();
    let arguments = ["-v", "-C", &pem("root.pem"), "-c", &chain, "--suite", "gcm", "--sleep", sleeping.path()];
    at(&peer, "get", &arguments).ends(0);
    // An error response is a response.
    for (path, code) in [("time", 0), ("none", 7), ("time", 0)] {
        let uri = format!("coaps://{address}/{path}");
        let ran = stint(&[&["get", &uri], &arguments[..]].concat()).ends(code);
        says(&ran.err, &["awake, without a handshake: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]);
    }
    let other =
        at(&peer, "get", &["-v", "-C", &pem("root.pem"), "-c", &pem("client.both"), "--sleep", sleeping.path()]);
    says(&other.ends(0).err, &["another credential", "ClientHello"]);
    drop(peer);
    let uri = format!("coaps://{address}/time");
    let gone =
        stint(&["get", &uri, "-C", &pem("root.pem"), "-c", &pem("client.both"), "--sleep", sleeping.path(), "-B", "3"]);
    assert!([3, 4].contains(&gone.code), "{} {}", gone.code, gone.err);
    assert!(!Path::new(sleeping.path()).exists(), "it did not work, and is not gone on with");
}

#[test]
fn the_application_protocol_is_agreed() {
    let peer = Peer::openssl(Suite::Ccm8, false, &["-alpn", "h2,co"]).unwrap();
    let credential = ["-k", "secretPSK", "-u", "Client_identity"];
    let ran = shaken(&peer, &[&credential[..], &["--alpn", "coap", "--alpn", "co"]].concat());
    says(&ran, &["ALPN co"]);
    assert!(!shaken(&peer, &credential).contains("ALPN"));
}

/// Writes a blob for the server with these options, and hands back its bytes, when what is shown of it has these words and no secret.
fn blob(file: &Scratch, uri: &str, arguments: &[&str], words: &[&str], secret: &[u8]) -> Vec<u8> {
    stint(&[&["blob", uri, "-o", file.path(), "--observe", "time"], arguments].concat()).ends(0);
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file.0).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    let shown = stint(&["blob", "--show", file.path()]).ends(0).text();
    says(&shown, words);
    says(&shown, &["/time", "not shown"]);
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!shown.contains(&hex), "{shown}");
    std::fs::read(&file.0).unwrap()
}

#[test]
fn a_blob_with_certificates_is_what_was_given_and_is_used_both_ways() {
    let (peer, file, lab) = (mutual(), Scratch::new("certified.blob"), Credentials::shared());
    let (root, client, key) = (pem("root.pem"), pem("client-of-root.pem"), pem("client-of-root.key"));
    let uri = format!("coaps://{}", peer.address());
    let own = &lab.client_of_root;
    // Others could read the file before.
    std::fs::write(&file.0, "before").unwrap();
    let arguments = ["-C", &root, "-c", &client, "-j", &key, "--name", "Server.Example"];
    let bytes = blob(&file, &uri, &arguments, &["chain     1", "anchors   1", "server.example"], &own.scalar);
    let read = Blob::parse(&bytes).unwrap();
    let Credential::X509 { key: private, chain, anchors, name } = read.credential else { panic!("{read:?}") };
    assert_eq!((private, name, read.port), (&own.scalar, "server.example", peer.address().port()));
    assert_eq!((read.host, read.observe), (Host::Ipv4([127, 0, 0, 1].into()), Some("time")));
    assert_eq!(
        (chain.collect::<Vec<_>>(), anchors.collect::<Vec<_>>()),
        (vec![&own.chain[0][..]], vec![&lab.root.certificate[..]])
    );
    let ran = stint(&["get", "--blob", file.path(), "-v", "-v"]).ends(0);
    assert!(!ran.out.is_empty());
    // The server is asked for by the name in the blob: "server.example" in the ClientHello.
    let bytes: String = ran.err.split_whitespace().collect();
    says(&bytes, &["7365727665722e6578616d706c65"]);
    says(&ran.err, &["verified: CN \"server\"", "CertificateVerify"]);
    // With a URI, and with another name or as of another time than the device.
    at(&peer, "get", &["--blob", file.path(), "--name", "127.0.0.1"]).ends(0);
    says(&at(&peer, "get", &["--blob", file.path(), "--attime", "4000000000"]).ends(12).err, &["expired"]);
    says(&at(&peer, "get", &["--blob", file.path(), "--name", "other.example"]).ends(12).err, &["another server's"]);
    // The name of the blob is held to; a chain of two is written whole, with the name out of the URI and the key out of the same file.
    let (other, both) = (Scratch::new("other.blob"), pem("client.both"));
    let named = ["-C", &pem("root.pem"), "-c", &both];
    let bytes =
        blob(&other, "coaps://other.example", &named, &["chain     2", "other.example:5684"], &lab.client.scalar);
    let Credential::X509 { chain, .. } = Blob::parse(&bytes).unwrap().credential else { panic!() };
    assert!(chain.eq(lab.client.chain.iter().map(Vec::as_slice)));
    says(&at(&peer, "get", &["--blob", other.path()]).ends(12).err, &["another server's"]);
    // A server of another authority is refused.
    let strange = ["-C", &pem("other-root.pem"), "-c", &client, "-j", &key, "--name", "server.example"];
    stint(&[&["blob", &uri, "-o", file.path()], &strange[..]].concat()).ends(0);
    says(&stint(&["get", "--blob", file.path()]).ends(12).err, &["no trust anchor"]);
}

#[test]
fn a_blob_with_raw_public_keys_is_what_was_given_and_is_used_both_ways() {
    let peer = Peer::libcoap_shows(Libcoap::Gnutls, Shows::RawKey("server", Clients::Known), &[]).unwrap();
    let (file, lab) = (Scratch::new("raw.blob"), Credentials::shared());
    let (trust, own) = (pem("server.pub"), pem("client.key"));
    let uri = format!("coaps://{}", peer.address());
    let bytes = blob(&file, &uri, &["--trust", &trust, "-M", &own], &["raw", "public", "trusted"], &lab.client.scalar);
    let read = Blob::parse(&bytes).unwrap();
    let Credential::RawKey { key, public, server } = read.credential else { panic!("{read:?}") };
    assert_eq!(key, &lab.client.scalar);
    assert!(public.ends_with(&lab.client.point) && server.ends_with(&lab.server.point));
    let ran = stint(&["get", "--blob", file.path(), "-v"]).ends(0);
    assert!(!ran.out.is_empty());
    says(&ran.err, &["verified: raw public key, key SHA-256 "]);
    // Another server's key is not trusted; a key that is not the private one's is no pair.
    let mut other = Credential::RawKey { key, public, server: public };
    for (code, word) in [(12, "none of those that are trusted"), (1, "not that of the private key")] {
        let mut out = [0; stint_provisioning::MAX_LEN];
        let len = stint_provisioning::write(&Blob { credential: other, ..read }, &mut out).unwrap();
        std::fs::write(&file.0, &out[..len]).unwrap();
        says(&stint(&["get", "--blob", file.path()]).ends(code).err, &[word]);
        other = Credential::RawKey { key, public: server, server };
    }
}

#[test]
fn what_a_blob_has_no_room_for_is_told() {
    let (root, both, client) = (pem("root.pem"), pem("client.both"), pem("client.pem"));
    let (trust, own) = (pem("server.pub"), pem("client.key"));
    let many = Scratch::new("many.pem");
    std::fs::write(&many.0, std::fs::read_to_string(&root).unwrap().repeat(5)).unwrap();
    for (arguments, code, word) in [
        (&[][..], 2, "a blob holds a credential"),
        (&["-k", "k", "-u", "u", "-C", &root], 2, "one credential"),
        (&["-k", "k", "-u", "u", "--name", "n"], 2, "--name"),
        (&["-C", &root], 2, "-c CERT.pem"),
        (&["-c", &both], 2, "-C ANCHORS.pem"),
        (&["-C", &root, "-c", &client], 1, "BEGIN PRIVATE KEY"),
        (&["-C", &root, "-c", &both], 2, "\"127.0.0.1\" is none: --name"),
        (&["-C", &root, "-c", &both, "--name", "*"], 2, "\"*\" is none: --name"),
        (&["-C", many.path(), "-c", &both, "--name", "n"], 2, "1,408"),
        (&["-C", &root, "-c", &both, "--pin", "00"], 2, "--pin"),
        (&["--trust", &trust], 2, "-M KEY.pem"),
        (&["-M", &own], 2, "--trust SERVER.pem"),
        (&["--trust", &trust, "--trust", &pem("client.pub"), "-M", &own], 2, "room for one key"),
        (&["--trust", &trust, "-M", &own, "--name", "n"], 2, "--name"),
        (&["--show", "--trust", &trust], 2, "--show"),
    ] {
        let ran = stint(&[&["blob", "coaps://127.0.0.1"], arguments].concat()).ends(code);
        says(&ran.err, &[word]);
        assert!(ran.out.is_empty());
    }
    let file = Scratch::new("wrong.blob");
    stint(&["blob", "coaps://127.0.0.1:9", "--trust", &trust, "-M", &own, "-o", file.path()]).ends(0);
    for (arguments, word) in [(&["--ecdhe"][..], "--ecdhe"), (&["--name", "n"], "--name"), (&["-M", &own], "--blob")] {
        says(&stint(&[&["get", "--blob", file.path()], arguments].concat()).ends(2).err, &[word]);
    }
}

#[test]
fn what_cannot_be_meant_is_told_before_anything_is_sent() {
    let (root, both) = (pem("root.pem"), pem("client.both"));
    let (client, key, stranger) = (pem("client.pem"), pem("client.key"), pem("stranger.key"));
    let (trust, p384, p384_public) = (pem("client.pub"), pem("p384.key"), pem("p384.pub"));
    let encrypted = Scratch::new("encrypted.key");
    let openssl = Command::new("openssl")
        .args(["pkey", "-in", &key, "-aes128", "-passout", "pass:x", "-out", encrypted.path()])
        .status();
    assert!(openssl.unwrap().success());
    for (arguments, code, word) in [
        (&[][..], 2, "-C"),
        (&["-k", "k", "-u", "u", "-C", &root], 2, "one credential"),
        (&["-C", &root, "--trust", &trust], 2, "one credential"),
        (&["-k", "k"], 2, "-u"),
        (&["-c", &both], 2, "--pin"),
        (&["-M", &key], 2, "--trust"),
        (&["--trust", &trust, "--name", "n"], 2, "--name"),
        (&["-j", &key], 2, "--cert"),
        (&["-C", &root, "--ecdhe"], 2, "--ecdhe"),
        (&["-C", &root, "--ecdhe=maybe"], 2, "prefer"),
        (&["-C", &root, "--attime", "1", "--no-check-time"], 2, "--no-check-time"),
        (&["-C", &root, "--pin", "abc"], 2, "64 hex digits"),
        (&["-C", &root, "--suite", "AES256"], 2, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"),
        (&["-C", &root, "--suite", "PSK-AES128-CCM8"], 2, "pre-shared key"),
        (&["-k", "k", "-u", "u", "--suite", "c0ae"], 2, "certificates"),
        (&["-k", "k", "-u", "u", "--suite", "ECDHE-PSK-CHACHA20-POLY1305"], 2, "--ecdhe"),
        (&["-k", "k", "-u", "u", "--alpn", ""], 2, "255"),
        (&["-C", "/no/such/file"], 1, "/no/such/file"),
        (&["-C", &key], 1, "BEGIN CERTIFICATE"),
        (&["-C", &root, "-c", &client], 1, "BEGIN PRIVATE KEY"),
        (&["-C", &root, "-c", &client, "-j", &stranger], 1, "not that of the first certificate"),
        (&["-C", &root, "-c", &client, "-j", encrypted.path()], 1, "encrypted"),
        (&["-C", &root, "-c", &client, "-j", &p384], 1, "P-256"),
        (&["--trust", &key], 1, "openssl pkey -pubout"),
        (&["--trust", &p384_public], 1, "P-256"),
        (&["--trust", &trust, "-M", &p384], 1, "P-256"),
    ] {
        let ran = stint(&[&["get", "coaps://127.0.0.1:9/"], arguments].concat()).ends(code);
        says(&ran.err, &[word]);
        assert!(ran.took < Duration::from_secs(5));
    }
}

#[test]
fn keys_are_read_as_openssl_writes_them() {
    let peer = mutual();
    let (root, client, key) = (pem("root.pem"), pem("client-of-root.pem"), pem("client-of-root.key"));
    // SEC 1 with the curve in a block of its own before it, as openssl ecparam -genkey writes it.
    let sec1 = Scratch::new("sec1.key");
    let openssl = Command::new("openssl").args(["ec", "-in", &key]).output().unwrap();
    assert!(openssl.status.success());
    let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    let text = [parameters.as_bytes(), &openssl.stdout].concat();
    says(&String::from_utf8_lossy(&text), &["BEGIN EC PRIVATE KEY"]);
    std::fs::write(&sec1.0, text).unwrap();
    at(&peer, "get", &["-C", &root, "-c", &client, "-j", sec1.path()]).ends(0);
    says(&std::fs::read_to_string(&key).unwrap(), &["BEGIN PRIVATE KEY"]);
    at(&peer, "get", &["-C", &root, "-c", &client, "-j", &key]).ends(0);
}

//! URIs, links and problem details, random and damaged: what is written is read again, and nothing panics.
//!
//! The seed is fixed; `STINT_SEED=n` takes another. It is printed.

use minicbor::Encoder;
use minicbor::decode::Decoder;
use std::net::{IpAddr, SocketAddr};
use stint_coap::{
    Code, CutLinks, Direction, EntryKey, Filter, LinkWriter, Message, OptionNumber, Options, ProblemDetails,
    ProblemError, RequestUri, Type, Unescaped, Uri, Writer, links,
};
use stint_lab::random::Random;

fn random() -> Random {
    let seed = std::env::var("STINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(6690);
    println!("STINT_SEED={seed}");
    Random::new(seed)
}

fn one<T: Copy>(random: &mut Random, of: &[T]) -> T {
    of[random.below(of.len() as u64) as usize]
}

/// Text of up to `longest` characters, the awkward ones often.
fn text(random: &mut Random, longest: u64) -> String {
    let awkward =
        ['%', '/', '?', '&', '#', '"', '\\', ',', ';', '<', '>', '=', ' ', '.', ':', '@', '*', 'é', '水', '\u{1f}'];
    let len = random.below(longest + 1);
    (0..len)
        .map(|_| if random.below(2) == 0 { one(random, &awkward) } else { (b'a' + random.below(26) as u8).into() })
        .collect()
}

/// Percent-encodes some bytes that need it not, and all that do.
fn encoded(random: &mut Random, bytes: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$'()*+,;=:@".contains(&byte);
    let one = |random: &mut Random, byte: u8| match plain(byte) && random.below(4) != 0 {
        true => char::from(byte).to_string(),
        false if random.below(2) == 0 => format!("%{byte:02X}"),
        false => format!("%{byte:02x}"),
    };
    bytes.iter().map(|byte| one(random, *byte)).collect()
}

fn address(random: &mut Random) -> IpAddr {
    match random.below(2) {
        0 => IpAddr::from([random.number() as u8, random.number() as u8, 0, 1]),
        _ => {
            let group = |random: &mut Random| if random.below(2) == 0 { 0 } else { random.number() as u16 };
            IpAddr::from(std::array::from_fn::<u16, 8, _>(|_| group(random)))
        }
    }
}

fn listed(options: Options<'_>) -> Vec<(u16, Vec<u8>)> {
    options.map(|opt| (opt.number.0, opt.value.to_vec())).collect()
}

#[test]
fn a_uri_and_its_options_part_ways() {
    let mut random = random();
    for _ in 0..30_000 {
        let (secure, destination) = (random.below(2) == 0, address(&mut random));
        let name = one(&mut random, &["example.com", "h", "a-b.c_d~e!", "bücher.example", "1.2.3", "x,y;z"]);
        let own = random.below(3) == 0;
        let host = match destination {
            IpAddr::V4(address) if own => address.to_string(),
            IpAddr::V6(address) if own => format!("[{}]", address.to_string().to_uppercase()),
            _ => {
                let upper = if random.below(2) == 0 { name.to_ascii_uppercase() } else { name.to_owned() };
                encoded(&mut random, upper.as_bytes())
            }
        };
        let default = if secure { 5684 } else { 5683 };
        let port = if random.below(2) == 0 { default } else { random.number() as u16 };
        let mut parts = |most: u64| (0..random.below(most)).map(|_| text(&mut random, 12)).collect::<Vec<_>>();
        let (path, query) = (parts(4), parts(4));
        // what a path cannot be made of: it is resolved before it is taken apart
        let path: Vec<_> = path.into_iter().filter(|part| part != "." && part != "..").collect();
        let joined = |random: &mut Random, parts: &[String], divider| {
            parts.iter().map(|part| encoded(random, part.as_bytes())).collect::<Vec<_>>().join(divider)
        };
        let scheme = one(&mut random, if secure { &["coaps", "COAPS"] } else { &["coap", "CoAP"] });
        let asks = if query.is_empty() { "" } else { "?" };
        let written = match port == default && random.below(2) == 0 {
            true => one(&mut random, &["", ":"]).to_owned(),
            false => format!(":{port}"),
        };
        let (path_text, query_text) = (joined(&mut random, &path, "/"), joined(&mut random, &query, "&"));
        let uri = format!("{scheme}://{host}{written}/{path_text}{asks}{query_text}");

        let to = SocketAddr::new(destination, if random.below(2) == 0 { port } else { 1 });
        let (mut space, mut again) = (vec![0; 1_000], vec![0; 1_000]);
        let parsed = Uri::parse(&uri).unwrap_or_else(|error| panic!("{uri}: {error}"));
        let options = parsed.options_to(to, &mut space).unwrap();
        let of = |number: OptionNumber| listed(options).into_iter().filter(move |(found, _)| *found == number.0);
        let values = |number| of(number).map(|(_, value)| String::from_utf8(value).unwrap()).collect::<Vec<_>>();
        let lone = path.len() == 1 && path[0].is_empty();
        assert_eq!(values(OptionNumber::URI_PATH), if lone { vec![] } else { path }, "{uri}");
        assert_eq!(values(OptionNumber::URI_QUERY), query, "{uri}");
        assert_eq!(values(OptionNumber::URI_HOST), if own { vec![] } else { vec![name.to_ascii_lowercase()] }, "{uri}");
        assert_eq!(of(OptionNumber::URI_PORT).count(), usize::from(to.port() != port), "{uri}");

        // back to the same URI, in normal form (RFC 7252 6.3), and from there to the same options
        let composed = RequestUri::new(secure, to, options).unwrap().to_string();
        assert_eq!(composed, parsed.to_string(), "{uri}");
        let parsed = Uri::parse(&composed).unwrap();
        assert_eq!(parsed.to_string(), composed);
        assert_eq!(listed(parsed.options_to(to, &mut again).unwrap()), listed(options), "{uri}");
    }
}

#[test]
fn options_of_any_bytes_and_the_uri_composed_of_them_part_ways() {
    let mut random = random();
    for _ in 0..20_000 {
        let mut message = [0; 200];
        let mut writer = Writer::new(&mut message, Type::Confirmable, Code::GET, 1, &[]);
        for number in [OptionNumber::URI_PATH, OptionNumber::URI_QUERY] {
            for _ in 0..random.below(4) {
                let len = random.below(16) as usize;
                writer.option(number, &random.bytes(len));
            }
        }
        let len = writer.finish().unwrap();
        let options = Message::parse(&message[..len]).unwrap().options();
        let to = SocketAddr::new(address(&mut random), random.number() as u16);
        let composed = RequestUri::new(true, to, options).unwrap().to_string();
        let mut space = [0; 200];
        let again = Uri::parse(&composed).unwrap().options_to(to, &mut space).unwrap();
        let mut expected = listed(options);
        // one empty segment is a lone slash, and dots alone are no segment (RFC 7252 6.4 steps 2 and 8)
        let paths = expected.iter().filter(|(number, _)| *number == 11).count();
        if expected.iter().any(|(number, value)| *number == 11 && [&b"."[..], b".."].contains(&&value[..])) {
            continue;
        }
        expected.retain(|(number, value)| *number != 11 || paths > 1 || !value.is_empty());
        assert_eq!(listed(again), expected, "{composed}");
    }
}

#[test]
fn text_that_is_no_uri_panics_or_has_a_normal_form_that_is_none() {
    let mut random = random();
    let mut taken = 0;
    for _ in 0..50_000 {
        let start = one(
            &mut random,
            &["coap://", "coaps://h", "coap://[::1]", "coap://[", "coap:", "", "//", "coap://1.2.3.4:"],
        );
        let uri = format!("{start}{}", text(&mut random, 20));
        let (mut space, base) = ([0; 300], Uri::parse("coap://base/").unwrap());
        let _ = base.resolve(&uri).map(|uri| uri.to_string());
        let Ok(parsed) = Uri::parse(&uri) else { continue };
        let _ = parsed.options(&mut space);
        let _ = parsed.host_option(&mut space);
        let normal = parsed.to_string();
        if parsed.options(&mut space).is_ok() {
            assert_eq!(Uri::parse(&normal).unwrap().to_string(), normal, "{uri}");
            taken += 1;
        }
    }
    assert!(taken > 3_000, "{taken}");
}

#[test]
fn links_written_are_read_otherwise_whole_or_in_blocks() {
    let mut random = random();
    for _ in 0..5_000 {
        let mut document = String::new();
        let mut writer = LinkWriter::new(&mut document);
        let mut written = Vec::new();
        for _ in 0..random.below(5) {
            let target = one(&mut random, &["/", "/a,b", "/sensors/temp?x=1;2", "coap://h/x", ""]);
            let (title, size) = (text(&mut random, 10), random.number() as u32 >> random.below(32));
            let kinds = ["a", "light-lux core.sen-light", "b c"];
            let kind = one(&mut random, &kinds);
            writer.link(target).attribute("title", &title).attribute("rt", kind).number("sz", size).flag("obs");
            written.push((target, title, kind, size));
        }
        writer.finish().unwrap();
        let read: Vec<_> = links(&document).map(|link| link.unwrap()).collect();
        assert_eq!(read.len(), written.len());
        for (link, (target, title, kind, size)) in read.iter().zip(&written) {
            assert_eq!((link.target, link.size()), (*target, Some(*size)));
            assert_eq!(Unescaped::new(link.parameter("title").unwrap()).to_string(), *title);
            assert!(link.values("rt").eq(kind.split(' ')));
            for (query, matches) in [
                (format!("href={target}"), !target.ends_with('*')),
                (format!("rt={}*", &kind[..1]), true),
                (format!("title={title}"), true),
                (format!("title={title}x"), false),
                (format!("sz={size}"), true),
                ("sz=1*".into(), size.to_string().starts_with('1')),
                ("obs=".into(), true),
                ("ct=*".into(), false),
            ] {
                assert_eq!(Filter::new(&query).matches(link), matches, "{query} in {document}");
            }
        }
        let (size, mut buffer) = (1 + random.below(64) as usize, [0; 200]);
        assert_eq!(
            in_blocks(document.as_bytes(), size, &mut buffer),
            read.iter().map(|link| format!("{link:?}")).collect::<Vec<_>>()
        );
    }
}

/// The links of a document that comes in blocks of `size`.
fn in_blocks(document: &[u8], size: usize, buffer: &mut [u8]) -> Vec<String> {
    let mut cut = CutLinks::new(buffer);
    let mut found = Vec::new();
    for mut block in document.chunks(size) {
        while let Some(link) = cut.next_of(&mut block) {
            found.push(format!("{link:?}"));
        }
    }
    found.extend(cut.finish().map(|link| format!("{link:?}")));
    found
}

#[test]
fn damaged_documents_panic_or_hold_other_links_in_blocks_of_another_size() {
    let mut random = random();
    let mut found = 0;
    for _ in 0..20_000 {
        let document: String = (0..random.below(4))
            .map(|_| format!("</{}>;x=\"{}\";y,", text(&mut random, 4), text(&mut random, 4)))
            .collect();
        let mut bytes = document.into_bytes();
        if !bytes.is_empty() && random.below(2) == 0 {
            let at = random.below(bytes.len() as u64) as usize;
            bytes[at] = random.number() as u8;
        }
        let (first, second) = (1 + random.below(20) as usize, 1 + random.below(20) as usize);
        let room = random.below(60) as usize;
        let mut buffer = vec![0; room];
        let (one, other) = (in_blocks(&bytes, first, &mut buffer), in_blocks(&bytes, second, &mut vec![0; room]));
        assert_eq!(one, other, "{}", String::from_utf8_lossy(&bytes));
        found += one.len();
        if let Ok(text) = std::str::from_utf8(&bytes) {
            assert!(links(text).count() <= bytes.len() / 3 + 1);
        }
    }
    assert!(found > 5_000, "{found}");
}

/// Problem details by minicbor, with entries in any order, known and not, and what they are.
fn details(random: &mut Random) -> (Vec<u8>, Vec<i64>) {
    let mut keys: Vec<i64> = (-12..=-1).filter(|_| random.below(2) == 0).collect();
    keys.extend((0..random.below(3)).map(|at| 100 + at as i64));
    random.shuffle(&mut keys);
    let mut encoder = Encoder::new(Vec::new());
    let open = random.below(2) == 0;
    if open { encoder.begin_map() } else { encoder.map(keys.len() as u64) }.unwrap();
    for key in &keys {
        encoder.i64(*key).unwrap();
        match key {
            -1 | -2 if random.below(2) == 0 => {
                encoder.tag(minicbor::data::Tag::new(38)).unwrap().array(3).unwrap().str("de-AT").unwrap();
                encoder.str("Text").unwrap().bool(true).unwrap();
            }
            -1 | -2 | -3 | -5 => drop(encoder.str("Text").unwrap()),
            -4 => drop(encoder.u8(132).unwrap()),
            -6 => drop(encoder.str("fr").unwrap()),
            -7 => drop(encoder.null().unwrap()),
            -8 => drop(encoder.array(2).unwrap().u16(11).unwrap().u16(2_049).unwrap()),
            _ => unknown(random, &mut encoder, 0),
        }
    }
    if open {
        encoder.end().unwrap();
    }
    (encoder.into_writer(), keys)
}

/// Any item, nested a little.
fn unknown(random: &mut Random, encoder: &mut Encoder<Vec<u8>>, depth: u32) {
    match random.below(if depth < 4 { 11 } else { 7 }) {
        0 => drop(encoder.u64(random.number() >> random.below(64)).unwrap()),
        1 => drop(encoder.i64((random.number() >> random.below(64)) as i64).unwrap()),
        2 => drop(encoder.bytes(&random.bytes(5)).unwrap()),
        3 => drop(encoder.str("größe").unwrap()),
        4 => drop(encoder.f64(1.5).unwrap()),
        5 => drop(encoder.begin_str().unwrap().str("a").unwrap().str("b").unwrap().end().unwrap()),
        6 => drop(encoder.undefined().unwrap()),
        7 => {
            encoder.tag(minicbor::data::Tag::new(random.number() >> 40)).unwrap();
            unknown(random, encoder, depth + 1);
        }
        8 => {
            let len = random.below(3);
            encoder.array(len).unwrap();
            (0..len).for_each(|_| unknown(random, encoder, depth + 1));
        }
        9 => {
            encoder.begin_array().unwrap();
            (0..random.below(3)).for_each(|_| unknown(random, encoder, depth + 1));
            encoder.end().unwrap();
        }
        _ => {
            let len = random.below(3);
            encoder.map(len).unwrap();
            (0..2 * len).for_each(|_| unknown(random, encoder, depth + 1));
        }
    }
}

#[test]
fn problem_details_of_another_encoder_are_read_otherwise() {
    let mut random = random();
    let mut read = 0;
    for _ in 0..20_000 {
        let (bytes, keys) = details(&mut random);
        let problem = match ProblemDetails::parse(&bytes) {
            Ok(problem) => problem,
            Err(error) => {
                assert!(keys.is_empty() && error == ProblemError::NotAMap, "{}: {error}", hex::encode(&bytes));
                continue;
            }
        };
        read += 1;
        let has = |key| keys.contains(&key);
        let text = problem.title().map(|title| title.text);
        assert_eq!((text, problem.detail().is_some()), (has(-1).then_some("Text"), has(-2)));
        if let Some(title) = problem.title() {
            let (own, base) = (title.language == "de-AT", if has(-6) { "fr" } else { "en" });
            assert!(own || title.language == base);
            let plain = if has(-7) { Direction::Auto } else { Direction::LeftToRight };
            assert_eq!(title.direction, if own { Direction::RightToLeft } else { plain });
        }
        assert_eq!((problem.instance().is_some(), problem.base_uri().is_some()), (has(-3), has(-5)));
        assert_eq!(problem.response_code(), has(-4).then_some(Code::NOT_FOUND));
        assert_eq!((problem.base_language().is_some(), problem.base_direction().is_some()), (has(-6), has(-7)));
        assert_eq!(problem.unprocessed_options().count(), if has(-8) { 2 } else { 0 });
        let found: Vec<i64> = problem.entries().map(|entry| number(&entry.key)).collect();
        assert_eq!(found, keys);
        for entry in problem.entries() {
            let mut decoder = Decoder::new(entry.value);
            decoder.skip().unwrap();
            assert_eq!(decoder.position(), entry.value.len());
        }
    }
    assert!(read > 15_000, "{read}");
}

fn number(key: &EntryKey<'_>) -> i64 {
    match key {
        EntryKey::Standard(key) => *key,
        EntryKey::Custom(key) => *key as i64,
        EntryKey::Uri(uri) => panic!("{uri}"),
    }
}

#[test]
fn damaged_problem_details_panic_or_are_taken_where_the_cbor_is_none() {
    let mut random = random();
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..60_000 {
        let (mut bytes, _) = details(&mut random);
        for _ in 0..random.below(3) {
            let at = random.below(bytes.len() as u64) as usize;
            match random.below(3) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = random.number() as u8,
                _ => bytes[at] ^= 1 << random.below(8),
            }
        }
        match ProblemDetails::parse(&bytes) {
            Ok(problem) => {
                taken += 1;
                let mut decoder = Decoder::new(&bytes);
                decoder.skip().unwrap_or_else(|error| panic!("{}: {error}", hex::encode(&bytes)));
                assert_eq!(decoder.position(), bytes.len());
                let _ = (problem.to_string(), problem.unprocessed_options().count(), problem.entries().count());
            }
            Err(_) => refused += 1,
        }
    }
    println!("{taken} taken, {refused} refused");
    assert!(taken > 10_000 && refused > 10_000);
}

//! RFC 6690: the documents of section 5, and the names and values of sections 2 and 3, read link by link.

use stint_coap::{Filter, links};

/// A link: its target, and its parameters in order.
type Expected<'d> = (&'d str, &'d [(&'d str, Option<&'d str>)]);

/// Reads a document, as it is printed, and without the line feeds that are there for readability.
#[track_caller]
fn document(printed: &str, expected: &[Expected<'_>]) {
    for text in [printed.to_owned(), printed.replace('\n', "")] {
        let read: Vec<_> = links(&text).collect::<Result<_, _>>().unwrap_or_else(|rest| panic!("stopped at {rest}"));
        let read: Vec<(&str, Vec<_>)> = read.iter().map(|link| (link.target, link.parameters().collect())).collect();
        let expected: Vec<(&str, Vec<_>)> = expected.iter().map(|(target, all)| (*target, all.to_vec())).collect();
        assert_eq!(read, expected, "{text}");
    }
}

const TEMPERATURE: Expected<'static> = ("/sensors/temp", &[("rt", Some("temperature-c")), ("if", Some("sensor"))]);
const LIGHT: Expected<'static> = ("/sensors/light", &[("rt", Some("light-lux")), ("if", Some("sensor"))]);
const ALTERNATE: Expected<'static> = ("/t", &[("anchor", Some("/sensors/temp")), ("rel", Some("alternate"))]);
const DESCRIBED: &[(&str, Option<&str>)] = &[("anchor", Some("/sensors/temp")), ("rel", Some("describedby"))];

#[test]
fn rfc6690_5_two_sensors_with_one_interface() {
    let sensor: &[_] = &[("if", Some("sensor"))];
    let expected = [("/sensors/temp", sensor), ("/sensors/light", sensor)];
    document("</sensors/temp>;if=\"sensor\",\n</sensors/light>;if=\"sensor\"", &expected);
    document("</sensors/temp>;if=\"sensor\",</sensors/light>;if=\"sensor\"", &expected);
}

#[test]
fn rfc6690_5_an_entry_point_and_the_document_behind_it() {
    document("</sensors>;ct=40", &[("/sensors", &[("ct", Some("40"))])]);
    document(
        "</sensors/temp>;rt=\"temperature-c\";if=\"sensor\",\n</sensors/light>;rt=\"light-lux\";if=\"sensor\"",
        &[TEMPERATURE, LIGHT],
    );
}

#[test]
fn rfc6690_5_answers_to_a_filter() {
    document("</sensors/light>;rt=\"light-lux\";if=\"sensor\"", &[LIGHT]);
    document(
        "</sensors/light>;rt=\"light-lux core.sen-light\";if=\"sensor\"",
        &[("/sensors/light", &[("rt", Some("light-lux core.sen-light")), ("if", Some("sensor"))])],
    );
}

#[test]
fn rfc6690_5_anchors_and_a_target_that_goes_over_two_lines() {
    document(
        "</sensors>;ct=40;title=\"Sensor Index\",\n\
         </sensors/temp>;rt=\"temperature-c\";if=\"sensor\",\n\
         </sensors/light>;rt=\"light-lux\";if=\"sensor\",\n\
         <http://www.example.com/sensors/t123>;anchor=\"/sensors/temp\"\n\
         ;rel=\"describedby\",\n\
         </t>;anchor=\"/sensors/temp\";rel=\"alternate\"",
        &[
            ("/sensors", &[("ct", Some("40")), ("title", Some("Sensor Index"))]),
            TEMPERATURE,
            LIGHT,
            ("http://www.example.com/sensors/t123", DESCRIBED),
            ALTERNATE,
        ],
    );
    document(
        "<http://www.example.com/sensors/temp123>;anchor=\"/sensors/temp\"\n;rel=\"describedby\",\n\
         </t>;anchor=\"/sensors/temp\";rel=\"alternate\"",
        &[("http://www.example.com/sensors/temp123", DESCRIBED), ALTERNATE],
    );
}

#[test]
fn rfc6690_5_a_resource_larger_than_64_kib() {
    document(
        "</firmware/v2.1>;rt=\"firmware\";sz=262144",
        &[("/firmware/v2.1", &[("rt", Some("firmware")), ("sz", Some("262144"))])],
    );
}

#[test]
fn rfc6690_3_values_that_are_uris() {
    document(
        "</a>;rt=\"http://sweet.jpl.nasa.gov/2.0/phys.owl#Temperature\";if=\"http://www.example.org/myapp.wadl#sensor\",\n\
         </b>;rt=\"outdoor-temperature\";if=\"urn:myapp:sensor\"",
        &[
            (
                "/a",
                &[
                    ("rt", Some("http://sweet.jpl.nasa.gov/2.0/phys.owl#Temperature")),
                    ("if", Some("http://www.example.org/myapp.wadl#sensor")),
                ],
            ),
            ("/b", &[("rt", Some("outdoor-temperature")), ("if", Some("urn:myapp:sensor"))]),
        ],
    );
}

#[test]
fn rfc6690_2_each_parameter_of_the_grammar() {
    document(
        "</a>;rel=item;anchor=\"/b\";rev=\"up next\";hreflang=de;media=screen;media=\"tv\";title=\"one, two; three\";\
         title*=UTF-8'en'%e2%82%ac;type=text/plain;type=\"text/csv\";rt=x.y;if=\"p q\";sz=7;flag;x=!#$%&'()*+-./:<=>?@[]^_`{|}~",
        &[(
            "/a",
            &[
                ("rel", Some("item")),
                ("anchor", Some("/b")),
                ("rev", Some("up next")),
                ("hreflang", Some("de")),
                ("media", Some("screen")),
                ("media", Some("tv")),
                ("title", Some("one, two; three")),
                ("title*", Some("UTF-8'en'%e2%82%ac")),
                ("type", Some("text/plain")),
                ("type", Some("text/csv")),
                ("rt", Some("x.y")),
                ("if", Some("p q")),
                ("sz", Some("7")),
                ("flag", None),
                ("x", Some("!#$%&'()*+-./:<=>?@[]^_`{|}~")),
            ],
        )],
    );
    // In the absence of any links (section 4).
    document("", &[]);
}

#[test]
fn rfc6690_4_1_query_uris() {
    let document = "</foo>;foo=bar,</foobar>;foo=barley,</fo>;foo=ba,</other>,</t>;rt=\"temperature-c x\"";
    for (query, found) in [
        ("href=/foo", &["/foo"][..]),
        ("href=/foo*", &["/foo", "/foobar"]),
        ("foo=bar", &["/foo"]),
        ("foo=bar*", &["/foo", "/foobar"]),
        // An empty Prefix Value String: whatever exists.
        ("foo=*", &["/foo", "/foobar", "/fo"]),
        ("rt=temperature-c", &["/t"]),
    ] {
        let filter = Filter::new(query);
        let left: Vec<&str> =
            links(document).flatten().filter(|link| filter.matches(link)).map(|link| link.target).collect();
        assert_eq!(left, found, "{query}");
    }
}

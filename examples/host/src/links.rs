//! `stint discover`: the links of /.well-known/core (RFC 6690), as a table, as they are written, or for a program.

use crate::exit::Failure;
use crate::names;
use crate::uri::encode;
use serde::Serialize;
use serde_json::{Map, Value};
use std::net::SocketAddr;
use stint_coap::{ContentFormat, Link, Unescaped, links};

/// The URI with the path of the list of links, where it names none, and with these filters in its query (RFC 6690 4.1).
pub(crate) fn well_known(uri: &str, filters: &[String]) -> Result<String, Failure> {
    let (before, query) = uri.split_once('?').map_or((uri, None), |(before, query)| (before, Some(query)));
    // Of a proxy's, the scheme may be any.
    let path = before.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let mut whole = before.to_owned();
    if path.is_empty() {
        whole = format!("{}/.well-known/core", before.trim_end_matches('/'));
    }
    let mut parts: Vec<String> = query.map(str::to_owned).into_iter().collect();
    for filter in filters {
        let Some((name, value)) = filter.split_once('=') else {
            return Err(Failure::usage(format!("-q {filter}: a filter is NAME=VALUE")));
        };
        parts.push(format!("{}={}", encode(name), encode(value)));
    }
    if !parts.is_empty() {
        whole = format!("{whole}?{}", parts.join("&"));
    }
    Ok(whole)
}

/// How the links are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Table,
    Raw,
    Json,
}

/// A document, laid out. The failure, where it is malformed, comes with what could be read.
pub(crate) fn laid_out(document: &str, layout: Layout, from: Option<SocketAddr>) -> (String, Result<(), Failure>) {
    if layout == Layout::Raw {
        return (lines(document), Ok(()));
    }
    let (mut read, mut ended) = (Vec::new(), Ok(()));
    for link in links(document) {
        match link {
            Ok(link) => read.push(link),
            Err(rest) => {
                let rest: String = rest.chars().take(40).collect();
                ended = Err(Failure::Response(format!(
                    "the list of links is malformed here: {rest:?}; --raw shows it all"
                )));
            }
        }
    }
    let text = match layout {
        Layout::Json => read.iter().map(|link| format!("{}\n", for_program(link, from))).collect(),
        _ => table(&read),
    };
    (text, ended)
}

fn for_program(link: &Link<'_>, from: Option<SocketAddr>) -> String {
    #[derive(Serialize)]
    struct Told<'a> {
        #[serde(rename = "type")]
        kind: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<SocketAddr>,
        target: &'a str,
        attributes: Map<String, Value>,
    }
    let mut attributes: Map<String, Value> = Map::new();
    for (name, value) in link.parameters() {
        let value = value.map_or(Value::Bool(true), |text| Unescaped::new(text).to_string().into());
        attributes.entry(name).or_insert(value);
    }
    // Text and numbers alone: that cannot fail.
    serde_json::to_string(&Told { kind: "link", from, target: link.target, attributes }).unwrap_or_default()
}

/// A row a link, a column for each of these attributes that any link has.
fn table(links: &[Link<'_>]) -> String {
    const ATTRIBUTES: [&str; 6] = ["rt", "if", "ct", "sz", "obs", "title"];
    let attributes = ATTRIBUTES.iter().filter(|name| links.iter().any(|link| link.parameter(name).is_some()));
    let attributes: Vec<&str> = attributes.copied().collect();
    let mut rows = vec![["target"].iter().chain(&attributes).map(|name| (*name).to_owned()).collect::<Vec<_>>()];
    for link in links {
        let cells = attributes.iter().map(|name| cell(name, link.parameter(name)));
        rows.push([printable(link.target)].into_iter().chain(cells).collect());
    }
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..=attributes.len()).map(|column| width(column).unwrap_or(0)).collect();
    let row = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(row).collect()
}

fn cell(name: &str, value: Option<&str>) -> String {
    match (name, value) {
        (_, None) => "-".into(),
        ("obs", Some("")) => "yes".into(),
        // One or more numbers (RFC 7252 7.2.1).
        ("ct", Some(formats)) => {
            let named = |text: &str| {
                text.parse().map_or_else(|_| printable(text), |number| names::format_shown(ContentFormat(number)))
            };
            formats.split_ascii_whitespace().map(named).collect::<Vec<_>>().join(" ")
        }
        (_, Some(value)) => printable(&Unescaped::new(value).to_string()),
    }
}

/// What a terminal would act on is not handed to it.
fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}

/// Each link on its line: a comma divides two links unless it stands in quotes or in the target's brackets (RFC 6690 2).
fn lines(document: &str) -> String {
    let (mut quoted, mut escaped, mut bracket) = (false, false, false);
    let mut out = String::new();
    for character in document.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if !bracket => quoted = !quoted,
            '<' if !quoted => bracket = true,
            '>' if !quoted => bracket = false,
            _ => {}
        }
        if character == ',' && !quoted && !bracket { out.push('\n') } else { out.push(character) }
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Layout, laid_out, well_known};

    #[test]
    fn commas_in_quotes_and_in_targets_divide_nothing() {
        assert_eq!(
            super::lines(r#"</a>;ct=0,</b,c>;title="x, \"y\", z",</d>"#),
            "</a>;ct=0\n</b,c>;title=\"x, \\\"y\\\", z\"\n</d>\n"
        );
        assert_eq!(super::lines(""), "");
    }

    #[test]
    fn a_table_has_the_columns_that_some_link_has() {
        let (table, ended) = laid_out(r#"</a>;ct="0 60";rt="x y",</longer>;obs;sz=7"#, Layout::Table, None);
        assert!(ended.is_ok());
        assert_eq!(
            table,
            "target   rt   ct                           sz  obs\n\
             /a       x y  text/plain application/cbor  -   -\n\
             /longer  -    -                            7   yes\n"
        );
    }

    #[test]
    fn what_is_malformed_fails_after_what_could_be_read() {
        let (table, ended) = laid_out("</a>;ct=0,</b", Layout::Table, None);
        assert!(table.contains("/a") && ended.is_err(), "{table}");
        let (json, ended) = laid_out("</a>;obs;rt=\"x\"", Layout::Json, None);
        assert!(ended.is_ok());
        assert_eq!(json, "{\"type\":\"link\",\"target\":\"/a\",\"attributes\":{\"obs\":true,\"rt\":\"x\"}}\n");
        let (hostile, _) = laid_out("</\u{1b}[2J>", Layout::Table, None);
        assert!(!hostile.contains('\u{1b}'));
    }

    #[test]
    fn the_list_s_path_and_the_filters_are_added() {
        let filters = ["rt=a b".to_owned(), "href=/x*".to_owned()];
        for (uri, whole) in [
            ("coap://h", "coap://h/.well-known/core?rt=a%20b&href=%2Fx%2A"),
            ("coap://h/?if=y", "coap://h/.well-known/core?if=y&rt=a%20b&href=%2Fx%2A"),
            ("coap://h/rd-lookup/res", "coap://h/rd-lookup/res?rt=a%20b&href=%2Fx%2A"),
        ] {
            assert_eq!(well_known(uri, &filters).unwrap(), whole);
        }
        assert!(well_known("coap://h", &["rt".into()]).is_err());
    }
}

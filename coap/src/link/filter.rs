//! Which links a query asks for (RFC 6690 4.1): what a client sends, and a server goes by.

use super::{Link, Unescaped};

/// The parameters that have several values divided by spaces, each of which can match (RFC 6690 4.1). `ct` is one of them too, by
/// RFC 7252 7.2.1.
const LISTS: [&str; 5] = ["rt", "if", "rel", "rev", "ct"];

/// A filter of links: the name of an attribute, or `href` for the target, and the value that it must have, or with a star after it begin with.
///
/// ```
/// use stint_coap::{Filter, links};
/// let document = "</sensors/temp>;rt=\"temperature-c\",</sensors/light>;rt=\"light-lux core.sen-light\"";
/// let filter = Filter::new("rt=light*");
/// let found: Vec<_> = links(document).flatten().filter(|link| filter.matches(link)).collect();
/// assert_eq!(found.len(), 1);
/// assert_eq!(found[0].target, "/sensors/light");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter<'q> {
    /// The attribute's name, or `href`.
    pub name: &'q str,
    /// What it must be, or begin with.
    pub value: &'q str,
    /// True for a Prefix Value String.
    pub prefix: bool,
}

impl<'q> Filter<'q> {
    /// From an argument of the query, percent-decoded as the Uri-Query option is. A name without a value asks for all links with that
    /// attribute, as `name=*` does; RFC 6690 does not say.
    #[must_use]
    pub fn new(argument: &'q str) -> Self {
        let (name, value) = argument.split_once(['=']).unwrap_or((argument, "*"));
        match value.strip_suffix(['*']) {
            Some(value) => Self { name, value, prefix: true },
            None => Self { name, value, prefix: false },
        }
    }

    /// True if the link has such an attribute with such a value; one without a value is as one with an empty value. All filters of a
    /// query with several must match (RFC 9176 6.1); RFC 6690 knows only one.
    #[must_use]
    pub fn matches(&self, link: &Link<'_>) -> bool {
        if self.name == "href" {
            return self.fits(link.target.chars());
        }
        link.parameters().filter(|(name, _)| *name == self.name).any(|(name, value)| {
            let value = value.unwrap_or_default();
            match LISTS.contains(&name) {
                true => value.split([' ']).any(|value| self.fits(Unescaped::new(value))),
                false => self.fits(Unescaped::new(value)),
            }
        })
    }

    fn fits(&self, mut found: impl Iterator<Item = char>) -> bool {
        self.value.chars().all(|wanted| found.next() == Some(wanted)) && (self.prefix || found.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;
    use crate::link::links;
    use std::vec::Vec;

    #[test]
    fn queries_of_rfc_6690_find_other_links() {
        let document = concat!(
            r#"</sensors>;ct="40 50";title="Sensor \"Index\"",</sensors/temp>;rt="temperature-c";if="sensor";obs,"#,
            r#"</sensors/light>;rt="light-lux core.sen-light";if="sensor",</firmware/v2.1>;rt="firmware";sz=262144,"#,
            r#"<http://www.example.com/sensors/t123>;anchor="/sensors/temp";rel="describedby",</t>;anchor="/sensors/temp";rel="alternate""#
        );
        for (query, found) in [
            ("rt=light-lux", &["/sensors/light"][..]),
            ("rt=core.sen-light", &["/sensors/light"]),
            ("rt=light", &[]),
            ("rt=light*", &["/sensors/light"]),
            ("rt=core*", &["/sensors/light"]),
            ("rt=light-lux core.sen-light", &[]),
            ("if=sensor", &["/sensors/temp", "/sensors/light"]),
            ("rt=*", &["/sensors/temp", "/sensors/light", "/firmware/v2.1"]),
            ("href=/sensors", &["/sensors"]),
            ("href=/sensors/*", &["/sensors/temp", "/sensors/light"]),
            ("anchor=/sensors/temp", &["http://www.example.com/sensors/t123", "/t"]),
            ("rel=alternate", &["/t"]),
            ("rel=hosts", &[]),
            ("sz=262144", &["/firmware/v2.1"]),
            ("sz=*", &["/firmware/v2.1"]),
            ("sz=", &[]),
            ("obs", &["/sensors/temp"]),
            ("obs=", &["/sensors/temp"]),
            ("ct=50", &["/sensors"]),
            ("title=Sensor \"Index\"", &["/sensors"]),
            ("title=Sensor", &[]),
            ("nothing=*", &[]),
        ] {
            let filter = Filter::new(query);
            let targets: Vec<_> =
                links(document).flatten().filter(|link| filter.matches(link)).map(|link| link.target).collect();
            assert_eq!(targets, found, "{query}");
        }
    }
}

//! Address literals (RFC 3986 3.2.2, RFC 4291 2.2), read, and written as RFC 5952 recommends. Core's own have panic paths.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Four numbers up to 255, without leading zeros.
pub(super) fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut parts = text.split(['.']).map(|part| {
        let fits = (1..=3).contains(&part.len()) && (part.len() == 1 || !part.starts_with('0'));
        fits.then(|| number(part, 10)).flatten().and_then(|value| u8::try_from(value).ok())
    });
    let mut next = || parts.next().flatten();
    let address = Ipv4Addr::new(next()?, next()?, next()?, next()?);
    parts.next().is_none().then_some(address)
}

/// Eight groups of hexadecimal digits, or fewer with `::` for those that are zero; the last two may be written as IPv4.
pub(super) fn ipv6(text: &str) -> Option<Ipv6Addr> {
    let mut groups = [0u16; 8];
    let (mut room, mut count, mut gap) = (groups.iter_mut(), 0u8, None);
    let mut rest = text;
    if let Some(after) = text.strip_prefix("::") {
        gap = Some(0);
        rest = after;
    }
    while !(rest.is_empty() && gap == Some(count)) {
        let (part, after) = match rest.split_once([':']) {
            Some((part, after)) => (part, Some(after)),
            None => (rest, None),
        };
        if part.contains(['.']) && after.is_none() {
            let [a, b, c, d] = ipv4(part)?.octets();
            *room.next()? = u16::from_be_bytes([a, b]);
            *room.next()? = u16::from_be_bytes([c, d]);
            count = count.wrapping_add(2);
            break;
        }
        match (part.len(), gap) {
            (1..=4, _) => {
                *room.next()? = number(part, 16)?;
                count = count.wrapping_add(1);
            }
            (0, None) if count > 0 && after.is_some() => gap = Some(count),
            _ => return None,
        }
        match after {
            Some(after) => rest = after,
            None => break,
        }
    }
    let zeros = 8u8.checked_sub(count)?;
    if (zeros == 0) != gap.is_none() {
        return None;
    }
    let gap = gap.unwrap_or(8);
    let mut address = [0u16; 8];
    let to = address.iter_mut().zip(0u8..).filter(|(_, at)| !(gap..gap.saturating_add(zeros)).contains(at));
    to.zip(groups).for_each(|((to, _), group)| *to = group);
    Some(address.into())
}

/// Digits without a sign.
fn number(digits: &str, radix: u32) -> Option<u16> {
    digits.chars().try_fold(0u16, |value, digit| {
        let digit = digit.to_digit(radix)? as u16;
        value.checked_mul(radix as u16)?.checked_add(digit)
    })
}

/// An address as a host, IPv6 in brackets with its zone if it has one (RFC 6874).
pub(super) fn write(out: &mut dyn fmt::Write, address: IpAddr, zone: Option<&str>) -> fmt::Result {
    let address = match address {
        IpAddr::V4(address) => return dotted(out, address),
        IpAddr::V6(address) => address,
    };
    out.write_char('[')?;
    match address.to_ipv4_mapped() {
        Some(mapped) => {
            out.write_str("::ffff:")?;
            dotted(out, mapped)?;
        }
        None => groups(out, address)?,
    }
    if let Some(zone) = zone {
        out.write_str("%25")?;
        out.write_str(zone)?;
    }
    out.write_char(']')
}

fn dotted(out: &mut dyn fmt::Write, address: Ipv4Addr) -> fmt::Result {
    let mut divider = "";
    for octet in address.octets() {
        out.write_str(divider)?;
        digits(out, octet.into(), 10, 100)?;
        divider = ".";
    }
    Ok(())
}

/// In lower case, without leading zeros, the longest run of two zeros or more as `::`, the first of several (RFC 5952 4).
fn groups(out: &mut dyn fmt::Write, address: Ipv6Addr) -> fmt::Result {
    let groups = address.segments();
    let (mut run, mut longest, mut end) = (0u8, 1u8, 0u8);
    for (group, at) in groups.iter().zip(1u8..) {
        run = if *group == 0 { run.wrapping_add(1) } else { 0 };
        if run > longest {
            (longest, end) = (run, at);
        }
    }
    let gap = end.wrapping_sub(longest)..end;
    let mut divider = "";
    for (group, at) in groups.into_iter().zip(0u8..) {
        if end > 0 && gap.contains(&at) {
            divider = "::";
            continue;
        }
        out.write_str(divider)?;
        digits(out, group, 16, 0x1000)?;
        divider = ":";
    }
    out.write_str(if end == 8 { "::" } else { "" })
}

/// A number without leading zeros; `place` is the worth of the first digit that it may have.
fn digits(out: &mut dyn fmt::Write, value: u16, radix: u16, mut place: u16) -> fmt::Result {
    let mut begun = false;
    while place > 0 {
        let digit = value.checked_div(place).and_then(|value| value.checked_rem(radix)).unwrap_or_default();
        begun |= digit > 0 || place == 1;
        if begun {
            out.write_char(char::from_digit(digit.into(), 16).unwrap_or('0'))?;
        }
        place = place.checked_div(radix).unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ipv4, ipv6, write};
    use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    use std::string::{String, ToString};

    fn written(address: IpAddr) -> String {
        let mut text = String::new();
        write(&mut text, address, None).unwrap();
        text
    }

    #[test]
    fn an_address_is_read_otherwise_than_by_core() {
        for text in [
            "::",
            "::1",
            "1::",
            "1::2",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "1::8",
            "fe80::ABcd:0",
            "::ffff:1.2.3.4",
            "1:2:3:4:5:6:1.2.3.4",
            "::1.2.3.4",
            "1::1.2.3.4",
            "2001:0db8::0001",
            "",
            ":",
            ":::",
            "1",
            "1:",
            ":1",
            "1:::2",
            "1::2::3",
            "1:2:3:4:5:6:7:8::",
            "::1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7:8:9",
            "12345::",
            "g::",
            "1:2:3:4:5:6:7:1.2.3.4",
            "1.2.3.4::",
            "::1.2.3",
            "::1.2.3.4:5",
            "::+1",
            "1:2:3:4:5:6:7",
            "::1:",
            "1:2:3:4::5:6:7:8",
            "::%1",
            " ::1",
            "::-1",
        ] {
            assert_eq!(ipv6(text), text.parse().ok(), "{text}");
        }
        for text in [
            "1.2.3.4",
            "0.0.0.0",
            "255.255.255.255",
            "256.1.1.1",
            "01.2.3.4",
            "1.2.3",
            "1.2.3.4.5",
            "1..2.3",
            "",
            "+1.2.3.4",
            "1000.1.1.1",
            "a.1.1.1",
        ] {
            assert_eq!(ipv4(text), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn an_address_is_written_otherwise_than_by_core_or_not_read_back() {
        // every pattern of groups that are zero or not
        for pattern in 0..=255u16 {
            let groups: [u16; 8] =
                core::array::from_fn(|at| if pattern >> at & 1 == 1 { 0x1234u16 >> (at * 2) } else { 0 });
            let address = Ipv6Addr::from(groups);
            let text = written(address.into());
            assert_eq!(text, std::format!("[{address}]"));
            assert_eq!(ipv6(&text[1..text.len() - 1]), Some(address));
        }
        assert_eq!(written("::ffff:192.0.2.1".parse().unwrap()), "[::ffff:192.0.2.1]");
        for address in [Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST, Ipv4Addr::new(10, 9, 100, 101)] {
            assert_eq!(written(address.into()), address.to_string());
            assert_eq!(ipv4(&address.to_string()), Some(address));
        }
    }
}

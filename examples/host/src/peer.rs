//! Who the server is, in a line.

use std::net::IpAddr;
use stint_dtls::crypto::Hash;
use stint_dtls::crypto::soft::Sha256;
use stint_dtls::pki::{Name, PeerIdentity, UnixTime};

/// The subject, the names, the end of validity, and the hash of the key, as --pin takes it.
pub(crate) fn told(peer: &PeerIdentity<'_>) -> String {
    let key = format!("key SHA-256 {}", hash(peer.spki()));
    if peer.is_raw() {
        return format!("raw public key, {key}");
    }
    let mut told: Vec<String> = peer.common_name().map(|name| format!("CN {name:?}")).into_iter().collect();
    told.extend(peer.names().map(name));
    told.push(format!("valid until {}", date(peer.not_after())));
    told.push(key);
    told.join(", ")
}

fn name(name: Name<'_>) -> String {
    match name {
        Name::Dns(text) => format!("DNS {text:?}"),
        Name::Uri(text) => format!("URI {text:?}"),
        Name::Email(text) => format!("email {text:?}"),
        Name::Ip(bytes) => match (<[u8; 4]>::try_from(bytes), <[u8; 16]>::try_from(bytes)) {
            (Ok(address), _) => format!("IP {}", IpAddr::from(address)),
            (_, Ok(address)) => format!("IP {}", IpAddr::from(address)),
            _ => format!("IP 0x{}", hex::encode(bytes)),
        },
        Name::Other { tag, contents } => format!("name {tag:#04x} 0x{}", hex::encode(contents)),
        _ => "another name".into(),
    }
}

fn date(time: UnixTime) -> String {
    let seconds =
        i64::try_from(time.0).ok().and_then(|seconds| time::OffsetDateTime::from_unix_timestamp(seconds).ok());
    seconds.map_or_else(|| format!("{} s after 1970", time.0), |time| time.date().to_string())
}

fn hash(bytes: &[u8]) -> String {
    let mut state = Sha256.start();
    Sha256.update(&mut state, bytes);
    hex::encode(Sha256.finish(state))
}

#[cfg(test)]
mod tests {
    use super::{UnixTime, date};

    #[test]
    fn dates_are_told_as_dates_up_to_the_end_of_time() {
        assert_eq!(date(UnixTime(0)), "1970-01-01");
        assert_eq!(date(UnixTime(2_524_607_999)), "2049-12-31");
        assert_eq!(date(UnixTime(253_402_300_799)), "9999-12-31");
        assert_eq!(date(UnixTime(u64::MAX)), "18446744073709551615 s after 1970");
    }
}

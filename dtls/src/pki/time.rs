//! The wall clock, and the times of certificates (RFC 5280 4.1.2.5).

use super::{Der, GENERALIZED_TIME, UTC_TIME};
use crate::certificate_error::CertificateError;

/// A time of day and year: seconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub u64);

/// Whether the dates of certificates are checked. A device may start without knowing the time: what then holds is the application's to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// They are checked; while the time is not known, every chain is refused ([`CertificateError::ClockUnknown`]).
    Require(Option<UnixTime>),
    /// They are checked once the time is known. Until then an expired certificate is accepted.
    IfKnown(Option<UnixTime>),
    /// They are not checked: an expired certificate is accepted.
    Skip,
}

impl Clock {
    /// Both ends of a validity are part of it (RFC 5280 4.1.2.5).
    pub(super) fn check(&self, not_before: UnixTime, not_after: UnixTime) -> Result<(), CertificateError> {
        let now = match *self {
            Self::Require(None) => return Err(CertificateError::ClockUnknown),
            Self::Require(Some(now)) | Self::IfKnown(Some(now)) => now,
            Self::IfKnown(None) | Self::Skip => return Ok(()),
        };
        if now < not_before {
            Err(CertificateError::NotYetValid)
        } else if now > not_after {
            Err(CertificateError::Expired)
        } else {
            Ok(())
        }
    }
}

/// Takes a time off the front; what is none breaks the reader.
#[inline(never)]
pub(super) fn read_time(from: &mut Der<'_>) -> UnixTime {
    let time = from.element().and_then(|(tag, contents)| time(tag, contents));
    from.require(time.is_some());
    time.unwrap_or_default()
}

/// A Time: UTCTime YYMMDDHHMMSSZ, of the years 1950 to 2049, or GeneralizedTime YYYYMMDDHHMMSSZ, of any year. What was before 1970 counts as 1970.
///
/// 99991231235959Z is a time as any other; it means "never" (RFC 5280 4.1.2.5). A year before 2050 as GeneralizedTime is against 4.1.2.5 and
/// stands in certificates that work everywhere: it is accepted.
fn time(tag: u8, contents: &[u8]) -> Option<UnixTime> {
    let (pairs, end) = contents.as_chunks();
    let count = match tag {
        UTC_TIME => 6,
        GENERALIZED_TIME => 7,
        _ => return None,
    };
    if pairs.len() != count || end != b"Z" {
        return None;
    }
    let mut fields = [0; 7];
    for (field, [tens, ones]) in fields.iter_mut().rev().zip(pairs.iter().rev()) {
        let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
        if tens > 9 || ones > 9 {
            return None;
        }
        *field = u32::from(10 * tens + ones);
    }
    let [century, year, month, day, hour, minute, second] = fields;
    let century = match tag {
        GENERALIZED_TIME => century,
        _ if year < 50 => 20,
        _ => 19,
    };
    let leap = year & 3 == 0 && (year != 0 || century & 3 == 0);
    let last = if month == 2 { 28 + u32::from(leap) } else { 30 + ((month + (month >> 3)) & 1) };
    if !matches!(month, 1..=12) || day == 0 || day > last || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let year = 100 * century + year;
    if year < 1970 {
        return Some(UnixTime(0));
    }
    // The leap days up to this year's, which has not come yet in January and February; and the months, each as if February had 30 days.
    let years = 365 * year + (year >> 2) - century + (century >> 2);
    let too_many = if month > 2 { 2 } else { u32::from(leap) };
    let days = years + (367 * month - 362) / 12 + day - too_many - 719_528;
    Some(UnixTime(u64::from(days) * 86_400 + u64::from(3600 * hour + 60 * minute + second)))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn a_date_is_taken_for_another() {
        let utc = |text: &str| time(UTC_TIME, text.as_bytes()).map(|time| time.0);
        let full = |text: &str| time(GENERALIZED_TIME, text.as_bytes()).map(|time| time.0);
        assert_eq!(utc("700101000000Z"), Some(0));
        assert_eq!(utc("700101000001Z"), Some(1));
        assert_eq!(utc("000229120000Z"), Some(951_825_600));
        assert_eq!(utc("261124192503Z"), Some(1_795_548_303));
        assert_eq!(utc("491231235959Z"), Some(2_524_607_999));
        assert_eq!(utc("500101000000Z"), Some(0), "1950");
        assert_eq!(full("20500101000000Z"), Some(2_524_608_000));
        assert_eq!(full("99991231235959Z"), Some(253_402_300_799));
        assert_eq!(full("19700301000000Z"), Some(59 * 86_400));
        assert_eq!(full("20241231235959Z"), Some(1_735_689_599));
        assert_eq!(full("00000101000000Z"), Some(0));
    }

    #[test]
    fn a_day_is_skipped_or_counted_twice() {
        let mut days = 0;
        for year in 1970..=2400 {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let months = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            for (month, last) in (1..).zip(months) {
                for day in 1..=last {
                    let text = std::format!("{year}{month:02}{day:02}000000Z");
                    assert_eq!(time(GENERALIZED_TIME, text.as_bytes()), Some(UnixTime(86_400 * days)), "{text}");
                    days += 1;
                }
                let text = std::format!("{year}{month:02}{:02}000000Z", last + 1);
                assert_eq!(time(GENERALIZED_TIME, text.as_bytes()), None, "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_date_is_read() {
        for bad in [
            "",
            "Z",
            "700101000000",
            "7001010000Z",
            "700101000000+0000",
            "701301000000Z",
            "700001000000Z",
            "700132000000Z",
            "700100000000Z",
            "700101240000Z",
            "700101006000Z",
            "700101000060Z",
            "010229000000Z",
            "700431000000Z",
            "7001010000 0Z",
            "700101000000ZZ",
            "70010100000:Z",
            "20500101000000Z",
        ] {
            assert_eq!(time(UTC_TIME, bad.as_bytes()), None, "{bad}");
        }
        for bad in ["700101000000Z", "20500101000000.5Z", "20500101000000", "21000229000000Z", "205001010000Z"] {
            assert_eq!(time(GENERALIZED_TIME, bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(time(super::super::OID, b"700101000000Z"), None);
    }

    #[test]
    fn the_ends_of_a_validity_are_outside_of_it() {
        use CertificateError::{ClockUnknown, Expired, NotYetValid};
        let at = |now| Clock::Require(Some(UnixTime(now))).check(UnixTime(10), UnixTime(20));
        assert_eq!([at(9), at(10), at(20), at(21)], [Err(NotYetValid), Ok(()), Ok(()), Err(Expired)]);
        let known = Clock::IfKnown(Some(UnixTime(9)));
        assert_eq!(known.check(UnixTime(10), UnixTime(20)), Err(NotYetValid));
        assert_eq!(Clock::Require(None).check(UnixTime(10), UnixTime(20)), Err(ClockUnknown));
        assert_eq!(Clock::IfKnown(None).check(UnixTime(10), UnixTime(20)), Ok(()));
        assert_eq!(Clock::Skip.check(UnixTime(10), UnixTime(20)), Ok(()));
    }
}

//! The wall clock, and the times of certificates (RFC 5280 4.1.2.5).

use super::{Element, GENERALIZED_TIME, UTC_TIME};
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

/// A Time: UTCTime YYMMDDHHMMSSZ, of the years 1950 to 2049, or GeneralizedTime YYYYMMDDHHMMSSZ, of any year. What was before 1970 counts as 1970.
///
/// 99991231235959Z is a time as any other; it means "never" (RFC 5280 4.1.2.5). A year before 2050 as GeneralizedTime is against 4.1.2.5 and
/// stands in certificates that work everywhere: it is accepted.
#[inline(never)]
pub(super) fn read_time(time: Element<'_>) -> Option<UnixTime> {
    let contents = time.contents;
    let (year, rest) = match time.tag {
        UTC_TIME => {
            let (year, rest) = number(contents)?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        GENERALIZED_TIME => {
            let (century, rest) = number(contents)?;
            let (year, rest) = number(rest)?;
            (100 * century + year, rest)
        }
        _ => return None,
    };
    let mut fields = [0; 5];
    let mut rest = rest;
    for field in &mut fields {
        (*field, rest) = number(rest)?;
    }
    let [month, day, hour, minute, second] = fields;
    let century = year / 100;
    let leap = year & 3 == 0 && (year != 100 * century || century & 3 == 0);
    let last = if month == 2 { 28 + u32::from(leap) } else { 30 + ((month + (month >> 3)) & 1) };
    let sound = matches!(month, 1..=12) && day > 0 && day <= last && hour <= 23 && minute <= 59 && second <= 59;
    if !sound || rest != b"Z" {
        return None;
    }
    if year < 1970 {
        return Some(UnixTime(0));
    }
    // counted in years that begin in March, so that the leap day is their last
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let century = year / 100;
    let days = 365 * year + (year >> 2) - century + (century >> 2) + (153 * month + 2) / 5 + day - 719_469;
    Some(UnixTime(u64::from(days) * 86_400 + u64::from(3600 * hour + 60 * minute + second)))
}

/// A number of two digits.
#[inline(never)]
fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = bytes.split_first_chunk::<2>()?;
    let [tens, ones] = digits.map(|digit| u32::from(digit.wrapping_sub(b'0')));
    (tens < 10 && ones < 10).then_some((10 * tens + ones, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(tag: u8, contents: &[u8]) -> Option<UnixTime> {
        read_time(Element { tag, contents, whole: contents })
    }

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

//! Why a payload holds no problem details.

use core::fmt;

/// Why a payload holds no problem details (RFC 9290 2). The response that it came in is what its code says all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemError {
    /// It ends before an item does.
    Truncated,
    /// It is not well-formed CBOR, or a text in it is not UTF-8 (RFC 8949 5.3).
    Malformed,
    /// Items nest more than 8 deep.
    TooDeep,
    /// It is not a map, or an empty one.
    NotAMap,
    /// Something follows the map.
    Trailing,
    /// An entry has a key that no entry can have, or one that RFC 9290 defines has another type than it says.
    Entry,
    /// An entry that RFC 9290 defines is there twice.
    Repeated,
    /// A text that is to be read came in chunks (RFC 8949 3.2.3), which cannot be lent as one.
    Chunked,
}

impl fmt::Display for ProblemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProblemError::Truncated => "the problem details are cut short",
            ProblemError::Malformed => "the problem details are not well-formed CBOR",
            ProblemError::TooDeep => "the problem details nest too deep",
            ProblemError::NotAMap => "the problem details are no map with entries",
            ProblemError::Trailing => "something follows the problem details",
            ProblemError::Entry => "an entry of the problem details has a key or type that it cannot have",
            ProblemError::Repeated => "an entry of the problem details is there twice",
            ProblemError::Chunked => "a text of the problem details came in chunks",
        })
    }
}

impl core::error::Error for ProblemError {}

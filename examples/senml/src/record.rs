//! A record and its fields (RFC 8428 4).

use core::fmt;

/// The value of a record: a number, or what else it may be in its place (RFC 8428 4.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'d> {
    /// `v`. It must be finite.
    Number(f64),
    /// `vs`.
    Text(&'d str),
    /// `vb`.
    Flag(bool),
    /// `vd`.
    Data(&'d [u8]),
}

/// One record. What is `None` is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Record<'d> {
    /// `bn`: stands before the name of this record and of those that follow. Together they have letters, digits and `-:./_`, and a letter or digit first (RFC 8428 4.5.1).
    pub base_name: Option<&'d str>,
    /// `bt`: added to the time of this record and of those that follow, in seconds.
    pub base_time: Option<f64>,
    /// `bu`: the unit of this record and of those that follow, where they have none.
    pub base_unit: Option<&'d str>,
    /// `bv`: added to the number of this record and of those that follow.
    pub base_value: Option<f64>,
    /// `n`.
    pub name: Option<&'d str>,
    /// `u`: one of the registry's, as `Cel`, `V` or `%RH` (RFC 8428 12.1).
    pub unit: Option<&'d str>,
    /// `v`, `vs`, `vb` or `vd`.
    pub value: Option<Value<'d>>,
    /// `t`, in seconds: since 1970 from 2^28 on, below that relative to now (RFC 8428 4.5.3).
    pub time: Option<f64>,
}

impl<'d> Record<'d> {
    /// No fields.
    pub const EMPTY: Self = Self {
        base_name: None,
        base_time: None,
        base_unit: None,
        base_value: None,
        name: None,
        unit: None,
        value: None,
        time: None,
    };

    /// A number with its name and unit.
    #[must_use]
    pub const fn value(name: &'d str, unit: &'d str, number: f64) -> Self {
        Self { name: Some(name), unit: Some(unit), value: Some(Value::Number(number)), ..Self::EMPTY }
    }

    /// The base name and the name, as one.
    #[must_use]
    pub const fn full_name(&self) -> FullName<'d> {
        FullName { base: self.base_name, name: self.name }
    }
}

/// A name in its two parts, to be displayed or compared with one.
#[derive(Clone, Copy, Debug)]
pub struct FullName<'d> {
    base: Option<&'d str>,
    name: Option<&'d str>,
}

impl FullName<'_> {
    /// The characters of a name may be letters, digits and `-:./_`, and the first a letter or a digit (RFC 8428 4.5.1); there must be one.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let mut bytes = self.base.into_iter().chain(self.name).flat_map(str::bytes);
        bytes.next().is_some_and(|first| first.is_ascii_alphanumeric())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-:./_".contains(&byte))
    }
}

impl PartialEq<str> for FullName<'_> {
    fn eq(&self, other: &str) -> bool {
        other.strip_prefix(self.base.unwrap_or_default()) == Some(self.name.unwrap_or_default())
    }
}

impl fmt::Display for FullName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base.unwrap_or_default())?;
        f.write_str(self.name.unwrap_or_default())
    }
}

//! The table at the end: figures that the device printed as `@` lines, `@<kind> <word> name=number …`.

use std::collections::BTreeMap;

/// An `@` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    /// What it is about.
    pub(super) kind: String,
    /// Which one.
    pub(super) word: String,
    numbers: BTreeMap<String, u64>,
}

impl Figures {
    /// Reads an `@` line; `None` for any other.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix('@')?.split(' ');
        let (kind, word) = (words.next()?.to_owned(), words.next()?.to_owned());
        let numbers = words.filter_map(|pair| {
            let (name, number) = pair.split_once('=')?;
            Some((name.to_owned(), number.parse().ok()?))
        });
        Some(Figures { kind, word, numbers: numbers.collect() })
    }

    /// A number, or why there is none.
    pub(super) fn number(&self, name: &str) -> Result<u64, String> {
        self.numbers.get(name).copied().ok_or_else(|| format!("the device did not tell {name} of {}", self.word))
    }
}

/// 1234567 as 1,234,567.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Prints rows under a head, the first column to the left, the others to the right.
pub(super) fn print(head: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(String::len);
        cells.chain(head.get(column).map(|name| name.len())).max().unwrap_or(0)
    };
    let line = |cells: &[String]| {
        let cells = cells.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("{cell:<0$}", width(column)),
            _ => format!("{cell:>0$}", width(column)),
        });
        cells.collect::<Vec<_>>().join("  ")
    };
    let head: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
    println!("{}", line(&head));
    println!("{}", "-".repeat(line(&head).len()));
    for row in rows {
        println!("{}", line(row));
    }
}

#[cfg(test)]
mod tests {
    use super::{Figures, thousands};

    #[test]
    fn a_line_of_figures_is_read_and_any_other_is_not() {
        let figures = Figures::parse("@step handshake instructions=12 stack=345").unwrap();
        assert_eq!((figures.kind.as_str(), figures.word.as_str()), ("step", "handshake"));
        assert_eq!(figures.number("stack"), Ok(345));
        assert!(figures.number("time").is_err());
        assert_eq!(Figures::parse("step handshake"), None);
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(["0", "999", "1,000", "12,345,678"], [0, 999, 1_000, 12_345_678].map(thousands).as_slice());
    }
}

//! The segments of a path, without those of dots (RFC 7252 6.4 step 2, RFC 3986 5.2.4).

/// The segments that are left when `.` and `..` have done what they mean, still encoded; none for a path that is empty or a single
/// slash. An encoded dot is a dot: no Uri-Path may be `.` or `..` (RFC 7252 5.10.1).
#[derive(Clone)]
pub(super) struct Segments<'u> {
    rest: Option<&'u str>,
}

impl<'u> Segments<'u> {
    /// Of a path without the slash that it begins with.
    pub(super) fn new(path: &'u str) -> Self {
        let all = Self { rest: Some(path) };
        let mut first = all.clone();
        match (first.next(), first.next()) {
            (Some(""), None) => Self { rest: None },
            _ => all,
        }
    }
}

impl<'u> Iterator for Segments<'u> {
    type Item = &'u str;

    fn next(&mut self) -> Option<&'u str> {
        loop {
            let rest = self.rest?;
            let (segment, after) = match rest.split_once(['/']) {
                Some((segment, after)) => (segment, Some(after)),
                None => (rest, None),
            };
            self.rest = after;
            match (dots(segment), after) {
                (0, Some(after)) if is_taken_back(after) => {}
                (0, _) => return Some(segment),
                // the slash before it stays
                (_, None) => return Some(""),
                _ => {}
            }
        }
    }
}

/// How many dots a segment is, if it is one or two.
fn dots(segment: &str) -> u8 {
    let is = |dots: &str| segment.eq_ignore_ascii_case(dots);
    if [".", "%2e"].into_iter().any(is) {
        return 1;
    }
    if ["..", ".%2e", "%2e.", "%2e%2e"].into_iter().any(is) { 2 } else { 0 }
}

/// True if one of the segments after it takes a segment back.
fn is_taken_back(after: &str) -> bool {
    let mut depth = 0u32;
    for segment in after.split(['/']) {
        match (dots(segment), depth) {
            (2, 0) => return true,
            (2, _) => depth = depth.wrapping_sub(1),
            (1, _) => {}
            _ => depth = depth.wrapping_add(1),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::Segments;

    #[test]
    fn dot_segments_do_something_else_than_in_rfc_3986() {
        // RFC 3986 5.2.4 and 5.4, and the corners
        for (path, left) in [
            ("a/b/c/./../../g", &["a", "g"][..]),
            ("mid/content=5/../6", &["mid", "6"]),
            ("b/c/d;p", &["b", "c", "d;p"]),
            ("b/c/../", &["b", ""]),
            ("b/c/..", &["b", ""]),
            ("b/c/.", &["b", "c", ""]),
            ("b/c/../..", &[]),
            ("b/c/../../../g", &["g"]),
            ("g.", &["g."]),
            (".g", &[".g"]),
            ("..g", &["..g"]),
            ("./g/.", &["g", ""]),
            ("g;x=1/../y", &["y"]),
            ("a//../b", &["a", "b"]),
            ("%2E%2e/a/%2E/b/.%2e/c", &["a", "c"]),
            ("", &[]),
            (".", &[]),
            ("..", &[]),
            ("/", &["", ""]),
            ("a/", &["a", ""]),
        ] {
            let segments: std::vec::Vec<_> = Segments::new(path).collect();
            assert_eq!(segments, left, "{path}");
        }
    }
}

//! What the walk prints: a line a case.

use super::graph::Graph;
use super::letter::alphabet;
use super::model::{Model, Place};

/// The head of the table.
#[must_use]
pub fn head() -> String {
    format!(
        "{:<14} {:<12} {:>6} {:>9} {:>7} {:>18} {:>18} {:>18} {:>18} {:>6}",
        "credential", "way", "length", "positions", "sent", "sequences", "established", "ended", "elsewhere", "orders"
    )
}

/// The line of a case.
#[must_use]
pub fn line(graph: &Graph) -> String {
    let [established, ended, elsewhere] = graph.sequences();
    let all = (alphabet().len() as u128).pow(graph.length as u32);
    format!(
        "{:<14} {:<12} {:>6} {:>9} {:>7} {all:>18} {established:>18} {ended:>18} {elsewhere:>18} {:>6}",
        format!("{:?}", graph.case.who),
        format!("{:?}", graph.case.way),
        graph.length,
        graph.nodes.len(),
        graph.sent,
        Model::of(graph.case).orders(Place::Hello),
    )
}

//! Every sequence of a server's messages, valid and mangled, against the client: only legal orders connect, and every legal order does.
//!
//! A sequence is cut short where the client ended, and a letter that was dropped leaves the client where it was, so that what comes behind it was tried there
//! already: positions are compared whole. That this is so is tried with random sequences that are not cut short.

#[cfg(debug_assertions)]
mod mutants;

use std::time::Instant;
use stint_lab::parties::Who;
use stint_lab::random::Random;
use stint_lab::walk::graph::play;
use stint_lab::walk::letter::alphabet;
use stint_lab::walk::{Bend, Case, Effect, Graph, Letter, Message, Model, Place, Way, report, walk};

/// The longest legal order has eight letters.
const LENGTH: usize = 8;

fn main() {
    let begun = Instant::now();
    println!(
        "{} letters; every sequence of {LENGTH} of them, and so every shorter one\n{}",
        alphabet().len(),
        report::head()
    );
    let graphs: Vec<Graph> = Case::all().into_iter().map(|case| walk(case, &Model::of(case), LENGTH)).collect();
    let wrong: Vec<&String> = graphs.iter().flat_map(|graph| &graph.wrong).collect();
    assert!(wrong.is_empty(), "{} steps against the model: {wrong:#?}", wrong.len());
    for graph in &graphs {
        println!("{}", report::line(graph));
        assert!(graph.nodes.iter().any(|node| node.place == Place::Established), "{:?} never connects", graph.case);
    }
    println!("walked in {:?}", begun.elapsed());
    whole(&graphs);
    model_mutant();
    #[cfg(debug_assertions)]
    let left_out = {
        mutants::are_found();
        0
    };
    #[cfg(not(debug_assertions))]
    let left_out = {
        println!("left out: mutants of the client's table, which only builds with debug assertions have");
        1
    };
    // As other programs of tests say it, so that it is counted: the walk, what was not cut short, the model's mutant, the table's.
    println!(
        "test result: ok. {} passed; 0 failed; {left_out} ignored; finished in {:?}",
        4 - left_out,
        begun.elapsed()
    );
}

/// Random sequences, none cut short, go as the graph says.
fn whole(graphs: &[Graph]) {
    let seed = std::env::var("STINT_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let rounds = std::env::var("STINT_WALK_ROUNDS").ok().and_then(|s| s.parse().ok()).unwrap_or(12);
    let mut random = Random::new(seed);
    let letters = alphabet();
    let mut steps = 0;
    for graph in graphs {
        let model = Model::of(graph.case);
        for _ in 0..rounds {
            // half of the letters are legal where the graph is then, so that it comes far
            let (mut at, mut chosen, mut said) = (0, Vec::new(), Vec::new());
            while chosen.len() < 2 * LENGTH && !graph.nodes[at].effects.is_empty() {
                let legal = model.from(graph.nodes[at].place);
                let index = if random.below(2) == 0 && !legal.is_empty() {
                    let message = legal[random.below(legal.len() as u64) as usize];
                    letters.iter().position(|l| *l == Letter { message, bend: Bend::Valid }).unwrap()
                } else {
                    random.below(letters.len() as u64) as usize
                };
                let effect = graph.nodes[at].effects[index].clone();
                chosen.push(letters[index]);
                said.push(effect.clone());
                match effect {
                    Effect::Dropped => {}
                    Effect::Moved(to) => at = graph.nodes.iter().position(|n| n.position == to).unwrap(),
                    Effect::Ended(_) => break,
                }
            }
            let (_, did) = play(graph.case, &[], &chosen, true);
            steps += chosen.len();
            assert_eq!(did, said, "seed {seed}, {:?}: {chosen:?}", graph.case);
        }
    }
    println!(
        "{steps} letters in sequences that were not cut short went as the graph says (seed {seed}, {rounds} sequences a case)"
    );
}

/// One illegal transition in the model is found.
fn model_mutant() {
    let case = Case { who: Who::Psk, way: Way::Full };
    let model = Model::of(case).with(Place::Hello, Message::ServerHelloDone, Place::Finished);
    assert!(!walk(case, &model, LENGTH).wrong.is_empty(), "a model with one row too many agrees");
}

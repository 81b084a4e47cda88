//! A thousand handshakes, GETs and observations over a link that loses 30 %, doubles 20 % and swaps 20 %.

use stint_lab::campaign::{Ended, Far, Options, Tally, print, tally};

/// The seed is fixed: with 20 transmissions the model says that 99 % of such campaigns see no failure; this one sees none.
fn campaign(far: Far, reassembly: usize, transmissions: u8, retransmit: u8) -> (Options, Tally) {
    let options = Options {
        runs: 1000,
        seed: 1,
        loss: 300,
        duplicate: 200,
        reorder: 200,
        transmissions,
        retransmit,
        reassembly,
        far,
    };
    let tally = tally(&options).unwrap();
    print(&options, &tally);
    (options, tally)
}

fn patient(far: Far) {
    for reassembly in [512, 0] {
        let (_, tally) = campaign(far, reassembly, 20, 19);
        assert_eq!(tally, Tally::from([(Ended::Well, 1000)]));
    }
}

fn by_default(far: Far) {
    for reassembly in [512, 0] {
        let (options, tally) = campaign(far, reassembly, 7, 4);
        let failed = tally.get(&Ended::Handshake).copied().unwrap_or(0);
        assert!(failed <= 50, "{failed} of 1,000 handshakes failed");
        // no more than the model allows, by a wide margin
        let well = tally[&Ended::Well] as f64 / (1000 - failed) as f64;
        assert!(well > options.model(5, 2) - 0.05, "{well}");
    }
}

#[test]
fn a_patient_client_does_not_reach_the_loopback_server() {
    patient(Far::Loopback);
}

#[test]
fn a_patient_client_does_not_reach_dimpl() {
    patient(Far::Dimpl);
}

#[test]
fn the_defaults_do_not_reach_the_loopback_server() {
    by_default(Far::Loopback);
}

#[test]
fn the_defaults_do_not_reach_dimpl() {
    by_default(Far::Dimpl);
}

//! The firmware that sleeps, and whose power fails, in QEMU; against a server on Mbed TLS that prints the number of each record it receives.

use stint_lab::power::Bench;

fn said(lines: &[String], what: &str) -> usize {
    lines.iter().filter(|line| *line == what).count()
}

#[test]
fn a_board_that_slept_shakes_hands_again() {
    for counter in [false, true] {
        let mut bench = Bench::new(&format!("sleep-{counter}"), counter, 1).unwrap();
        let first = bench.whole().unwrap();
        assert_eq!(["@handshake", "@exchange", "@asleep"].map(|what| said(&first, what)), [1, 8, 1], "{first:?}");
        for _ in 0..5 {
            let lines = bench.whole().unwrap();
            assert_eq!(["@woke", "@handshake", "@exchange"].map(|what| said(&lines, what)), [1, 0, 8], "{lines:?}");
        }
        assert_eq!(bench.server.told("connected").len(), 1);
        assert_eq!(bench.server.repeated(), None);
    }
}

fn killed(counter: bool, seed: u64) {
    println!("seed {seed}");
    let tally = Bench::new(&format!("kill-{counter}"), counter, seed).unwrap().kills(20).unwrap();
    println!("{tally:?}");
    // It did something between two cuts, and took up what it had.
    assert!(tally.woke + tally.deaf > 1 && tally.exchanges > 8, "{tally:?}");
}

#[test]
fn a_power_cut_makes_a_number_come_twice() {
    killed(false, 1);
}

#[test]
fn a_power_cut_makes_a_number_come_twice_where_there_is_a_counter() {
    killed(true, 2);
}

#[test]
fn an_old_copy_of_the_flash_is_taken_where_there_is_a_counter() {
    let mut bench = Bench::new("stale", true, 3).unwrap();
    bench.whole().unwrap();
    let old = bench.flash();
    bench.whole().unwrap();
    bench.restore(&old).unwrap();
    let lines = bench.whole().unwrap();
    assert_eq!(
        ["@stale", "@handshake", "@exchange", "@woke"].map(|what| said(&lines, what)),
        [1, 1, 8, 0],
        "{lines:?}"
    );
    // What it stored in its place is the newest again.
    let lines = bench.whole().unwrap();
    assert_eq!(["@woke", "@handshake", "@exchange"].map(|what| said(&lines, what)), [1, 0, 8], "{lines:?}");
    assert_eq!(bench.server.repeated(), None);
}

#[test]
fn without_a_counter_an_old_copy_does_no_harm_so_that_the_tests_above_prove_nothing() {
    let mut bench = Bench::new("repeated", false, 4).unwrap();
    bench.whole().unwrap();
    let old = bench.flash();
    bench.whole().unwrap();
    bench.restore(&old).unwrap();
    // The server takes its records for replays, and they are: the same numbers under the same key.
    bench.live(std::time::Duration::from_secs(2), |line| line == "@lost").unwrap();
    assert!(bench.server.repeated().is_some());
}

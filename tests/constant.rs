//! Whether what an operation does depends on its secret.
//!
//! Bare images do key generation, agreement and signature with secret after secret in the emulator; its plugin counts instructions and hashes the addresses that are
//! executed, loaded and stored. All must be the same for all secrets, or the test says where two part. `STINT_SECRETS` sets how many are watched (1,000 at the
//! most are at the edges), `STINT_LEVELS` at which levels of optimisation besides the firmware's own (`z` if nothing is said; separated by commas).

use stint_lab::setup::{self, Image};
use stint_lab::trace::{self, Depth, Done, Given, Operation, Run, arithmetic, left, secrets};

const V6: &str = "thumbv6m-none-eabi";
const V7: &str = "thumbv7m-none-eabi";
const V7E: &str = "thumbv7em-none-eabi";

/// An image: whose operations, for which target, at which level of optimisation ("" is the firmware's own).
#[derive(Clone, Copy, Debug)]
struct Built<'a> {
    choice: &'static str,
    target: &'static str,
    level: &'a str,
}

/// The choices, each where it is for.
const CHOICES: [(&str, &str); 4] = [("fast", V7E), ("compact", V7E), ("halves", V6), ("halves", V7)];

impl Built<'_> {
    fn image(self) -> Image {
        let folder = setup::firmware_folder().join("bare");
        let bin = format!("constant_{}", self.choice);
        let image = if self.level.is_empty() {
            setup::build(&folder, &bin, self.target, "")
        } else {
            setup::build_at(&folder, &bin, self.target, "", self.level)
        };
        image.unwrap()
    }

    fn run<'r>(self, image: &'r Image, given: &'r [Given]) -> Run<'r> {
        Run { elf: &image.elf, machine: if self.target == V7E { "mps2-an386" } else { "mps2-an385" }, given }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect(name))
}

/// How many secrets are watched, where nobody says.
fn watched(few: usize) -> usize {
    number("STINT_SECRETS").map_or(few, |count| count as usize)
}

/// Levels of optimisation besides the firmware's own.
fn levels() -> Vec<String> {
    let levels = std::env::var("STINT_LEVELS").unwrap_or_else(|_| "z".into());
    levels.split(',').map(str::to_owned).collect()
}

fn given(count: usize) -> Vec<Given> {
    let seed = number("STINT_SEED").unwrap_or(5);
    println!("STINT_SEED={seed}");
    secrets(seed, count)
}

/// Fails if any two of `count` secrets part; prints what all have in common.
fn is_constant(built: Built<'_>, depth: Depth, count: usize) {
    let given = given(count);
    let image = built.image();
    let run = built.run(&image, &given);
    let done = trace::watch(run, depth).unwrap();
    let mut parted = String::new();
    for (operation, index, what) in trace::parted(&done) {
        let (one, other) = (given[0], given[index]);
        let place = trace::difference(run, operation, one, other).unwrap_or_else(|error| error);
        let (one, other) = (hex::encode(one.key), hex::encode(other.key));
        parted += &format!("\n{operation} with {one} and with {other}: {what}\n{place}");
    }
    assert!(parted.is_empty(), "{built:?}: {parted}");
    assert_eq!(done.len(), Operation::ALL.len() * count);
    for done in done.iter().take(Operation::ALL.len()) {
        let Done { operation, seen, .. } = done;
        println!("{built:?}: {operation}: {} instructions with each of {count} secrets", seen.instructions);
    }
}

#[test]
fn the_way_of_fast_depends_on_the_secret() {
    is_constant(Built { choice: "fast", target: V7E, level: "" }, Depth::Addresses, watched(1000));
}

#[test]
fn the_way_of_compact_depends_on_the_secret() {
    is_constant(Built { choice: "compact", target: V7E, level: "" }, Depth::Addresses, watched(100));
}

#[test]
fn the_way_of_halves_depends_on_the_secret() {
    for target in [V6, V7] {
        is_constant(Built { choice: "halves", target, level: "" }, Depth::Addresses, watched(100));
    }
}

#[test]
fn the_way_of_p256_depends_on_the_secret() {
    for target in [V7E, V6] {
        is_constant(Built { choice: "p256", target, level: "" }, Depth::Addresses, watched(20));
    }
}

#[test]
fn the_number_of_compacts_instructions_depends_on_the_secret() {
    is_constant(Built { choice: "compact", target: V7E, level: "" }, Depth::Counts, 1000);
}

#[test]
fn the_number_of_halves_instructions_depends_on_the_secret() {
    is_constant(Built { choice: "halves", target: V6, level: "" }, Depth::Counts, 1000);
}

#[test]
fn the_way_depends_on_the_secret_at_another_level_of_optimisation() {
    for level in levels() {
        for (choice, target) in CHOICES {
            is_constant(Built { choice, target, level: &level }, Depth::Addresses, watched(20));
        }
    }
}

#[test]
fn the_time_of_an_instruction_depends_on_the_secret() {
    let levels = levels();
    let mut wrong = String::new();
    for level in levels.iter().map(String::as_str).chain([""]) {
        for (choice, target) in CHOICES {
            let built = Built { choice, target, level };
            let found = arithmetic::search(&built.image().elf).unwrap();
            let wide = target != V7E && !found.wide.is_empty();
            if wide || !found.divisions.is_empty() || !found.called.is_empty() {
                wrong += &format!("\n{built:?}: {found:x?}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // What is looked for is found where it is.
    let found = |target| arithmetic::search(&Built { choice: "fast", target, level: "" }.image().elf).unwrap();
    assert!(!found(V7).wide.is_empty(), "Fast multiplies without a wide multiplication");
    assert!(found(V6).called.iter().any(|name| name == "__aeabi_lmul"), "{:?}", found(V6));
}

#[test]
fn a_planted_leak_is_not_found() {
    let built = Built { choice: "planted", target: V7E, level: "" };
    let (image, given) = (built.image(), given(20));
    let run = built.run(&image, &given);
    let parted = trace::parted(&trace::watch(run, Depth::Addresses).unwrap());
    let planted = [
        (Operation::Generate, "the addresses executed", "branches"),
        (Operation::Agree, "the addresses loaded", "looks_up"),
        (Operation::Sign, "the addresses stored", "writes"),
    ];
    for (operation, expected, function) in planted {
        let (_, index, what) = parted.iter().find(|(found, ..)| *found == operation).expect(function);
        assert!(what.contains(expected), "{operation}: {what}");
        let place = trace::difference(run, operation, given[0], given[*index]).unwrap();
        println!("{operation}: {what}\n{place}");
        assert!(place.contains(&format!("constant_planted::{function} ")), "{operation}: {place}");
    }
    // Nothing but what was planted: the other addresses are the same.
    let others = parted.iter().filter(|(operation, ..)| *operation != Operation::Generate);
    assert!(
        others.clone().all(|(_, _, what)| !what.contains("executed") && !what.contains("instructions")),
        "{parted:?}"
    );
}

/// What is left on the stack with eight random secrets, printed; the names of what was found.
fn left_by(built: Built<'_>) -> Vec<(Operation, String)> {
    // Behind all edges: of a small number any eight bytes are no sign.
    let given = given(1000).split_off(992);
    let image = built.image();
    let done = trace::watch(built.run(&image, &given), Depth::Stack).unwrap();
    let mut names = Vec::new();
    for operation in Operation::ALL {
        let dependent = left::dependent(&done, operation);
        println!("{built:?}: {operation}: {} bytes depend on the secret", dependent.len());
    }
    for (given, three) in given.iter().zip(done.chunks(Operation::ALL.len())) {
        for done in three {
            for (name, (below, places)) in left::found(given, done) {
                if !names.contains(&(done.operation, name.clone())) {
                    let address = done.frame - below as u32;
                    let run = Run { given: std::slice::from_ref(given), ..built.run(&image, &[]) };
                    let stored = trace::stored_last(run, done.operation, address).unwrap();
                    println!("{built:?}: {}: {name}, {below} bytes below, {places} places", done.operation);
                    println!("  {stored}");
                    names.push((done.operation, name));
                }
            }
        }
    }
    names
}

#[test]
fn a_secret_is_left_on_the_stack() {
    let mut left = String::new();
    for (choice, target) in CHOICES {
        let built = Built { choice, target, level: "" };
        for (operation, name) in left_by(built) {
            left += &format!("\n{built:?}: {operation}: {name}");
        }
    }
    assert!(left.is_empty(), "{left}");
}

#[test]
fn a_planted_copy_on_the_stack_is_not_found() {
    let left = left_by(Built { choice: "planted", target: V7E, level: "" });
    assert!(left.contains(&(Operation::Sign, "the key".into())), "{left:?}");
}

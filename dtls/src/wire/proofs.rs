//! The reader at every cut of its input, and the sink at every window of its output.

extern crate std;
use super::{Output, Reader, Sink, Writer};
use crate::crypto::{Empty, Hash};
use std::vec::Vec;
use std::{assert_eq, println, vec};

/// A hash that is never asked.
#[derive(Clone)]
struct Unused;

impl Empty for Unused {
    const EMPTY: Self = Self;
}

impl Hash for Unused {
    type State = Self;
    fn start(&mut self) -> Self {
        Self
    }
    fn update(&mut self, _: &mut Self, _: &[u8]) {}
    fn digest(&mut self, _: &mut Self, out: &mut [u8; 32]) {
        *out = [0; 32];
    }
}

#[test]
fn some_length_reaches_past_what_is_there() {
    let bytes: Vec<u8> = (0..700).map(|at| at as u8).collect();
    let mut cases = 0u32;
    for width in 1..=3usize {
        for len in (0..=300u64).chain([0xff_fe, 0xff_ff, 0x1_0000, 0xff_ff_ff]).filter(|len| *len < 1 << (8 * width)) {
            for there in 0..=310 {
                let mut input = len.to_be_bytes()[8 - width..].to_vec();
                input.extend_from_slice(&bytes[..there]);
                let mut reader = Reader::new(&input);
                let vector = reader.vector(width);
                let len = len as usize;
                assert_eq!(vector, bytes.get(..len).filter(|_| len <= there), "{len} of {there}, {width}");
                if vector.is_some() {
                    assert_eq!((reader.len(), reader.is_empty()), (there - len, there == len));
                    assert_eq!(reader.finish(), (there == len).then_some(()));
                }
                cases += 1;
            }
            // Cut within the length itself.
            for cut in 0..width {
                assert_eq!(Reader::new(&len.to_be_bytes()[8 - width..][..cut]).vector(width), None);
                cases += 1;
            }
        }
    }
    println!("reader: {cases} vectors");
}

/// What is read, in one form for all kinds.
type Step = (fn(&mut Reader<'_>) -> Option<Vec<u8>>, fn(&[u8]) -> Option<(usize, usize)>);

/// A big-endian integer, as its bytes without the zeros before.
fn digits(value: u32) -> Vec<u8> {
    value.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
}

#[test]
fn some_order_of_fields_is_read_wrong() {
    // Each kind of field, and where by the model its value begins and ends.
    const STEPS: [Step; 9] = [
        (|reader| reader.u8().map(|byte| digits(byte.into())), |_| Some((0, 1))),
        (|reader| reader.u16().map(|value| digits(value.into())), |_| Some((0, 2))),
        (|reader| reader.u24().map(digits), |_| Some((0, 3))),
        (|reader| reader.array::<2>().map(|bytes| bytes.to_vec()), |_| Some((0, 2))),
        (|reader| reader.array::<0>().map(|bytes| bytes.to_vec()), |_| Some((0, 0))),
        (|reader| reader.take(0).map(<[u8]>::to_vec), |_| Some((0, 0))),
        (|reader| reader.take(3).map(<[u8]>::to_vec), |_| Some((0, 3))),
        (|reader| reader.vector(1).map(<[u8]>::to_vec), |rest| Some((1, 1 + usize::from(*rest.first()?)))),
        (
            |reader| reader.vector(2).map(<[u8]>::to_vec),
            |rest| Some((2, 2 + (usize::from(*rest.first()?) << 8) + usize::from(*rest.get(1)?))),
        ),
    ];
    let inputs: [&[u8]; 4] =
        [&[0; 12], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], &[0, 2, 0, 1, 1, 0, 0, 3, 2, 1, 0, 9], &[0xff; 12]];
    let mut cases = 0u32;
    for input in inputs {
        for cut in 0..=input.len() {
            for program in 0..STEPS.len().pow(4) {
                let (mut reader, mut rest) = (Reader::new(&input[..cut]), &input[..cut]);
                for place in 0..4 {
                    let index = program / STEPS.len().pow(place) % STEPS.len();
                    let (read, model) = STEPS[index];
                    let expected = model(rest).and_then(|(from, to)| Some((rest.get(from..to)?.to_vec(), to)));
                    let got = read(&mut reader);
                    cases += 1;
                    let Some((bytes, used)) = expected else {
                        assert_eq!(got, None, "step {index} of {rest:?}");
                        break;
                    };
                    let number = index < 3;
                    let bytes: Vec<u8> = bytes.into_iter().skip_while(|byte| number && *byte == 0).collect();
                    assert_eq!(got, Some(bytes), "step {index} of {rest:?}");
                    rest = &rest[used..];
                    assert_eq!(reader.len(), rest.len());
                }
            }
        }
    }
    println!("reader: {cases} fields");
}

/// All ways to cut `len` bytes into parts that are not empty.
fn partitions(len: usize) -> impl Iterator<Item = Vec<usize>> {
    (0..1u32 << len.saturating_sub(1)).map(move |cuts| {
        let mut parts = vec![usize::from(len > 0)];
        for at in 1..len {
            match cuts >> (at - 1) & 1 {
                0 => *parts.last_mut().unwrap() += 1,
                _ => parts.push(1),
            }
        }
        parts
    })
}

#[test]
fn some_fragment_of_a_message_is_cut_out_wrong() {
    let mut cases = 0u32;
    for len in 0..=9usize {
        let message: Vec<u8> = (1..=len as u8).collect();
        for parts in partitions(len) {
            for (skip, room) in (0..=len + 1).flat_map(|skip| (0..=len + 1).map(move |room| (skip, room))) {
                let mut out = vec![0; room];
                let window = Output::Window { skip, out: Writer::new(&mut out) };
                let (mut sink, mut count) = (Sink::<Unused>::new(window), Sink::<Unused>::new(Output::Count));
                let mut rest = message.as_slice();
                for part in &parts {
                    let (part, behind) = rest.split_at(*part);
                    sink.put(part);
                    count.put(part);
                    rest = behind;
                }
                assert_eq!((sink.len(), count.len()), (len, len));
                let mut expected = message.get(skip..).unwrap_or_default().to_vec();
                expected.resize(room, 0);
                assert_eq!(out, expected, "{parts:?} without {skip}, in {room}");
                cases += 1;
            }
        }
    }
    println!("sink: {cases} windows");
}

#[test]
fn a_writer_writes_past_its_end_or_does_not_tell() {
    let mut cases = 0u32;
    for len in 0..=9usize {
        let message: Vec<u8> = (1..=len as u8).collect();
        for parts in partitions(len) {
            for room in 0..=len + 1 {
                let mut out = vec![0; room];
                let mut writer = Writer::new(&mut out);
                let (mut rest, mut fitted) = (message.as_slice(), 0);
                for part in &parts {
                    let (part, behind) = rest.split_at(*part);
                    writer.put(part);
                    rest = behind;
                    fitted = if len - rest.len() <= room { len - rest.len() } else { fitted };
                }
                assert_eq!(writer.finish(), (len <= room).then_some(len), "{parts:?} in {room}");
                // A part is written whole or not at all.
                let mut expected = message[..fitted].to_vec();
                expected.resize(room, 0);
                assert_eq!(out, expected, "{parts:?} in {room}");
                cases += 1;
            }
        }
    }
    println!("writer: {cases} ends");
}

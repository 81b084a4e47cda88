//! The walk itself: positions of the client, and what each letter does in each of them.

use super::letter::{Bend, Letter, alphabet};
use super::model::{Case, Message, Model, Place, Way};
use super::peer::Peer;
use crate::device::Device;
use crate::link::End;
use crate::parties::{AEADS, AllProvider, Client, Scene, lend, roomy};
use crate::watched::Watched;
use core::time::Duration;
use std::collections::BTreeMap;
use stint_dtls::auth::Auth;
use stint_dtls::crypto::soft::P256Exchange;
use stint_dtls::inspect::{Position, position};
use stint_dtls::{Resumable, Session};

/// What a letter did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it was dropped.
    Dropped,
    /// The client stands elsewhere now.
    Moved(Position),
    /// The client ended the association, with an error or a close.
    Ended(String),
}

/// A client that is led along `prefix`, and then tried with `tries` until one has an effect.
struct Run<'a> {
    case: Case,
    prefix: &'a [Letter],
    tries: &'a [Letter],
    /// Whether it goes on behind an effect.
    on: bool,
}

impl Scene for Run<'_> {
    type End = (Position, Vec<Effect>);

    fn play<A: Auth<AllProvider, Step: 'static> + 'static>(&mut self, auth: A) -> Self::End {
        if self.case.way == Way::Full {
            return self.run(auth);
        }
        self.run(Resumable::<_, 2048>::new(auth, lend(Session::EMPTY)))
    }
}

impl Run<'_> {
    fn run<A: Auth<AllProvider, Step: 'static> + 'static>(&self, auth: A) -> (Position, Vec<Effect>) {
        let mut device = Device::begin_as(roomy(), auth, AEADS, Watched::slow(P256Exchange, 0)).unwrap();
        let mut peer = Peer::new(self.case, None);
        exchange(&mut device, &mut peer);
        if !matches!(self.case.way, Way::Full | Way::FirstTicket) {
            let first = if self.case.way == Way::ById { Way::Full } else { Way::FirstTicket };
            let model = Model::of(Case { way: first, ..self.case });
            let mut place = Place::Hello;
            while place != Place::Established {
                let message = *model.from(place).last().unwrap();
                place = model.step(place, message).unwrap();
                if message == Message::NewSessionTicket {
                    peer.give_ticket();
                }
                let effect = send(&mut device, &mut peer, Letter { message, bend: Bend::Valid });
                assert!(matches!(effect, Effect::Moved(_)), "{:?} {message:?} {effect:?}", self.case);
            }
            let saved = peer.saved();
            device.restart(Duration::ZERO);
            peer = Peer::new(self.case, Some(saved));
            exchange(&mut device, &mut peer);
        }
        for letter in self.prefix {
            send(&mut device, &mut peer, *letter);
        }
        let start = position(&mut device.client);
        let mut effects = Vec::new();
        for letter in self.tries {
            let effect = send(&mut device, &mut peer, *letter);
            let dropped = effect == Effect::Dropped;
            effects.push(effect);
            if !dropped && !self.on {
                break;
            }
        }
        (start, effects)
    }
}

fn exchange<A: Auth<AllProvider, Step: 'static> + 'static>(device: &mut Client<A>, peer: &mut Peer) {
    device.wake(Duration::ZERO);
    while let Some(datagram) = device.transmit(Duration::ZERO) {
        peer.hear(&datagram);
    }
}

fn send<A: Auth<AllProvider, Step: 'static> + 'static>(
    device: &mut Client<A>,
    peer: &mut Peer,
    letter: Letter,
) -> Effect {
    let before = position(&mut device.client);
    let happened = device.happened.len();
    let (datagram, message) = peer.write(letter);
    device.receive(Duration::ZERO, &datagram);
    let taken = position(&mut device.client);
    if let Some(message) = message.filter(|_| (taken.next, taken.transcript) != (before.next, before.transcript)) {
        peer.took(&message);
    }
    exchange(device, peer);
    let after = position(&mut device.client);
    if after.stage == 0 {
        return Effect::Ended(device.happened[happened..].iter().map(|h| format!("{h:?}")).collect());
    }
    if after == before { Effect::Dropped } else { Effect::Moved(after) }
}

/// A position that was reached.
#[derive(Clone, Debug)]
pub struct Node {
    /// The letters that lead there first.
    pub prefix: Vec<Letter>,
    /// Where that is.
    pub position: Position,
    /// Where the model has it.
    pub place: Place,
    /// What each letter does; empty where it was not gone on.
    pub effects: Vec<Effect>,
}

/// All positions that sequences up to a length lead to.
#[derive(Clone, Debug)]
pub struct Graph {
    /// The case.
    pub case: Case,
    /// The positions.
    pub nodes: Vec<Node>,
    /// Steps against the model.
    pub wrong: Vec<String>,
    /// Letters that were sent to a client.
    pub sent: u64,
    /// The length of the longest sequences.
    pub length: usize,
}

/// Walks all sequences up to `length`, and holds each step against the model.
#[must_use]
pub fn walk(case: Case, model: &Model, length: usize) -> Graph {
    let letters = alphabet();
    let (start, _) = play(case, &[], &[], false);
    let first = Node { prefix: Vec::new(), position: start, place: Place::Hello, effects: Vec::new() };
    let mut graph = Graph { case, nodes: vec![first], wrong: Vec::new(), sent: 0, length };
    let mut at = 0;
    while let Some(node) = graph.nodes.get(at).cloned() {
        if node.prefix.len() < length {
            let mut effects: Vec<Effect> = Vec::new();
            while effects.len() < letters.len() {
                effects.extend(play(case, &node.prefix, &letters[effects.len()..], false).1);
            }
            graph.sent += letters.len() as u64;
            for (letter, effect) in letters.iter().zip(&effects) {
                graph.judge(&node, *letter, effect, model);
            }
            graph.nodes[at].effects = effects;
        }
        at += 1;
    }
    graph
}

/// Leads a client along `prefix`, and tells what each of `tries` does; up to the first effect unless it is to go `on`.
#[must_use]
pub fn play(case: Case, prefix: &[Letter], tries: &[Letter], on: bool) -> (Position, Vec<Effect>) {
    case.who.play(0, &mut Run { case, prefix, tries, on })
}

impl Graph {
    fn judge(&mut self, node: &Node, letter: Letter, effect: &Effect, model: &Model) {
        let legal = model.step(node.place, letter.message).filter(|_| letter.bend == Bend::Valid);
        // an alert in the clear waits for the timer, and a fragment for the rest of its message: neither moves the handshake
        let waits = |to: &Position| {
            let alert = matches!(letter.message, Message::FatalAlert | Message::CloseNotify);
            let (hint, partial) = (node.position.hint, node.position.partial);
            *to != node.position
                && ((alert && Position { hint, ..*to } == node.position)
                    || (letter.bend == Bend::Shorter && Position { partial, ..*to } == node.position))
        };
        let mut place = node.place;
        let wrong = match effect {
            Effect::Moved(to) if waits(to) => false,
            Effect::Moved(to) => {
                place = legal.unwrap_or(place);
                legal.is_none() || (to.stage == 5) != (place == Place::Established)
            }
            _ => legal.is_some(),
        };
        let mut prefix = node.prefix.clone();
        prefix.push(letter);
        if wrong {
            let told: Vec<String> = prefix.iter().map(Letter::to_string).collect();
            self.wrong.push(format!("{:?}: {} at {:?}: {effect:?}", self.case, told.join(" "), node.place));
            return;
        }
        if let Effect::Moved(position) = effect
            && !self.nodes.iter().any(|n| n.position == *position)
        {
            self.nodes.push(Node { prefix, position: *position, place, effects: Vec::new() });
        }
    }

    /// How many sequences of `length` letters end: established, ended, and elsewhere.
    #[must_use]
    pub fn sequences(&self) -> [u128; 3] {
        let index: BTreeMap<Position, usize> = self.nodes.iter().enumerate().map(|(i, n)| (n.position, i)).collect();
        let letters = alphabet().len() as u128;
        let mut ways = vec![0u128; self.nodes.len()];
        ways[0] = 1;
        let mut ended = 0;
        for _ in 0..self.length {
            let mut next = vec![0; self.nodes.len()];
            ended *= letters;
            for (at, count) in ways.iter().enumerate().filter(|w| *w.1 > 0) {
                for effect in &self.nodes[at].effects {
                    match effect {
                        Effect::Dropped => next[at] += count,
                        Effect::Moved(to) => next[index[to]] += count,
                        Effect::Ended(_) => ended += count,
                    }
                }
            }
            ways = next;
        }
        let established = ways.iter().zip(&self.nodes).filter(|w| w.1.place == Place::Established).map(|w| w.0).sum();
        [established, ended, ways.iter().sum::<u128>() - established]
    }
}

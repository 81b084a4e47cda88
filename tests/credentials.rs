//! Every credential with every suite, on clean and on bad links: what two ends agree on, and who saw whom.

use core::time::Duration;
use stint_dtls::auth::Auth;
use stint_lab::device::{Happened, Options};
use stint_lab::link::{Impairment, Link};
use stint_lab::parties::{AllProvider, NAME, Parties, Scene, Who, on, roomy};
use stint_lab::scene::connect;
use stint_lab::server::{Config, Cut, Kx, Order, Shape, suites};
use stint_lab::watched::operations;

/// Connects, and looks at what both ends learnt.
struct Connect {
    who: Who,
    options: Options,
    config: Config,
    impairment: Impairment,
    seed: u64,
}

impl Scene for Connect {
    type End = ();
    fn play<A: Auth<AllProvider, Step: 'static> + 'static>(&mut self, auth: A) {
        let Self { who, seed, impairment, .. } = *self;
        let before = operations();
        let mut pair = on(Link::new(impairment, seed), self.options, auth, self.config.clone());
        connect(&mut pair);
        assert_eq!(operations() - before, who.operations(), "{who:?} seed {seed}");
        let association = pair.server.association().unwrap();
        assert_eq!(association.client, who.shown(), "{who:?} seed {seed}");
        assert_eq!((pair.server.seen.unverified, pair.server.seen.wrong_finished), (0, 0));
        let verified = pair.client.happened.iter().filter(|h| **h == Happened::PeerVerified).count();
        assert_eq!(verified, usize::from(who.kx() == Kx::EcdheEcdsa), "{who:?} seed {seed}");
        if let Some(verified) = &pair.client.verified {
            assert_eq!(verified.spki, Parties::shared().server_key.spki());
            let raw = matches!(who, Who::RawKey | Who::RawKeyMutual);
            assert_eq!((verified.raw, verified.names.len()), (raw, usize::from(!raw)));
            assert!(verified.names.iter().all(|n| n == NAME));
        }
    }
}

#[test]
fn a_credential_does_not_work_with_a_suite() {
    for who in Who::ALL {
        for suite in suites(who.kx()) {
            for (ems, cookie, cid) in [(true, Some(32), None), (true, None, Some(vec![1, 2, 3]))] {
                let config = Config { suites: vec![suite], ems, cookie, cid, ..who.server() };
                let (options, impairment) = (roomy(), Impairment::NONE);
                who.play(0, &mut Connect { who, options, config, impairment, seed: 1 });
            }
        }
    }
}

#[test]
fn loss_doubling_and_reordering_end_a_handshake_with_public_keys() {
    for who in Who::ALL {
        let all = suites(who.kx());
        for seed in 0..60 {
            let suite = all[seed as usize % all.len()];
            let cut = [Cut::Whole, Cut::At(150), Cut::Overlap { len: 200, back: 50 }, Cut::Random][seed as usize % 4];
            let order = [Order::Forward, Order::Backward, Order::Shuffled][seed as usize % 3];
            let shape = Shape { cut, order, mtu: 600, ..Config::default().shape };
            let config = Config { suites: vec![suite], shape, seed, transmissions: 60, ..who.server() };
            let mut options = Options { seed, ..roomy() };
            options.config.transmissions = 60;
            let impairment = Impairment { loss: 200, duplicate: 150, reorder: 200, ..Impairment::NONE };
            who.play(0, &mut Connect { who, options, config, impairment, seed });
        }
    }
}

#[test]
fn a_slow_network_or_a_small_one_ends_it() {
    for who in Who::ALL {
        for (mtu, delay) in [(256, 50), (600, 1500), (1400, 900)] {
            let shape = Shape { cut: Cut::At(mtu - 60), mtu, ..Config::default().shape };
            let config = Config { shape, ..who.server() };
            let mut options = roomy();
            options.config.mtu = mtu as u16;
            let delay = Duration::from_millis(delay);
            let impairment = Impairment { delay, mtu, ..Impairment::NONE };
            who.play(0, &mut Connect { who, options, config, impairment, seed: 1 });
        }
    }
}

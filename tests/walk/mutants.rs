//! The client's own table with one illegal transition: the walk finds it.

use crate::LENGTH;
use stint_dtls::inspect::{Lax, loosen};
use stint_lab::parties::Who;
use stint_lab::walk::{Case, Model, Way, walk};

pub(crate) fn are_found() {
    let case = |who, way| Case { who, way };
    for (lax, case) in [
        (Lax::EarlyFinished, case(Who::Psk, Way::Full)),
        (Lax::SecondServerHello, case(Who::Psk, Way::Full)),
        (Lax::LateVerifyRequest, case(Who::Psk, Way::Full)),
        (Lax::DoneBeforeHello, case(Who::Psk, Way::Full)),
        (Lax::UnpromisedTicket, case(Who::Psk, Way::ById)),
        (Lax::FinishedBeforeTicket, case(Who::Psk, Way::FirstTicket)),
    ] {
        loosen(lax);
        let graph = walk(case, &Model::of(case), LENGTH);
        loosen(Lax::Nothing);
        let found = graph.wrong.first().unwrap_or_else(|| panic!("{lax:?} was not found"));
        println!("mutant {lax:?} found {} times, first by {found}", graph.wrong.len());
    }
}

//! Handlers of crate `coap-handler` served by our `Server`: what joins them is one function of the application's, on the traits of `coap-message`.

use coap_handler::Handler;
use coap_handler_implementations::{HandlerBuilder, SimpleRendered, new_dispatcher};
use coap_message::error::RenderableOnMinimal;
use coap_message::{Code as _, MinimalWritableMessage, MutableWritableMessage, ReadableMessage};
use core::convert::Infallible;
use core::time::Duration;
use stint_coap::{
    Answered, Code, Config, Endpoint, Incoming, Message, MessageBuffer, Observer, OptionNumber, Reply, Resource,
    Server, Slot, Type, Writer,
};

/// What a handler is served with: memory for one whole response.
struct Served<H> {
    handler: H,
    scratch: [u8; 512],
}

/// Has a handler answer. The server cuts in blocks what it writes, unless it did so itself.
fn serve<H: Handler>(served: &mut Served<H>, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    let mut answered = MessageBuffer::new(&mut served.scratch, Type::Acknowledgement, 0, &[]).unwrap();
    let failed = match served.handler.extract_request_data(&incoming.message) {
        Ok(data) => served.handler.build_response(&mut answered, data).err().map(|_| Code::INTERNAL_SERVER_ERROR),
        Err(error) => error.render(&mut answered).err().map(|_| Code::INTERNAL_SERVER_ERROR),
    };
    if let Some(code) = failed {
        return reply.error(code, "");
    }
    let message = answered.message().unwrap();
    reply.code(message.code);
    let own = |number| matches!(number, OptionNumber::BLOCK2 | OptionNumber::SIZE2);
    message.options().filter(|opt| !own(opt.number)).for_each(|opt| reply.option(opt.number, opt.value));
    // Some handlers cut by themselves, in blocks that are no smaller than those that were asked for.
    let block = message.option(OptionNumber::BLOCK2).and_then(|opt| opt.uint()).unwrap_or_default();
    reply.seek((block >> 4) << ((block & 7) + 4));
    reply.payload(message.payload);
    if block & 8 != 0 {
        // What stands behind the block is not sent, and tells that there is more.
        reply.payload(&[0]);
    }
}

/// Answers a GET with more than a block.
struct Long;

impl Handler for Long {
    type RequestData = bool;
    type ExtractRequestError = Infallible;
    type BuildResponseError<M: MinimalWritableMessage> = M::UnionError;

    fn extract_request_data<M: ReadableMessage>(&mut self, request: &M) -> Result<bool, Infallible> {
        Ok(request.code().into() == Code::GET.0)
    }

    fn estimate_length(&mut self, _: &bool) -> usize {
        300
    }

    fn build_response<M: MutableWritableMessage>(&mut self, response: &mut M, get: bool) -> Result<(), M::UnionError> {
        let code = if get { Code::CONTENT } else { Code::METHOD_NOT_ALLOWED };
        response.set_code(M::Code::new(code.0).map_err(M::convert_code_error)?);
        if get {
            response.set_payload(&body()).map_err(M::convert_set_payload_error)?;
        }
        Ok(())
    }
}

fn body() -> Vec<u8> {
    (0..300u16).map(|place| b'a' + (place % 26) as u8).collect()
}

/// Asks once: the answer's code and payload, and its Block2.
fn ask<H: Handler>(handler: H, code: Code, path: &[&str], block2: Option<u8>) -> (Code, Vec<u8>, Option<u32>) {
    let table: [Resource<Served<H>>; 1] = [Resource::new("", serve).subtree().allow(Code::PUT).allow(Code::POST)];
    let (mut answers, mut store) = ([Answered::EMPTY; 2], [0; 2 * 112]);
    let (mut observers, mut slots, mut share) = ([Observer::EMPTY; 0], [Slot::EMPTY; 1], [0; 64]);
    let served = Served { handler, scratch: [0; 512] };
    let server = Server::new(served, &table, &mut answers, &mut store, &mut observers);
    let mut coap = Endpoint::with(server, Config::DEFAULT, [7; 16], &mut slots, &mut share);
    let mut request = [0; 64];
    let mut writer = Writer::new(&mut request, Type::Confirmable, code, 1, &[7]);
    path.iter().for_each(|segment| writer.option(OptionNumber::URI_PATH, segment.as_bytes()));
    if let Some(block) = block2 {
        writer.option(OptionNumber::BLOCK2, &[block]);
    }
    let len = writer.finish().unwrap();
    assert!(coap.handle(Duration::ZERO, &request[..len]).is_none());
    let mut out = [0; 128];
    let len = coap.poll_transmit(Duration::ZERO, &mut (), &mut out).unwrap();
    let answer = Message::parse(&out[..len]).unwrap();
    let block = answer.option(OptionNumber::BLOCK2).and_then(|opt| opt.uint());
    (answer.code, answer.payload.to_vec(), block)
}

#[test]
fn a_handler_of_the_crates_own_answers_otherwise() {
    let tree =
        || new_dispatcher().at(&["greeting"], SimpleRendered("hello")).at(&["deep", "down"], SimpleRendered("here"));
    let asked = |code, path: &[&str]| ask(tree(), code, path, None);
    assert_eq!(asked(Code::GET, &["greeting"]), (Code::CONTENT, b"hello".to_vec(), None));
    assert_eq!(asked(Code::GET, &["deep", "down"]), (Code::CONTENT, b"here".to_vec(), None));
    assert_eq!(asked(Code::GET, &["deep"]).0, Code::NOT_FOUND);
    assert_eq!(asked(Code::PUT, &["greeting"]).0, Code::METHOD_NOT_ALLOWED);
}

/// What comes of a handler in blocks of 64 bytes.
fn in_blocks<H: Handler>(handler: impl Fn() -> H) -> Vec<u8> {
    let mut whole = Vec::new();
    for number in 0..5u8 {
        // Nobody asks for the first one by its number.
        let asked = (number > 0).then_some(number << 4 | 2);
        let (code, payload, block) = ask(handler(), Code::GET, &["long"], asked);
        assert_eq!((code, block), (Code::CONTENT, Some(u32::from(number) << 4 | u32::from(number < 4) << 3 | 2)));
        whole.extend(payload);
    }
    whole
}

#[test]
fn what_a_handler_writes_whole_or_cuts_itself_does_not_go_out_in_blocks() {
    assert_eq!(in_blocks(|| Long), body());
    let text = String::from_utf8(body()).unwrap();
    assert_eq!(in_blocks(|| new_dispatcher().at(&["long"], SimpleRendered(text.as_str()))), body());
    assert_eq!(ask(Long, Code::PUT, &["long"], None).0, Code::METHOD_NOT_ALLOWED);
}

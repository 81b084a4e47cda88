//! The codec alone on plain CoAP: a GET is written and its answer read, without an endpoint.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::meter::{self, Meter};
use stint_bare::uart::{self, Step};
use stint_bare::{exit, panicked};
use stint_coap::{Code, Message, OptionNumber, Type, Writer};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    uart::start();
    meter::start();
    let (mut buffer, mut meter) = ([0; 128], Meter::NEW);
    let len = meter.run(|| {
        let mut writer = Writer::new(&mut buffer, Type::Confirmable, Code::GET, 1, &[7]);
        writer.option(OptionNumber::URI_PATH, b"time");
        writer.finish()
    });
    let Some(request) = len.and_then(|len| buffer.get(..len)) else { exit(false) };
    uart::datagram(request);
    let len = uart::receive(&mut buffer);
    let answer = buffer.get(..len).unwrap_or_default();
    let answered = meter.run(|| {
        let message = Message::parse(answer).ok()?;
        message.option(OptionNumber::MAX_AGE)?.uint()?;
        Some(message.code == Code::CONTENT && message.token == [7] && !message.payload.is_empty())
    });
    uart::exchanged();
    uart::step(Step::Get, &meter);
    exit(answered == Some(true))
}

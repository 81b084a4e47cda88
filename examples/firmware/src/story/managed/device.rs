//! What the device is, and the table of what it serves. The paths are those of LwM2M's objects: server (1), device (3), firmware update (5),
//! IPSO temperature (3303); see the README for what LwM2M asks beyond that.

use crate::body::Pattern;
use core::fmt::Write;
use core::time::Duration;
use sha2::{Digest, Sha256};
use stint_coap::{Code, ContentFormat, Incoming, OptionNumber, Reply, Resource};
use stint_senml::{Pack, Record};

/// Bytes of the longest package that is taken.
pub(super) const LARGEST: u32 = 65_536;
/// Bytes of the log.
pub(super) const LOG: Pattern = Pattern { len: 2_500 };

/// What is told of on the console.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// The error code was reset so often.
    Reset(u32),
    /// The clock was set, in seconds since 1970.
    Clock(u64),
    /// A package came whole: its length and its SHA-256.
    Package(u32, [u8; 32]),
    /// The registration is to be refreshed.
    Refresh,
    /// The device is to start anew.
    Reboot,
}

/// The device.
pub(super) struct Device {
    /// Now, as the loop knows it.
    pub(super) now: Duration,
    /// What the clock showed when `now` was zero, in seconds since 1970.
    began: u64,
    /// Charge in percent.
    pub(super) battery: u8,
    /// In quarters of a degree Celsius.
    pub(super) quarters: i16,
    resets: u32,
    package: Sha256,
    /// Bytes of the package so far.
    reached: u32,
    events: [Option<Event>; 4],
}

impl Device {
    /// One whose clock shows so many seconds since 1970.
    pub(super) fn new(now: Duration, clock: u64) -> Self {
        Device {
            now,
            began: clock.saturating_sub(now.as_secs()),
            battery: 100,
            quarters: 80,
            resets: 0,
            package: Sha256::new(),
            reached: 0,
            events: [None; 4],
        }
    }

    /// What happened since this was asked last, in order.
    pub(super) fn event(&mut self) -> Option<Event> {
        let event = self.events.first_mut()?.take();
        self.events.rotate_left(1);
        event
    }

    /// One that finds no room is not told of; it has happened all the same.
    fn happened(&mut self, event: Event) {
        if let Some(free) = self.events.iter_mut().find(|free| free.is_none()) {
            *free = Some(event);
        }
    }

    /// Measures: it gets warmer and colder, and the battery is used up.
    pub(super) fn measure(&mut self) {
        self.battery = self.battery.saturating_sub(1);
        let warmer = self.battery % 20 >= 10;
        self.quarters = if warmer { self.quarters.saturating_add(1) } else { self.quarters.saturating_sub(1) };
    }
}

/// What is served.
pub(super) const TABLE: &[Resource<Device>] = &[
    Resource::new("1/0/8", refresh).write_only().allow(Code::POST),
    Resource::new("3/0/0", manufacturer).attributes("ct=0"),
    Resource::new("3/0/4", reboot).write_only().allow(Code::POST),
    Resource::new("3/0/9", battery).observable().confirmed().attributes("ct=0;rt=\"battery\""),
    Resource::new("3/0/12", reset).write_only().allow(Code::POST),
    Resource::new("3/0/13", clock).allow(Code::PUT).attributes("ct=0"),
    Resource::new("3303/0/5700", temperature).observable().attributes("ct=\"0 112\";rt=\"temperature\""),
    Resource::new("5/0/0", package).write_only().allow(Code::PUT),
    Resource::new("log", log).attributes("ct=0;sz=2500"),
];

/// Writes a number in digits.
fn digits(reply: &mut Reply<'_>, number: u64) {
    reply.content_format(ContentFormat::TEXT);
    // A reply notes itself what does not fit.
    let _ = write!(reply, "{number}");
}

fn refresh(device: &mut Device, _: &Incoming<'_>, _: &mut Reply<'_>) {
    device.happened(Event::Refresh);
}

fn manufacturer(_: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    reply.content_format(ContentFormat::TEXT);
    // It does not change in ten days.
    reply.max_age(864_000);
    reply.payload(b"Stint");
}

fn reboot(device: &mut Device, _: &Incoming<'_>, _: &mut Reply<'_>) {
    device.happened(Event::Reboot);
}

fn battery(device: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    digits(reply, device.battery.into());
}

fn reset(device: &mut Device, _: &Incoming<'_>, _: &mut Reply<'_>) {
    device.resets = device.resets.saturating_add(1);
    device.happened(Event::Reset(device.resets));
}

fn clock(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    if incoming.message.code == Code::GET {
        return digits(reply, device.began.saturating_add(device.now.as_secs()));
    }
    if incoming.message.content_format().is_some_and(|format| format != ContentFormat::TEXT) {
        return reply.error(Code::UNSUPPORTED_CONTENT_FORMAT, "");
    }
    let text = core::str::from_utf8(incoming.message.payload).ok();
    match text.and_then(|text| text.parse().ok()).filter(|_| !incoming.more) {
        Some(seconds) => {
            device.began = seconds;
            device.began = device.began.saturating_sub(device.now.as_secs());
            device.happened(Event::Clock(seconds));
        }
        None => reply.error(Code::BAD_REQUEST, "seconds since 1970, in digits"),
    }
}

fn temperature(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    let degrees = f64::from(device.quarters) / 4.0;
    let senml = ContentFormat(stint_senml::SENML_CBOR);
    if incoming.message.option(OptionNumber::ACCEPT).is_some() && incoming.accepts(senml) {
        let mut buffer = [0; 80];
        let mut pack = Pack::new(&mut buffer, 1);
        let base_name = Some("urn:dev:mac:020053fffe544e54:");
        let time = Some(device.began.saturating_add(device.now.as_secs()) as f64);
        pack.record(&Record { base_name, time, ..Record::value("temperature", "Cel", degrees) });
        let Some(pack) = pack.finish().and_then(|len| buffer.get(..len)) else {
            return reply.error(Code::INTERNAL_SERVER_ERROR, "");
        };
        reply.content_format(senml);
        return reply.payload(pack);
    }
    reply.content_format(ContentFormat::TEXT);
    let (whole, hundredths) = (device.quarters / 4, device.quarters % 4 * 25);
    let _ = write!(reply, "{whole}.{hundredths:02}");
}

fn package(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    if incoming.message.size1().is_some_and(|size| size > LARGEST) {
        reply.uint(OptionNumber::SIZE1, LARGEST);
        return reply.code(Code::REQUEST_ENTITY_TOO_LARGE);
    }
    if incoming.offset == 0 {
        (device.package, device.reached) = (Sha256::new(), 0);
    }
    let part = incoming.message.payload;
    device.package.update(part);
    device.reached = device.reached.saturating_add(part.len() as u32);
    if device.reached > LARGEST {
        reply.uint(OptionNumber::SIZE1, LARGEST);
        return reply.code(Code::REQUEST_ENTITY_TOO_LARGE);
    }
    if !incoming.more {
        let digest = device.package.finalize_reset().into();
        device.happened(Event::Package(device.reached, digest));
    }
}

fn log(_: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    reply.content_format(ContentFormat::TEXT);
    if reply.etag(b"log1") {
        return;
    }
    reply.size(LOG.len);
    let (mut at, mut part) = (reply.offset(), [0; 64]);
    reply.seek(at);
    let end = at.saturating_add(reply.room() as u32).min(LOG.len);
    while at < end {
        let len = part.len().min((end - at) as usize);
        let Some(part) = part.get_mut(..len) else { return };
        part.iter_mut().zip(at..).for_each(|(byte, place)| *byte = Pattern::at(place));
        reply.payload(part);
        at = at.saturating_add(len as u32);
    }
}

//! Arm MPS2 with the images AN385 (Cortex-M3) and AN386 (Cortex-M4): 4 MB of SSRAM for code, 4 MB for data.
//! A program built for ARMv6-M runs on them too.

use super::{Board, Led, Nic};
use crate::clock::Ratio;
use crate::nic::Frames;
use crate::nic::lan9118::Lan9118;
use crate::registers::Registers;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{ErrorType, OutputPin};

/// The last 4 KB of the code memory.
const PROVISIONING: usize = 0x003f_f000;
const PROVISIONING_LEN: usize = 0x1000;

/// The board, with its parts set up.
pub struct Mps2<'f> {
    nic: Lan9118<'f>,
    led: UserLed,
    delay: Counter,
}

impl<'f> Mps2<'f> {
    /// A board that is not set up yet; its Ethernet controller is lent `frames`.
    pub fn new(frames: &'f mut Frames) -> Self {
        const FPGAIO: usize = 0x4002_8000;
        // SAFETY: where the application notes have the LAN9118 and the FPGA's I/O block; a program makes one board. The two halves of the
        // I/O block share no register: the LED has one, the delay reads another.
        let (ethernet, leds, counter) =
            unsafe { (Registers::new(0x4020_0000), Registers::new(FPGAIO), Registers::new(FPGAIO)) };
        Mps2 { nic: Lan9118::new(ethernet, frames), led: UserLed { fpgaio: leds }, delay: Counter { fpgaio: counter } }
    }

    /// Sets the parts up. False: the Ethernet controller does not answer.
    #[must_use]
    pub fn start(&mut self) -> bool {
        self.delay.start();
        self.nic.start(Lan9118::MAC)
    }
}

impl Nic for Lan9118<'_> {
    const IRQ: u8 = 13;

    fn frame_waits(&mut self) -> bool {
        self.acknowledge();
        self.waiting()
    }
}

impl<'f> Board for Mps2<'f> {
    type Nic = Lan9118<'f>;
    type Led = UserLed;
    type Delay = Counter;
    const NAME: &'static str = "mps2";
    const HERTZ: u32 = 25_000_000;
    const PER_INSTRUCTION: Ratio = Ratio { ticks: 16, instructions: 5 };

    fn parts(&mut self) -> (&mut Lan9118<'f>, &mut UserLed, &mut Counter) {
        (&mut self.nic, &mut self.led, &mut self.delay)
    }

    fn provisioning(&self) -> &'static [u8] {
        // SAFETY: memory that `memory.x` keeps the program out of, and that nothing writes while the program runs.
        unsafe { core::slice::from_raw_parts(PROVISIONING as *const u8, PROVISIONING_LEN) }
    }
}

/// User LED 0 of the FPGA's I/O block.
pub struct UserLed {
    fpgaio: Registers,
}

impl UserLed {
    const LED0: usize = 0x00;

    fn set(&mut self, on: bool) {
        let others = self.fpgaio.read(Self::LED0) & !1;
        self.fpgaio.write(Self::LED0, others | u32::from(on));
    }
}

impl Led for UserLed {
    fn is_lit(&self) -> bool {
        self.fpgaio.read(Self::LED0) & 1 == 1
    }
}

impl ErrorType for UserLed {
    type Error = core::convert::Infallible;
}

impl OutputPin for UserLed {
    fn set_low(&mut self) -> Result<(), Self::Error> {
        self.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Self::Error> {
        self.set(true);
        Ok(())
    }
}

/// The FPGA's free-running counter, set to count microseconds.
pub struct Counter {
    fpgaio: Registers,
}

impl Counter {
    const COUNTER: usize = 0x18;
    const PRESCALE: usize = 0x1c;

    fn start(&mut self) {
        // 25 MHz by 25: the counter is up by one when the prescaler has counted down from 24.
        self.fpgaio.write(Self::PRESCALE, 24);
    }
}

impl DelayNs for Counter {
    fn delay_ns(&mut self, ns: u32) {
        let start = self.fpgaio.read(Self::COUNTER);
        // One more than the microseconds that begin: the first may be nearly over.
        let wait = ns.div_ceil(1_000).saturating_add(1);
        while self.fpgaio.read(Self::COUNTER).wrapping_sub(start) < wait {}
    }
}

//! Texas Instruments (Luminary Micro) LM3S6965 evaluation board: Cortex-M3, 256 KB of flash, 64 KB of RAM.

use super::{Board, Led, Nic};
use crate::clock::Ratio;
use crate::nic::Frames;
use crate::nic::stellaris::Stellaris;
use crate::registers::Registers;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{ErrorType, OutputPin};

/// The last 4 KB of flash.
const PROVISIONING: usize = 0x0003_f000;
const PROVISIONING_LEN: usize = 0x1000;

/// The board, with its parts set up.
pub struct Lm3s6965<'f> {
    nic: Stellaris<'f>,
    led: StatusLed,
    delay: Loop,
}

impl<'f> Lm3s6965<'f> {
    /// A board that is not set up yet; its Ethernet controller is lent `frames`.
    pub fn new(frames: &'f mut Frames) -> Self {
        // SAFETY: where the data sheet has the Ethernet controller, GPIO port F and the system control; a program makes one board.
        let (ethernet, port_f, system) =
            unsafe { (Registers::new(0x4004_8000), Registers::new(0x4002_5000), Registers::new(0x400f_e000)) };
        Lm3s6965 { nic: Stellaris::new(ethernet, frames), led: StatusLed { port_f, system }, delay: Loop }
    }

    /// Sets the parts up.
    pub fn start(&mut self) {
        self.led.start();
        self.nic.start(Stellaris::MAC);
    }
}

impl Nic for Stellaris<'_> {
    const IRQ: u8 = 42;

    fn frame_waits(&mut self) -> bool {
        self.acknowledge();
        self.waiting()
    }
}

impl<'f> Board for Lm3s6965<'f> {
    type Nic = Stellaris<'f>;
    type Led = StatusLed;
    type Delay = Loop;
    const NAME: &'static str = "lm3s6965evb";
    const HERTZ: u32 = 12_500_000;
    const PER_INSTRUCTION: Ratio = Ratio { ticks: 8, instructions: 5 };

    fn parts(&mut self) -> (&mut Stellaris<'f>, &mut StatusLed, &mut Loop) {
        (&mut self.nic, &mut self.led, &mut self.delay)
    }

    fn provisioning(&self) -> &'static [u8] {
        // SAFETY: flash that `memory.x` keeps the program out of, and that nothing writes while the program runs.
        unsafe { core::slice::from_raw_parts(PROVISIONING as *const u8, PROVISIONING_LEN) }
    }
}

/// The status LED at PF0.
pub struct StatusLed {
    port_f: Registers,
    system: Registers,
}

impl StatusLed {
    /// A GPIO port's data register answers at 256 addresses; bits 9 to 2 of the address say which pins are meant. Here: pin 0.
    const DATA_PIN_0: usize = 1 << 2;
    const DIRECTION: usize = 0x400;
    const DIGITAL_ENABLE: usize = 0x51c;
    /// Run mode clock gating: bit 5 is port F.
    const RCGC2: usize = 0x108;

    fn start(&mut self) {
        self.system.write(Self::RCGC2, self.system.read(Self::RCGC2) | 1 << 5);
        self.port_f.write(Self::DIRECTION, 1);
        self.port_f.write(Self::DIGITAL_ENABLE, 1);
    }
}

impl Led for StatusLed {
    fn is_lit(&self) -> bool {
        self.port_f.read(Self::DATA_PIN_0) & 1 == 1
    }
}

impl ErrorType for StatusLed {
    type Error = core::convert::Infallible;
}

impl OutputPin for StatusLed {
    fn set_low(&mut self) -> Result<(), Self::Error> {
        self.port_f.write(Self::DATA_PIN_0, 0);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Self::Error> {
        self.port_f.write(Self::DATA_PIN_0, 1);
        Ok(())
    }
}

/// Waits by counting instructions: at least as long as asked.
pub struct Loop;

impl DelayNs for Loop {
    fn delay_ns(&mut self, ns: u32) {
        // One cycle takes 80 ns.
        cortex_m::asm::delay(ns / 80 + 1);
    }
}

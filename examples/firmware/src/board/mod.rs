//! Boards: what differs from one to the other, behind one trait. All above this room is the same on each.

pub mod lm3s6965;
pub mod mps2;

use crate::clock::Ratio;
use cortex_m_rt::exception;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use smoltcp::phy::Device;

/// A board.
pub trait Board {
    /// Its Ethernet controller.
    type Nic: Device;
    /// A light.
    type Led: OutputPin;
    /// A timer to wait by.
    type Delay: DelayNs;
    /// What people call it.
    const NAME: &'static str;
    /// Processor clock in hertz.
    const HERTZ: u32;
    /// How SysTick runs against instructions under `-icount shift=7`.
    const PER_INSTRUCTION: Ratio;
    /// The controller's address; locally administered.
    const MAC: [u8; 6] = [0x02, 0x00, 0x53, 0x54, 0x4e, 0x54];

    /// The parts, borrowed apart.
    fn parts(&mut self) -> (&mut Self::Nic, &mut Self::Led, &mut Self::Delay);
    /// The flash sector that holds the provisioning blob.
    fn provisioning(&self) -> &'static [u8];
    /// Whether a frame waits, after letting go of the controller's interrupt line.
    fn frame_waiting(&mut self) -> bool;
    /// The number of the controller's interrupt.
    const IRQ: u8;

    /// Sleeps until a frame or SysTick comes. Returns at once where a frame waits.
    fn sleep(&mut self) {
        // With interrupts held back, WFI still wakes for them: nothing can slip in between the look and the sleep.
        cortex_m::interrupt::free(|_| {
            if !self.frame_waiting() {
                interrupt(Self::IRQ, true);
                cortex_m::asm::wfi();
            }
        });
    }
}

/// The only interrupt besides SysTick is the controller's. Its line stays up until the main loop has drained it,
/// so it is switched off here; `sleep` switches it on.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    if let Ok(number) = u8::try_from(number) {
        interrupt(number, false);
    } else {
        crate::console::exit(false);
    }
}

/// Switches an interrupt on or off.
fn interrupt(number: u8, on: bool) {
    let nvic = cortex_m::peripheral::NVIC::PTR;
    let (word, bit) = (usize::from(number / 32), 1 << (number % 32));
    // SAFETY: the set and clear registers change only the bits written as 1; a handler switched off or on breaks no critical section,
    // since `sleep` alone waits for it.
    unsafe {
        if on {
            (*nvic).iser[word].write(bit);
        } else {
            (*nvic).icer[word].write(bit);
        }
    }
}

//! Boards: what differs from one to the other, behind one trait. All above this room is the same on each.

pub mod lm3s6965;
pub mod mps2;

use crate::clock::Ratio;
use cortex_m_rt::exception;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use smoltcp::phy::Device;

/// An Ethernet controller that can wake the processor.
pub trait Nic: Device {
    /// The number of its interrupt.
    const IRQ: u8;
    /// Its address; locally administered.
    const MAC: [u8; 6] = [0x02, 0x00, 0x53, 0x54, 0x4e, 0x54];
    /// Whether a frame waits. Lets go of the interrupt line first.
    fn frame_waits(&mut self) -> bool;
}

/// A light that can be looked at.
pub trait Led: OutputPin {
    /// Whether the hardware says that it is lit.
    fn is_lit(&self) -> bool;
}

/// A board.
pub trait Board {
    /// Its Ethernet controller.
    type Nic: Nic;
    /// A light.
    type Led: Led;
    /// A timer to wait by.
    type Delay: DelayNs;
    /// What people call it.
    const NAME: &'static str;
    /// Processor clock in hertz.
    const HERTZ: u32;
    /// How SysTick runs against instructions under `-icount shift=7`.
    const PER_INSTRUCTION: Ratio;

    /// The parts, borrowed apart.
    fn parts(&mut self) -> (&mut Self::Nic, &mut Self::Led, &mut Self::Delay);
    /// The flash sector that holds the provisioning blob.
    fn provisioning(&self) -> &'static [u8];
}

/// Sleeps until a frame or SysTick comes; true: a frame waits.
pub fn doze<N: Nic>(nic: &mut N) -> bool {
    // With interrupts held back, WFI still wakes for them: nothing can slip in between the look and the sleep.
    cortex_m::interrupt::free(|_| {
        let waits = nic.frame_waits();
        if !waits {
            interrupt(N::IRQ, true);
            cortex_m::asm::wfi();
        }
        waits
    })
}

/// The only interrupt besides SysTick is the controller's. Its line stays up until the main loop has drained it,
/// so it is switched off here; `doze` switches it on.
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
    // since `doze` alone waits for it.
    unsafe {
        if on {
            (*nvic).iser[word].write(bit);
        } else {
            (*nvic).icer[word].write(bit);
        }
    }
}

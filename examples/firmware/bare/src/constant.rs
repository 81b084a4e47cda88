//! What the images `constant_…` do: key generation, agreement and signature with secret after secret, each between two marks.
//!
//! Who watches from outside (a plugin of the emulator's) compares what is executed, loaded and stored between the marks: it must be the same for all secrets. What
//! an operation leaves on the stack can be told too. The secrets come from the host, at [`GIVEN`], and the results go to it.

use crate::exit;
use core::arch::{asm, naked_asm};
use core::convert::Infallible;
use core::hint::black_box as opaque;
use cortex_m_semihosting::hio;
use rand_core::{TryCryptoRng, TryRng};
use stint_dtls::crypto::{KeyExchange, Point, Secret, Shared, Signature};

/// Where the host puts a [`Head`], and the secrets behind it: flash that no image reaches.
pub const GIVEN: usize = 0x20_0000;

/// How many bytes below the caller's frame are told of: more than any of the operations uses.
const WATCHED: usize = 8192;

/// What the host wants.
#[repr(C)]
pub struct Head {
    /// How many secrets there are.
    count: u32,
    /// 1: what is left on the stack is told, behind each result.
    stack: u32,
    /// With whom keys are agreed.
    peer: Point,
}

/// A secret, and what is signed with it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Given {
    key: [u8; 32],
    digest: [u8; 32],
}

/// A copy of what was below a frame, and where the frame is.
#[repr(C)]
struct Left {
    frame: u32,
    below: [u32; WATCHED / 4],
}

static mut LEFT: Left = Left { frame: 0, below: [0; WATCHED / 4] };

/// The first mark: its address is all that counts.
#[unsafe(naked)]
#[unsafe(no_mangle)]
extern "C" fn operation_begins() {
    naked_asm!("bx lr")
}

/// The second.
#[unsafe(naked)]
#[unsafe(no_mangle)]
extern "C" fn operation_ends() {
    naked_asm!("bx lr")
}

/// Does the three operations with each secret, and ends the run. `sign` makes the signer of a key and signs a digest; false where it cannot.
pub fn run<X, S>(mut kx: X, mut sign: S) -> !
where
    X: KeyExchange<Ephemeral = Secret<32>>,
    S: FnMut(&[u8; 32], &[u8; 32], &mut Signature) -> bool,
{
    // SAFETY: the host loaded it there, before the start.
    let head = unsafe { &*(GIVEN as *const Head) };
    let given = (GIVEN + size_of::<Head>()) as *const Given;
    // SAFETY: likewise, and as many as it says.
    let given = unsafe { core::slice::from_raw_parts(given, head.count as usize) };
    let (mut public, mut shared, mut signature) = ([0; 65], Shared::EMPTY, [0; 64]);
    for one in given {
        // At the same place for all, whatever reads it.
        let Given { key, digest } = opaque(*one);
        let mut own = Secret::EMPTY;
        let made = measured(|| kx.generate(&mut Drawn(&key), &mut own, &mut public).is_ok());
        tell(head, &public);
        let agreed = measured(|| kx.agree(&mut own, &head.peer, &mut shared) == Ok(true));
        tell(head, shared.as_bytes());
        let signed = measured(|| sign(&key, &digest, &mut signature));
        tell(head, &signature);
        if !(made && agreed && signed) {
            exit(false);
        }
    }
    exit(true)
}

/// Marks what `operation` does, and keeps what it left on the stack.
#[inline(never)]
fn measured(operation: impl FnOnce() -> bool) -> bool {
    below(|place, _| {
        // SAFETY: below this frame, where nobody is; no interrupt is on.
        unsafe { place.write_volatile(0) };
    });
    operation_begins();
    let done = called(operation);
    operation_ends();
    below(|place, kept| {
        // SAFETY: likewise; and there is one thread.
        unsafe { kept.write_volatile(place.read_volatile()) };
    });
    done
}

/// A frame of its own, so that what `operation` holds on the stack is below.
#[inline(never)]
fn called(operation: impl FnOnce() -> bool) -> bool {
    operation()
}

/// Calls `each` for the words below the frame that this is inlined in, with the place that keeps it.
#[inline(always)]
fn below(each: impl Fn(*mut u32, *mut u32)) {
    let frame: usize;
    // SAFETY: it reads the stack pointer.
    unsafe { asm!("mov {}, sp", out(reg) frame, options(nomem, nostack, preserves_flags)) };
    let left = &raw mut LEFT;
    // SAFETY: there is one thread.
    let kept = unsafe {
        (&raw mut (*left).frame).write_volatile(frame as u32);
        (&raw mut (*left).below).cast::<u32>()
    };
    for index in 0..WATCHED / 4 {
        each((frame - WATCHED + 4 * index) as *mut u32, kept.wrapping_add(index));
    }
}

/// Sends the host a result, and what was left if it wants that.
fn tell(head: &Head, result: &[u8]) {
    let Ok(mut out) = hio::hstdout() else { exit(false) };
    // SAFETY: there is one thread, and it does not write it now.
    let left = unsafe { core::slice::from_raw_parts((&raw const LEFT).cast::<u8>(), size_of::<Left>()) };
    if out.write_all(result).is_err() || head.stack == 1 && out.write_all(left).is_err() {
        exit(false);
    }
}

/// A random source that says the secret.
struct Drawn<'a>(&'a [u8; 32]);

impl TryRng for Drawn<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.iter_mut().zip(self.0).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

impl TryCryptoRng for Drawn<'_> {}

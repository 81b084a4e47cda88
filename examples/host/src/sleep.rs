//! The file of `--sleep`: an association that outlives the process. The next one goes on with it, without a handshake.

use crate::private;
use std::path::Path;
use stint_dtls::auth::Auth;
use stint_dtls::crypto::{ExportKey, Provider};
use stint_dtls::{Client, ImportError, Record};

/// Record numbers that a process takes for itself when it goes on: more than it sends.
const RESERVE: u32 = 1 << 20;

/// The local port of the association that sleeps in the file: where it has no Connection ID, the server knows it by that.
pub(crate) fn port(path: &Path) -> Option<u16> {
    std::fs::read(path).ok().and_then(record).map(|record| record.port()).filter(|port| *port != 0)
}

fn record(bytes: Vec<u8>) -> Option<Record> {
    let bytes: [u8; Record::LEN] = bytes.try_into().ok()?;
    Some(Record::from_bytes(&bytes))
}

/// Goes on with the association in the file, as no other process can from there on. The error says why a handshake is due instead.
pub(crate) fn wake<A: Auth<P>, P: Provider<Aeads: ExportKey>>(
    path: &Path,
    client: &mut Client<'_, A, P>,
) -> Result<(), String> {
    let mut record = private::take(path).ok().and_then(record).ok_or("no association sleeps there")?;
    let mut reservation = client.import(&mut record, RESERVE).map_err(|error| error.to_string())?;
    if !reservation.hears() {
        // What comes in could be what came before: only a handshake tells.
        return Err("the process before this one did not end well".into());
    }
    let stamped = reservation.stamp_unprotected().map_err(|error| error.to_string())?;
    private::replace(path, stamped.bytes()).map_err(|error| error.to_string())?;
    stamped.commit();
    Ok(())
}

/// Puts the association into the file; the client has it no longer.
pub(crate) fn fall_asleep<A: Auth<P>, P: Provider<Aeads: ExportKey>>(
    path: &Path,
    port: u16,
    client: &mut Client<'_, A, P>,
) -> Result<(), String> {
    let told = |error: ImportError| error.to_string();
    let mut record = Record::EMPTY;
    record.set_port(port);
    let mut reservation = client.export(0, &mut record).map_err(told)?;
    let stamped = reservation.stamp_unprotected().map_err(told)?;
    private::replace(path, stamped.bytes()).map_err(|error| error.to_string())?;
    stamped.commit();
    Ok(())
}

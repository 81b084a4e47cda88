//! `cargo footprint`: what Stint costs, measured: flash by layer, RAM, stack, instructions and wire bytes.
//!
//! Each figure comes from an image that ran: a bare one (examples/firmware/bare), where a UART to this process stands for UDP and the far end is libcoap's
//! server (for ECDHE_PSK the lab's own, since no other has it with CCM). Flash is the image less the baseline `idle`, which has the same shim and no Stint. The operations of
//! P-256 are measured alone as well, in images that talk to nobody. A figure that was not measured is null.

pub mod curve;
mod far;
mod image;
pub mod run;
mod table;

use crate::demo::{self, Board};
use far::Far;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What can be said on the command line.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
    /// Only targets whose name begins so
    #[arg(long, default_value = "", value_name = "TARGET")]
    target: String,
    /// Only profiles whose name begins so
    #[arg(long, default_value = "", value_name = "PROFILE")]
    profile: String,
    /// Write what is printed to a file as well
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The targets, each with the machine that runs its bare images and the board for which the whole firmware is built.
const TARGETS: [(&str, &str, Board); 3] = [
    ("thumbv6m-none-eabi", "mps2-an385", Board::Mps2An385),
    ("thumbv7m-none-eabi", "mps2-an385", Board::Lm3s6965evb),
    ("thumbv7em-none-eabi", "mps2-an386", Board::Mps2An386),
];

/// The profiles, each with its image and the server that it talks to; those of the curve alone stand in [`curve`].
const PROFILES: [(&str, &str, Far); 14] = [
    ("psk-coaps", "psk_coaps", Far::PSK),
    ("psk", "psk", Far::PSK),
    ("coap-codec", "coap_codec", Far::PLAIN),
    ("coap-client", "coap_client", Far::PLAIN),
    ("coap-observe", "coap_observe", Far::PLAIN),
    ("coap-block", "coap_block", Far::PLAIN),
    ("coap", "coap", Far::PLAIN),
    ("coap-server", "coap_server", Far::PLAIN),
    ("ecdhe-psk-coaps", "ecdhe_psk_coaps", Far::EcdhePsk),
    ("rpk-coaps", "rpk_coaps", Far::RAW_KEY),
    ("rpk-compact-coaps", "rpk_compact_coaps", Far::RAW_KEY),
    ("x509-server-coaps", "x509_server_coaps", Far::X509),
    ("x509-coaps", "x509_coaps", Far::MUTUAL),
    ("psk-x509-coaps", "psk_x509_coaps", Far::MUTUAL),
];

/// What was measured of one profile on one target.
#[derive(Clone, Debug)]
pub struct Row {
    /// The target triple.
    pub target: &'static str,
    /// The profile.
    pub profile: &'static str,
    /// Bytes of flash, by layer.
    pub layers: BTreeMap<&'static str, u64>,
    /// Bytes of flash beyond the baseline.
    pub flash: u64,
    /// What the image reported of itself.
    pub reported: BTreeMap<String, u64>,
    /// Bytes of UDP payload and datagrams, both ways, of the handshake (for `coap`: of one GET).
    pub wire: run::Wire,
}

impl Row {
    /// A figure that the image reported.
    pub fn figure(&self, name: &str) -> Option<u64> {
        self.reported.get(name).copied()
    }

    /// The sum of figures, or nothing where one is missing.
    fn sum(&self, names: &[&str]) -> Option<u64> {
        names.iter().map(|name| self.figure(name)).sum()
    }

    /// The client, and what is lent to it and to its credential.
    fn lent(&self) -> Option<u64> {
        Some(self.sum(&["client", "memory", "buffers"])? + self.figure("credential").unwrap_or(0))
    }

    /// CoAP's endpoint, slots and store.
    fn coap(&self) -> Option<u64> {
        self.sum(&["endpoint", "slots_and_store"])
    }

    /// The client, all buffers lent to Stint, and the deepest stack of a call into it, during the handshake.
    pub fn ram_handshake(&self) -> Option<u64> {
        Some(self.lent()? + self.coap().unwrap_or(0) + self.figure("stack_handshake")?)
    }

    /// The client, all buffers lent to Stint, with an observation: no stack.
    pub fn ram_established(&self) -> Option<u64> {
        Some(self.lent()? + self.coap()?)
    }

    /// The deepest stack of any call.
    pub fn stack_peak(&self) -> Option<u64> {
        self.reported.iter().filter(|(name, _)| name.starts_with("stack_")).map(|(_, value)| *value).max()
    }

    fn json(&self) -> Value {
        let steps = |prefix: &str| -> Map<String, Value> {
            let of = self
                .reported
                .iter()
                .filter_map(|(name, value)| Some((name.strip_prefix(prefix)?.to_owned(), json!(value))));
            of.collect()
        };
        json!({
            "target": self.target,
            "profile": self.profile,
            "flash": self.flash,
            "flash_by_layer": self.layers,
            "ram_handshake": self.ram_handshake(),
            "ram_firmware": self.figure("ram_firmware"),
            "ram_established": self.ram_established(),
            "state_bytes": {
                "client": self.figure("client"),
                "memory": self.figure("memory"),
                "buffers": self.figure("buffers"),
                "credential": self.figure("credential"),
                "endpoint": self.figure("endpoint"),
                "slot": self.figure("slot"),
                "slots_and_store": self.figure("slots_and_store"),
            },
            "stack_peak": self.stack_peak(),
            "stack_by_step": steps("stack_"),
            "instructions_handshake": self.figure("instructions_handshake"),
            "instructions_seal": self.figure("instructions_seal"),
            "instructions_open": self.figure("instructions_open"),
            "instructions_by_step": steps("instructions_"),
            "wire_bytes_sent": self.wire.bytes_sent,
            "wire_bytes_received": self.wire.bytes_received,
            "datagrams_sent": self.wire.datagrams_sent,
            "datagrams_received": self.wire.datagrams_received,
        })
    }
}

/// Measures the rows of all targets whose names begin with `targets`, of the `profiles` that are asked for.
///
/// # Errors
/// What could not be built or run.
pub fn measure(targets: &str, profiles: impl Fn(&str) -> bool) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (target, machine, board) in TARGETS.into_iter().filter(|(target, ..)| target.starts_with(targets)) {
        let wanted: Vec<_> = PROFILES.into_iter().filter(|(profile, ..)| profiles(profile)).collect();
        if wanted.is_empty() {
            break;
        }
        let idle = image::layers(&image::build("idle", target)?)?;
        for (profile, bin, far) in wanted {
            eprintln!("lab: measuring {profile} on {target}");
            let elf = image::build(bin, target)?;
            let (mut reported, wire) = run::run(&elf, machine, far)?;
            if profile == "psk-coaps" {
                reported.insert("ram_firmware".into(), demo::board::ram(board)?);
            }
            let mut layers = image::layers(&elf)?;
            layers.remove("shim");
            for shared in ["core", "constants"] {
                let of_shim = idle.get(shared).copied().unwrap_or(0);
                layers.entry(shared).and_modify(|size: &mut u64| *size = size.saturating_sub(of_shim));
            }
            let flash = layers.values().sum();
            rows.push(Row { target, profile, layers, flash, reported, wire });
        }
    }
    Ok(rows)
}

/// Runs it.
///
/// # Errors
/// What could not be built or run.
pub fn run(options: &Options) -> Result<(), String> {
    let wanted = |profile: &str| profile.starts_with(&options.profile);
    let rows = measure(&options.target, wanted)?;
    let curve = curve::measure(&options.target, wanted)?;
    let document = json!({
        "rows": rows.iter().map(Row::json).collect::<Vec<_>>(),
        "curve": curve.iter().map(curve::Row::json).collect::<Vec<_>>(),
    });
    let text = if options.json {
        serde_json::to_string_pretty(&document).map_err(|error| error.to_string())?
    } else {
        [(!rows.is_empty()).then(|| table::table(&rows)), (!curve.is_empty()).then(|| table::curve(&curve))]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("\n")
    };
    println!("{text}");
    if let Some(path) = &options.out {
        std::fs::write(path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

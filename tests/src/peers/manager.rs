//! A server on aiocoap that a device registers with, and that then reads, writes and observes what the device serves, on the same association.
//!
//! It is told what to ask in lines of JSON, and answers in such; see `tests/peers/aiocoap_manager.py`.

use super::{IDENTITY, KEY, Peer, free_port};
use crate::build_peers;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The running server.
pub struct Manager {
    peer: Peer,
    last: u64,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The code, as `2.05`; empty where none came.
    pub code: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// The Content-Format.
    pub format: Option<u64>,
    /// Observe, of a notification.
    pub observe: Option<u64>,
    /// Why no response came.
    pub ended: Option<String>,
}

impl Answer {
    fn read(line: &Value) -> Self {
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        Self {
            code: text("code").unwrap_or_default(),
            payload: text("payload").and_then(|digits| hex::decode(digits).ok()).unwrap_or_default(),
            format: line["format"].as_u64(),
            observe: line["observe"].as_u64(),
            ended: text("ended"),
        }
    }

    /// The payload as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.payload).unwrap_or("no text")
    }
}

impl Manager {
    /// Starts it.
    ///
    /// # Errors
    /// What could not be installed or built, or what it said in place of listening.
    pub fn start() -> Result<Self, String> {
        let interpreter = build_peers::python_dtls()?;
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/aiocoap_manager.py");
        let peer = Peer::retried(|| {
            let port = free_port(2)?;
            let mut command = Command::new(&interpreter);
            command.arg("-B").arg(&program).arg(port.to_string());
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            Peer::start(command.arg(text(IDENTITY)).arg(text(KEY)), port)
        })?;
        Ok(Self { peer, last: 0 })
    }

    /// The port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.peer.address().port()
    }

    /// What it printed so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.peer.output()
    }

    /// Tells it to do something, and gives the number by which the answers are known.
    pub fn tell(&mut self, mut command: Value) -> u64 {
        self.last += 1;
        command["id"] = json!(self.last);
        self.peer.say(&format!("{command}\n")).expect("its standard input is open");
        self.last
    }

    fn lines(&self, id: u64) -> Vec<Value> {
        let output = self.peer.output();
        // the last line may be half-written
        let whole = output.rfind('\n').map_or("", |end| &output[..end]);
        let lines = whole.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["id"] == json!(id)).collect()
    }

    /// Waits until so many answers came.
    ///
    /// # Errors
    /// They did not.
    pub fn wait(&self, id: u64, count: usize, limit: Duration) -> Result<Vec<Value>, String> {
        let start = Instant::now();
        loop {
            let lines = self.lines(id);
            if lines.len() >= count {
                return Ok(lines);
            }
            if start.elapsed() > limit {
                return Err(format!("{} of {count} answers to {id}:\n{}", lines.len(), self.output()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What came in answer to one command so far.
    #[must_use]
    pub fn answers(&self, id: u64) -> Vec<Answer> {
        self.lines(id).iter().map(Answer::read).collect()
    }

    /// Asks, and waits for the answer.
    ///
    /// # Panics
    /// None came.
    pub fn ask(&mut self, command: Value) -> Answer {
        let id = self.tell(command);
        let lines = self.wait(id, 1, Duration::from_secs(30)).unwrap();
        Answer::read(&lines[0])
    }
}

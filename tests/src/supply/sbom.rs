//! Bills of materials in CycloneDX, one for each library, in `target/sbom`.

use super::{tools, tree};
use crate::setup;
use serde_json::Value;
use std::fs;
use std::process::Command;

pub(super) fn write() -> Result<String, String> {
    let folder = tree::libraries()?;
    let to = folder.join("../sbom");
    fs::create_dir_all(&to).map_err(|error| format!("{}: {error}", to.display()))?;
    let mut command = Command::new(tools::cyclonedx()?);
    command.current_dir(&folder).args(["cyclonedx", "--quiet", "--format", "json", "--all-features", "--all"]);
    setup::output(&mut command)?;
    let mut said = Vec::new();
    for (library, name) in [("dtls", "stint-dtls"), ("coap", "stint-coap"), ("net-glue", "stint-net")] {
        let from = folder.join(library).join(format!("{name}.cdx.json"));
        let text = fs::read_to_string(&from).map_err(|error| format!("{}: {error}", from.display()))?;
        let bill: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let components = bill["components"].as_array().map_or(0, Vec::len);
        fs::write(to.join(format!("{name}.cdx.json")), &text).map_err(|error| error.to_string())?;
        said.push(format!("{name} {components}"));
    }
    Ok(format!("components of {}, with all features: target/sbom", said.join(", ")))
}

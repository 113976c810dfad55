//! The demo firm: its files, and the baresip that plays its carrier. Everything runs as in production; only the firm is made up.

mod carrier;
mod speech;

use crate::program::Ready;
pub use carrier::Carrier;
#[cfg(test)]
pub(crate) use speech::wav;
use std::io::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The SIP port of the demo's carrier, on loopback.
const CARRIER_PORT: u16 = 5080;
/// The password of the demo's agents.
const PASSWORD: &str = "demo";

/// A prepared demo.
#[derive(Debug)]
pub struct Demo {
    /// Its configuration.
    pub config: PathBuf,
    folder: PathBuf,
}

/// Writes the demo's files where they are missing: they may be changed and are kept.
pub fn prepare(folder: &Path) -> Result<Demo, Error> {
    std::fs::create_dir_all(folder)?;
    let config = folder.join("warmline.toml");
    if !config.exists() {
        let hash = crate::cli::hash(PASSWORD).map_err(Error::other)?;
        std::fs::write(&config, include_str!("warmline.toml").replace("{{PASSWORD_HASH}}", &hash))?;
    }
    speech::prepare_prompts(&folder.join("prompts"))?;
    carrier::prepare(&folder.join("carrier"), CARRIER_PORT)?;
    Ok(Demo { config, folder: folder.into() })
}

impl Demo {
    /// Starts the carrier and says what to try.
    pub fn start(self, ready: &Ready) -> Result<Carrier, Error> {
        let carrier = Carrier::start(&self.folder.join("carrier"))?;
        println!("{}", welcome(ready));
        Ok(carrier)
    }
}

fn welcome(ready: &Ready) -> String {
    let port = |address: SocketAddr| address.port();
    let shop = ready.shop.map_or(0, port);
    format!(
        "\n  Warmline is running with the demo firm.\n\n\
         \x20 Agents' desktop   http://localhost:{http}/desktop/      alice or bob, password {PASSWORD}\n\
         \x20 Demo shop         http://127.0.0.1:{shop}/              another site, with Warmline's script tag\n\
         \x20 The same by TLS   https://localhost:{https}/  ·  https://127.0.0.1:{shop}/   (development certificate)\n\n\
         \x20 Try this:\n\
         \x20 1. Log in as alice, allow the microphone, set yourself ready.\n\
         \x20 2. In the shop open a printer, press the round button, choose \"Call us\": a number appears here,\n\
         \x20    the page appears at alice.\n\
         \x20 3. In another terminal:  scripts/dial THE-NUMBER     (a real SIP call from the carrier)\n\
         \x20 4. Or choose \"We call you\": +4915112345670 answers and speaks; a last digit 1 is busy,\n\
         \x20    2 rings out, 3 is refused after two rings.\n\n\
         \x20 Ctrl-C ends it.\n",
        http = port(ready.http),
        https = port(ready.https),
    )
}

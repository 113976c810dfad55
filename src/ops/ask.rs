//! The command line asks the program that runs: over its admin listener, with the key that its secret makes.

use super::reload::{Answer, Ask, token};
use super::secrets;
use crate::config::Config;
use serde_json::Value;
use std::io::{Error, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

/// Names of trunks may take a resolver's time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks the program of this configuration to take `file`, or what that would change. `admin`: where it listens, if not where the file
/// says. An error is what is to be printed.
pub fn reload(
    config: &Config,
    file: &Path,
    check: bool,
    admin: Option<SocketAddr>,
) -> Result<Answer, String> {
    let address = admin.unwrap_or(config.web.admin);
    let kept = config.data.join("secret");
    let secret = secrets::read(&kept).map_err(|error| format!("{}: {error}", kept.display()))?;
    let ask = Ask { config: std::path::absolute(file).map_err(|error| error.to_string())?, check };
    let body = serde_json::to_string(&ask).map_err(|error| error.to_string())?;
    let (status, text) = post(address, &token(&secret), &body)
        .map_err(|error| format!("no running program answers at {address} (web.admin): {error}"))?;
    if status == 200 {
        return serde_json::from_str(&text).map_err(|error| format!("the answer cannot be read: {error}"));
    }
    let problem: Value = serde_json::from_str(&text).unwrap_or_default();
    Err(problem["detail"].as_str().map_or_else(|| format!("the program answered {status}"), str::to_owned))
}

fn post(address: SocketAddr, token: &str, body: &str) -> Result<(u16, String), Error> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = format!(
        "POST /reload HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let broken = || Error::other("the answer is no HTTP");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    Ok((status, body.to_owned()))
}

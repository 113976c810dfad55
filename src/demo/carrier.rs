//! The baresip that plays the demo's carrier: what it does with a call depends on the last digit of the number called.
//!
//! baresip tells its control port that a call came, but not which number was called: that is read off its SIP trace.
#![allow(clippy::disallowed_methods)]

use super::speech;
use serde_json::json;
use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The control port is the SIP port and this.
const CONTROL: u16 = 5;
const RINGS: Duration = Duration::from_millis(2_500);

/// The carrier's process; ended when dropped.
#[derive(Debug)]
pub struct Carrier {
    child: Child,
}

impl Drop for Carrier {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes its configuration and its voice.
pub fn prepare(folder: &Path, port: u16) -> Result<(), Error> {
    fs::create_dir_all(folder)?;
    speech::prepare(&folder.join("speech.wav"))?;
    let here = fs::canonicalize(folder)?;
    let here = here.display();
    let config = format!(
        "sip_listen 127.0.0.1:{port}\ncall_local_timeout 120\ncall_max_calls 20\n\
         audio_source aufile,{here}/speech.wav\naudio_player aubridge,ears\naudio_alert aubridge,alert\n\
         ausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\n\
         module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aufile.so\nmodule aubridge.so\n\
         module_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n\
         ctrl_tcp_listen 127.0.0.1:{}\n",
        port + CONTROL
    );
    fs::write(folder.join("config"), config)?;
    fs::write(
        folder.join("accounts"),
        "<sip:+4915112345670@127.0.0.1>;regint=0;answermode=manual;audio_codecs=pcma,pcmu\n",
    )?;
    fs::write(folder.join("contacts"), "")
}

impl Carrier {
    /// Starts it and the two threads that tell it what to do.
    pub fn start(folder: &Path) -> Result<Self, Error> {
        let mut command = Command::new("baresip");
        command
            .args(["-4", "-s", "-f"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| {
            Error::new(error.kind(), format!("baresip, which plays the carrier, cannot be started: {error}"))
        })?;
        let called = Arc::new(Mutex::new(VecDeque::new()));
        let out = child.stdout.take().expect("piped above");
        let numbers = called.clone();
        std::thread::spawn(move || read_trace(out, &numbers));
        let control = connect(&fs::read_to_string(folder.join("config"))?)?;
        std::thread::spawn(move || obey(control, &called));
        Ok(Carrier { child })
    }
}

fn connect(config: &str) -> Result<TcpStream, Error> {
    let address = config.lines().find_map(|line| line.strip_prefix("ctrl_tcp_listen ")).unwrap_or_default();
    for _ in 0..100 {
        if let Ok(stream) = TcpStream::connect(address) {
            return Ok(stream);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(Error::new(ErrorKind::TimedOut, format!("baresip, which plays the carrier, does not open {address}")))
}

/// Remembers the numbers of the INVITEs that come in.
fn read_trace(out: impl Read, called: &Mutex<VecDeque<String>>) {
    for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let Some(rest) = line.find("INVITE sip:").map(|at| &line[at + "INVITE sip:".len()..]) else {
            continue;
        };
        let number: String = rest.chars().take_while(|letter| *letter != '@' && *letter != ' ').collect();
        let mut called = called.lock().expect("never held over a panic");
        called.push_back(number);
        if called.len() > 64 {
            called.pop_front();
        }
    }
}

fn obey(mut control: TcpStream, called: &Mutex<VecDeque<String>>) {
    let mut buffer = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(len @ 1..) = control.read(&mut chunk) {
        buffer.extend_from_slice(&chunk[..len]);
        while let Some(text) = netstring(&mut buffer) {
            let event: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
            if event["type"] != "CALL_INCOMING" {
                continue;
            }
            let number = called.lock().expect("never held over a panic").pop_back().unwrap_or_default();
            let Ok(control) = control.try_clone() else { return };
            std::thread::spawn(move || behave(control, number.chars().next_back()));
        }
    }
}

fn behave(mut control: TcpStream, digit: Option<char>) {
    let (pause, verb) = match digit {
        Some('1') => (Duration::ZERO, "hangup"),
        Some('2') => return,
        Some('3') => (RINGS, "hangup"),
        _ => (RINGS, "accept"),
    };
    std::thread::sleep(pause);
    let text = json!({ "command": verb, "token": verb }).to_string();
    let _ = control.write_all(format!("{}:{text},", text.len()).as_bytes());
}

/// Takes one whole netstring off the front.
fn netstring(buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let colon = buffer.iter().position(|&byte| byte == b':')?;
    let len: usize = std::str::from_utf8(&buffer[..colon]).ok()?.trim().parse().ok()?;
    if buffer.len() < colon + len + 2 {
        return None;
    }
    let whole: Vec<u8> = buffer.drain(..colon + len + 2).collect();
    Some(whole[colon + 1..=colon + len].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_off_the_trace() {
        let called = Mutex::default();
        read_trace(
            &b"#\n\x1b[36;1mINVITE sip:+4915112345671@127.0.0.1:5080 SIP/2.0\r\nVia: x\n"[..],
            &called,
        );
        assert_eq!(called.into_inner().unwrap(), ["+4915112345671"]);
    }

    #[test]
    fn netstrings_come_whole() {
        let mut buffer = b"3:abc,2:d".to_vec();
        assert_eq!(netstring(&mut buffer).as_deref(), Some(&b"abc"[..]));
        assert_eq!(netstring(&mut buffer), None);
        buffer.extend(b"e,");
        assert_eq!(netstring(&mut buffer).as_deref(), Some(&b"de"[..]));
    }
}

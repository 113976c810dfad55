//! SIPp as a carrier that refuses.

use super::process::Process;
use super::{folder, free_port};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub struct Sipp {
    folder: PathBuf,
    _process: Process,
}

impl Sipp {
    /// Rings, then refuses every call with a status such as `486 Busy Here`.
    pub fn refusing(port: u16, status: &str) -> Self {
        let folder = folder("sipp");
        std::fs::write(folder.join("uas.xml"), scenario(status)).expect("written");
        // Between the choice of a free port and its use another test may have taken it: then it is started once more.
        let process = (0..3).find_map(|_| launch(&folder, port)).expect("SIPp listens");
        Sipp { folder, _process: process }
    }

    /// How many calls came.
    pub fn calls(&self) -> usize {
        let text = std::fs::read_to_string(self.folder.join("messages")).unwrap_or_default();
        let mut calls = HashSet::new();
        let mut invite = false;
        for row in text.lines() {
            invite = row.starts_with("INVITE ") || (invite && !row.trim().is_empty());
            if invite && row.to_ascii_lowercase().starts_with("call-id:") {
                calls.insert(row.trim().to_string());
            }
        }
        calls.len()
    }
}

/// None: it did not come to listen.
fn launch(folder: &Path, port: u16) -> Option<Process> {
    let mut command = Command::new("sipp");
    command.current_dir(folder).args(["-sf", "uas.xml", "-i", "127.0.0.1", "-nostdin", "-trace_msg"]);
    command.args(["-message_file", "messages", "-p", &port.to_string(), "-mp", &free_port().to_string()]);
    let mut process = Process::start(&mut command, &folder.join("sipp.log"));
    for _ in 0..100 {
        if listens(port) {
            return Some(process);
        }
        if process.has_ended() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    None
}

/// Asked of the kernel: to try the port oneself would take it from SIPp at the moment at which it wants it.
fn listens(port: u16) -> bool {
    let sockets = std::fs::read_to_string("/proc/net/udp").unwrap_or_default();
    let local = format!(":{port:04X}");
    sockets.lines().any(|row| row.split_whitespace().nth(1).is_some_and(|address| address.ends_with(&local)))
}

fn scenario(status: &str) -> String {
    let answer = |status: &str, retrans: &str| {
        format!(
            "<send{retrans}><![CDATA[\n\nSIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]uas[call_number]\n\
             [last_Call-ID:]\n[last_CSeq:]\nContact: <sip:[local_ip]:[local_port]>\nContent-Length: 0\n\n]]></send>\n"
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"refuses\">\n\
         <recv request=\"INVITE\"/>\n{}{}<recv request=\"ACK\"/>\n</scenario>\n",
        answer("180 Ringing", ""),
        answer(status, " retrans=\"500\"")
    )
}

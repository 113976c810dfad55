//! Kamailio as somebody's telephone system: its phones register with it, other numbers go to the switch, and what is handed back to
//! it (302) it connects itself.

use super::process::Process;
use super::{folder, free_port, until};
use std::path::Path;
use std::process::Command;

pub struct Kamailio {
    pub sip: u16,
    process: Process,
}

impl Kamailio {
    /// Numbers that are not its own go to the switch on this port.
    pub fn start(sip: u16, switch: u16) -> Self {
        let folder = folder("kamailio");
        let file = folder.join("kamailio.cfg");
        std::fs::write(&file, configuration(sip, switch)).expect("written");
        let log = folder.join("log");
        let mut command = Command::new("kamailio");
        command.args(["-DD", "-E", "-m", "16", "-M", "4", "-w"]).arg(&folder).arg("-f").arg(&file);
        let process = Process::start(&mut command, &log);
        let kamailio = Kamailio { sip, process };
        kamailio.await_options(&log);
        kamailio
    }

    fn await_options(&self, log: &Path) {
        let port = free_port();
        let socket = std::net::UdpSocket::bind(("127.0.0.1", port)).expect("bound");
        socket.set_read_timeout(Some(std::time::Duration::from_millis(100))).expect("set");
        let text = format!(
            "OPTIONS sip:127.0.0.1:{sip} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKup\r\n\
             From: <sip:up@127.0.0.1>;tag=up\r\nTo: <sip:127.0.0.1:{sip}>\r\nCall-ID: up\r\nCSeq: 1 OPTIONS\r\n\
             Max-Forwards: 5\r\nContent-Length: 0\r\n\r\n",
            sip = self.sip
        );
        until(&format!("Kamailio answers ({})", log.display()), || {
            socket.send_to(text.as_bytes(), ("127.0.0.1", self.sip)).ok()?;
            socket.recv(&mut [0; 2_000]).ok()
        });
    }
}

impl Drop for Kamailio {
    /// It ends its own processes when it is asked to.
    fn drop(&mut self) {
        self.process.signal("-TERM");
        self.process.wait();
    }
}

fn configuration(sip: u16, switch: u16) -> String {
    format!(
        r#"#!KAMAILIO
debug=1
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:{sip}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "acc.so"
loadmodule "uac_redirect.so"
request_route {{
    if (!mf_process_maxfwd_header("20")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (has_totag()) {{
        if (loose_route()) {{ t_relay(); exit; }}
        if (is_method("ACK")) {{ if (t_check_trans()) {{ t_relay(); }} exit; }}
        sl_send_reply("404", "Not here");
        exit;
    }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) {{ t_relay(); }} exit; }}
    if (is_method("REGISTER")) {{ save("location"); exit; }}
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "OK"); exit; }}
    record_route();
    if ($rU =~ "^[0-9][0-9][0-9][0-9]$") {{
        if (!lookup("location")) {{ sl_send_reply("404", "No such phone"); exit; }}
        t_relay();
        exit;
    }}
    t_on_failure("HANDED_BACK");
    $du = "sip:127.0.0.1:{switch}";
    t_relay();
}}
failure_route[HANDED_BACK] {{
    if (t_is_canceled()) {{ exit; }}
    if (t_check_status("302")) {{ get_redirects("1:1"); t_relay(); }}
}}
"#
    )
}

//! Exim as a firm's mail server: it takes letters over TLS from whoever has the password, and puts them into a folder.

use super::process::Process;
use super::{folder, free_port, until};
use std::path::PathBuf;
use std::process::Command;

/// Debian's user of it: without `root`'s rights it reads a file that is not the system's.
const USER: &str = "Debian-exim";

pub struct Exim {
    pub port: u16,
    pub folder: PathBuf,
    process: Process,
}

impl Exim {
    pub fn start() -> Self {
        let (folder, port) = (folder("exim"), free_port());
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        std::fs::write(folder.join("cert.pem"), key.cert.pem()).expect("written");
        std::fs::write(folder.join("key.pem"), key.signing_key.serialize_pem()).expect("written");
        std::fs::write(folder.join("exim.conf"), configuration(port, &folder.display().to_string()))
            .expect("written");
        for name in ["spool", "log", "mail"] {
            std::fs::create_dir(folder.join(name)).expect("made");
        }
        for name in ["", "spool", "log", "mail", "cert.pem", "key.pem"] {
            let path = folder.join(name);
            let done = Command::new("chown").arg(format!("{USER}:{USER}")).arg(path).status().expect("chown");
            assert!(done.success());
        }
        Exim::start_in(folder, port)
    }

    /// Again on the same folder and port, after it was dropped.
    pub fn start_in(folder: PathBuf, port: u16) -> Self {
        let mut command = Command::new("exim4");
        command.arg("-C").arg(folder.join("exim.conf")).arg("-bdf");
        let process = Process::start(&mut command, &folder.join("exim.log"));
        until("Exim listens", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        Exim { port, folder, process }
    }

    /// The letters that it has, in the order of their arrival; waits for so many.
    pub fn letters(&self, count: usize) -> Vec<String> {
        until(&format!("{count} letters in {}", self.folder.display()), || {
            let entries = std::fs::read_dir(self.folder.join("mail/new")).ok()?;
            let mut names: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
            names.sort();
            (names.len() >= count)
                .then(|| names.iter().map(|name| std::fs::read_to_string(name).expect("text")).collect())
        })
    }

    /// It is gone, and its port free.
    pub fn stop(self) -> (PathBuf, u16) {
        (self.folder.clone(), self.port)
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        self.process.signal("-TERM");
        self.process.wait();
    }
}

fn configuration(port: u16, folder: &str) -> String {
    format!(
        r#"keep_environment =
primary_hostname = localhost
spool_directory = {folder}/spool
log_file_path = {folder}/log/%s
pid_file_path = {folder}/spool/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {folder}/cert.pem
tls_privatekey = {folder}/key.pem
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
host_lookup =
rfc1413_query_timeout = 0s
acl_smtp_rcpt = rcpt
acl_smtp_data = data
begin acl
rcpt:
  deny !encrypted = *
  deny !authenticated = *
  deny message = no such user
    local_parts = nobody
  accept
data:
  accept
begin routers
all:
  driver = accept
  transport = keep
begin transports
keep:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  user = {USER}
  group = {USER}
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{warmline}}}}{{eq{{$auth3}}{{letters}}}}}}}}
  server_set_id = $auth2
"#
    )
}

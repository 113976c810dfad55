//! baresip as a phone or a carrier: driven over its control port, its ears recorded.

use super::process::Process;
use super::{audio, folder, free_port, until};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

pub struct Baresip {
    pub folder: PathBuf,
    pub sip: u16,
    process: Process,
    control: TcpStream,
    buffer: Vec<u8>,
    events: Vec<Value>,
}

/// Who it is.
pub struct Account<'a> {
    /// User part.
    pub user: &'a str,
    /// Domain and realm.
    pub domain: &'a str,
    /// Registrar's and outbound proxy's port on loopback; none: a peer without registration.
    pub registrar: Option<u16>,
    /// Password.
    pub password: &'a str,
    /// Answers by itself.
    pub auto: bool,
    /// The tone it speaks, in Hz.
    pub hz: f64,
    /// `udp` or `tcp`.
    pub transport: &'a str,
}

impl Default for Account<'_> {
    fn default() -> Self {
        Account {
            user: "carrier",
            domain: "127.0.0.1",
            registrar: None,
            password: "",
            auto: true,
            hz: 700.0,
            transport: "udp",
        }
    }
}

impl Baresip {
    pub fn start(account: &Account) -> Self {
        Self::start_on(account, free_port())
    }

    /// The telephone of one of the program's accounts, which answers by itself and speaks this tone.
    pub fn registered(user: &str, registrar: u16, hz: f64) -> Self {
        let (domain, registrar, password) = ("warmline", Some(registrar), super::switch::PASSWORD);
        Self::start(&Account { user, domain, registrar, password, hz, ..Account::default() })
    }

    pub fn start_on(account: &Account, sip: u16) -> Self {
        // Between the choice of a free port and its use another test may have taken it: then it is started once more.
        let (folder, process, control) =
            (0..3).find_map(|_| launch(account, sip)).expect("baresip opens its control port");
        control.set_read_timeout(Some(Duration::from_millis(20))).expect("set");
        let phone = Baresip { folder, sip, process, control, buffer: Vec::new(), events: Vec::new() };
        if account.registrar.is_some() {
            // The event may come before the control port is open: the log keeps it.
            until("baresip is registered", || phone.log().contains("200 OK").then_some(()));
        }
        phone
    }

    /// A command of its menu.
    pub fn command(&mut self, command: &str, parameters: &str) {
        let text = json!({ "command": command, "params": parameters, "token": command }).to_string();
        self.control
            .write_all(format!("{}:{text},", text.len()).as_bytes())
            .expect("its control port takes it");
    }

    pub fn dial(&mut self, uri: &str) {
        self.command("dial", uri);
    }

    /// `-STOP`: it does nothing more; `-CONT`: it goes on.
    pub fn signal(&self, signal: &str) {
        self.process.signal(signal);
    }

    pub fn hangup(&mut self) {
        self.command("hangup", "");
    }

    /// Presses keys, one after the other as a person does: baresip forgets a key that the next one overtakes.
    pub fn press(&mut self, keys: &str) {
        for key in keys.chars() {
            self.command("sndcode", &key.to_string());
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    pub fn accept(&mut self) {
        self.command("accept", "");
    }

    /// Waits for the next event of a type (`CALL_INCOMING`, `CALL_ESTABLISHED`, `CALL_CLOSED` …) and takes it and all before it.
    pub fn wait(&mut self, kind: &str) -> Value {
        until(&format!("baresip's {kind} ({})", self.folder.display()), || {
            self.read();
            let at = self.events.iter().position(|event| event["type"] == kind)?;
            self.events.drain(..=at).next_back()
        })
    }

    /// Whether such an event has come.
    pub fn has(&mut self, kind: &str) -> bool {
        self.read();
        self.events.iter().any(|event| event["type"] == kind)
    }

    fn read(&mut self) {
        let mut chunk = [0; 4096];
        while let Ok(len @ 1..) = self.control.read(&mut chunk) {
            self.buffer.extend_from_slice(&chunk[..len]);
        }
        while let Some(colon) = self.buffer.iter().position(|&byte| byte == b':') {
            let len: usize =
                std::str::from_utf8(&self.buffer[..colon]).unwrap().trim().parse().expect("a netstring");
            if self.buffer.len() < colon + len + 2 {
                return;
            }
            let text: Vec<u8> = self.buffer.drain(..colon + len + 2).collect();
            let value: Value = serde_json::from_slice(&text[colon + 1..=colon + len]).expect("JSON");
            if value["event"] == true {
                self.events.push(value);
            }
        }
    }

    /// The recording of what it hears in its latest call.
    pub fn ears(&self) -> Option<PathBuf> {
        self.recording("-dec.wav")
    }

    /// The recording of what it says in its latest call.
    pub fn said(&self) -> Option<PathBuf> {
        self.recording("-enc.wav")
    }

    fn recording(&self, ending: &str) -> Option<PathBuf> {
        let files = std::fs::read_dir(&self.folder).ok()?.flatten().map(|entry| entry.path());
        let found = files.filter(|path| path.to_string_lossy().ends_with(ending));
        found.max_by_key(|path| path.metadata().and_then(|meta| meta.modified()).ok())
    }

    /// Waits until it hears a tone.
    pub fn hears(&self, hz: f64) {
        until(&format!("{hz} Hz at {}", self.folder.display()), || {
            self.ears().filter(|file| audio::heard(file, hz)).map(|_| ())
        });
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("baresip.log")).unwrap_or_default()
    }
}

/// Starts it on fresh files; none where it does not come up.
fn launch(account: &Account, sip: u16) -> Option<(PathBuf, Process, TcpStream)> {
    let folder = folder("baresip");
    let control = free_port();
    audio::write_tone(&folder.join("tone.wav"), account.hz, 120);
    std::fs::write(folder.join("config"), config(&folder, sip, control)).expect("written");
    let registration = match account.registrar {
        Some(port) => {
            format!(";outbound=\"sip:127.0.0.1:{port};transport={}\";regint=600", account.transport)
        }
        None => ";regint=0".into(),
    };
    let mode = if account.auto { "auto" } else { "manual" };
    let line = format!(
        "<sip:{}@{};transport={}>;auth_user={};auth_pass=\"{}\";answermode={mode};audio_codecs=pcma,pcmu{registration}\n",
        account.user, account.domain, account.transport, account.user, account.password
    );
    std::fs::write(folder.join("accounts"), line).expect("written");
    std::fs::write(folder.join("contacts"), "").expect("written");
    let mut command = Command::new("baresip");
    command.arg("-4").arg("-f").arg(&folder).current_dir(&folder);
    let mut process = Process::start(&mut command, &folder.join("baresip.log"));
    until("baresip comes up or gives up", || match TcpStream::connect(("127.0.0.1", control)) {
        Ok(stream) => Some(Some(stream)),
        Err(_) => process.has_ended().then_some(None),
    })
    .map(|stream| (folder, process, stream))
}

fn config(folder: &std::path::Path, sip: u16, control: u16) -> String {
    let folder = folder.display();
    format!(
        "sip_listen 127.0.0.1:{sip}\n\
         call_local_timeout 120\ncall_max_calls 10\n\
         audio_source aufile,{folder}/tone.wav\naudio_player aubridge,ears\naudio_alert aubridge,alert\n\
         audio_buffer 20-160\nausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\n\
         module_path /usr/lib/baresip/modules\n\
         module g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n\
         module_tmp uuid.so\nmodule_tmp account.so\n\
         module_app menu.so\nmodule_app ctrl_tcp.so\n\
         snd_path {folder}\nctrl_tcp_listen 127.0.0.1:{control}\n"
    )
}

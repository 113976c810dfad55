//! Child processes: in groups of their own, ended by their own id, output kept in a file.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub struct Process {
    child: Child,
    name: String,
}

impl Process {
    /// Starts it with output into `log`.
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let file = File::create(log).expect("log file");
        let name = format!("{command:?}");
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("log file"))
            .stderr(file)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        Process { child, name }
    }

    /// Starts it and reads its first line of output; errors go into `log`.
    pub fn start_reading(command: &mut Command, log: &Path) -> (Self, String) {
        let name = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log).expect("log file"))
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut line = String::new();
        let out = child.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut line).expect("its first line");
        assert!(
            !line.is_empty(),
            "{name} said nothing:\n{}",
            std::fs::read_to_string(log).unwrap_or_default()
        );
        (Process { child, name }, line)
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGTERM, or whatever else `kill` takes.
    pub fn signal(&self, signal: &str) {
        let _ = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
    }

    /// SIGKILL, and waits.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it can be asked").is_some()
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> bool {
        super::until(&self.name, || self.child.try_wait().expect("it can be asked")).success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

//! The command line.

use crate::config::{self, Config};
use crate::program::{self, Program};
use crate::{demo, ops};
use argon2::PasswordHasher;
use clap::{Parser, Subcommand};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// A SIP softswitch with web coordination.
#[derive(Parser, Debug)]
#[command(version, about, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run with a configuration until SIGTERM or Ctrl-C; prints what it bound as one line of JSON.
    Run {
        /// The TOML file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Check a configuration: file, line and key of everything unknown or wrong.
    Check {
        /// The TOML file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Also ask the program that runs what a reload of this file would change.
        #[arg(long)]
        running: bool,
        /// Where that listens, if not at the file's `web.admin`.
        #[arg(long, value_name = "ADDRESS", requires = "running")]
        admin: Option<SocketAddr>,
    },
    /// Give the program that runs another configuration; prints what has changed. Any error, and nothing has.
    Reload {
        /// The TOML file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Where the program listens, if not at the file's `web.admin`.
        #[arg(long, value_name = "ADDRESS")]
        admin: Option<SocketAddr>,
    },
    /// Run a demo firm: shop pages, two agents, ten numbers, and a baresip as its carrier.
    Demo {
        /// Folder of the demo's files; made if missing.
        #[arg(long, value_name = "FOLDER", default_value = "demo-data")]
        folder: PathBuf,
    },
    /// Read a password from standard input and print its argon2 hash for `password_hash`.
    HashPassword,
    /// Print a new API key for a program, and what goes into `[[firms.keys]]` for it.
    Key,
    /// Print a new secret for `[[firms.webhooks]]`.
    WebhookSecret,
}

/// Runs what the arguments say.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Command::Run { config: file } => with_config(&file, |config| serve(file.clone(), config, None)),
        Command::Check { config: file, running, admin } => with_config(&file, |config| {
            if running {
                return ask(&config, &file, true, admin);
            }
            println!("ok");
            ExitCode::SUCCESS
        }),
        Command::Reload { config: file, admin } => {
            with_config(&file, |config| ask(&config, &file, false, admin))
        }
        Command::Demo { folder } => match demo::prepare(&folder) {
            Ok(demo) => {
                let file = demo.config.clone();
                with_config(&file, |config| serve(file.clone(), config, Some(demo)))
            }
            Err(error) => failed(&format!("the demo cannot be prepared in {}: {error}", folder.display())),
        },
        Command::HashPassword => hash_password(),
        Command::Key => {
            let (key, hash) = warmline_web::mint_key(&crate::ops::secrets::random());
            println!("key = {key}\nsecret_sha256 = {hash}");
            ExitCode::SUCCESS
        }
        Command::WebhookSecret => {
            println!("{}", warmline_web::mint_webhook_secret(&crate::ops::secrets::random()));
            ExitCode::SUCCESS
        }
    }
}

fn failed(message: &str) -> ExitCode {
    eprintln!("warmline: {message}");
    ExitCode::FAILURE
}

/// What a reload changes, or would.
fn ask(config: &Config, file: &Path, check: bool, admin: Option<SocketAddr>) -> ExitCode {
    match ops::ask::reload(config, file, check, admin) {
        Ok(answer) => {
            for change in &answer.changes {
                println!("{change}");
            }
            println!("{}", if answer.applied { "reloaded" } else { "ok" });
            ExitCode::SUCCESS
        }
        Err(why) => failed(&why),
    }
}

fn with_config(file: &Path, work: impl FnOnce(Config) -> ExitCode) -> ExitCode {
    match config::load(file) {
        Ok(config) => work(config),
        Err(errors) => {
            for error in errors {
                eprintln!("{error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn hash_password() -> ExitCode {
    let mut line = String::new();
    if let Err(error) = std::io::stdin().read_line(&mut line) {
        return failed(&error.to_string());
    }
    match hash(line.trim_end_matches(['\r', '\n'])) {
        Ok(hash) => {
            println!("{hash}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

/// The argon2 PHC string of a password, with a random salt.
pub fn hash(password: &str) -> Result<String, String> {
    let salt = crate::ops::secrets::random::<16>();
    let salt = argon2::password_hash::SaltString::encode_b64(&salt).map_err(|error| error.to_string())?;
    let hash = argon2::Argon2::default().hash_password(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| error.to_string())?.to_string())
}

fn serve(file: PathBuf, config: Config, demo: Option<demo::Demo>) -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(if demo.is_some() { "warn" } else { "info" }));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let metrics = match PrometheusBuilder::new().install_recorder() {
        Ok(handle) => handle,
        Err(error) => return failed(&error.to_string()),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.to_string()),
    };
    runtime.block_on(async {
        match program::start(file, config, metrics).await {
            Ok(program) => until_stopped(program, demo).await,
            Err(error) => failed(&error.to_string()),
        }
    })
}

async fn until_stopped(program: Program, demo: Option<demo::Demo>) -> ExitCode {
    let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()))
    else {
        return failed("signals cannot be handled");
    };
    let carrier = match demo {
        None => {
            match serde_json::to_string(&serde_json::json!({ "ready": program.ready })) {
                Ok(line) => println!("{line}"),
                Err(error) => return failed(&error.to_string()),
            }
            None
        }
        Some(demo) => match demo.start(&program.ready) {
            Ok(carrier) => Some(carrier),
            Err(error) => return failed(&error.to_string()),
        },
    };
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => program.reload(),
        }
    }
    program.stop().await;
    drop(carrier);
    ExitCode::SUCCESS
}

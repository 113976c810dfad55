//! The command line.

use crate::config::{self, Config};
use crate::evidence::command::{self, Of};
use crate::ops::replay::{Tried, replay};
use crate::program::{self, Program};
use crate::{demo, ops};
use argon2::PasswordHasher;
use clap::{ArgGroup, Parser, Subcommand};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use warmline_coordination::ids::ReservationId;

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
        /// Start although the machine's clock is far behind the journal: time goes on from its last row.
        #[arg(long)]
        clock_behind: bool,
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
    /// Print what a pool's past day would have been with other settings. The journal is only read: a program may run meanwhile.
    Replay {
        /// The TOML file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        #[command(flatten)]
        tried: Tried,
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
    /// Evidence of contacts: signed bundles, and whether they and the journal are what was written.
    #[command(subcommand)]
    Evidence(Evidence),
}

#[derive(Subcommand, Debug)]
enum Evidence {
    /// Print the bundle of a request, or those of a number as a list. The journal is only read: a program may run meanwhile.
    #[command(group(ArgGroup::new("of").required(true).args(["reservation", "number"])))]
    Export {
        /// The TOML file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Whose request it is.
        #[arg(long, value_name = "FIRM")]
        firm: String,
        /// Which request.
        #[arg(long, value_name = "ID")]
        reservation: Option<ReservationId>,
        /// All requests to call this number (E.164), and those whose caller called from it.
        #[arg(long, value_name = "NUMBER")]
        number: Option<String>,
    },
    /// Print a campaign's figures of thirty days: answered, abandoned, message, ringing. The journal is only read.
    Campaign {
        /// Its name, the latest of that name, or its id.
        name: String,
        /// The TOML file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Whose campaign it is.
        #[arg(long, value_name = "FIRM")]
        firm: String,
        /// The last day, as 2026-11-30, by UTC; today unless said otherwise.
        #[arg(long, value_name = "DATE", value_parser = command::day)]
        until: Option<u64>,
    },
    /// Recompute a bundle or a campaign's figures and say what holds.
    Verify {
        /// As `export` or the web have written it.
        file: PathBuf,
        /// The public key that you trust, as `key` prints it.
        #[arg(long, value_name = "PUBLIC")]
        key: Option<String>,
    },
    /// Follow the whole journal's chains; prints each firm's head.
    Audit {
        /// The TOML file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// A head that was printed before, and must be in the chain.
        #[arg(long, value_name = "FIRM=SEQ:LINK")]
        head: Vec<String>,
        /// A bundle whose links must be in the chain.
        #[arg(long, value_name = "FILE")]
        bundle: Vec<PathBuf>,
    },
    /// Print the public key that bundles are signed with.
    Key {
        /// The TOML file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

/// Runs what the arguments say.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Command::Run { config: file, clock_behind } => {
            with_config(&file, |config| serve((file.clone(), clock_behind), config, None))
        }
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
        Command::Replay { config, tried } => with_config(&config, |config| printed(replay(&config, &tried))),
        Command::Demo { folder } => match demo::prepare(&folder) {
            Ok(demo) => {
                let file = demo.config.clone();
                with_config(&file, |config| serve((file.clone(), false), config, Some(demo)))
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
        Command::Evidence(asked) => evidence(asked),
    }
}

fn failed(message: &str) -> ExitCode {
    eprintln!("warmline: {message}");
    ExitCode::FAILURE
}

fn printed(done: Result<String, String>) -> ExitCode {
    match done {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(why) => failed(&why),
    }
}

/// `warmline evidence …`
fn evidence(asked: Evidence) -> ExitCode {
    let looked = |done: Result<(String, bool), String>| match done {
        Ok((text, holds)) => {
            println!("{text}");
            if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => failed(&why),
    };
    match asked {
        Evidence::Export { config, firm, reservation, number } => {
            let of = reservation.map(Of::Reservation).or(number.map(Of::Number));
            let Some(of) = of else { return failed("either --reservation or --number is needed") };
            with_config(&config, |config| printed(command::export(&config, &firm, &of)))
        }
        Evidence::Campaign { name, config, firm, until } => {
            with_config(&config, |config| printed(command::campaign(&config, &firm, &name, until)))
        }
        Evidence::Verify { file, key } => looked(command::verify_file(&file, key.as_deref())),
        Evidence::Audit { config, head, bundle } => {
            with_config(&config, |config| looked(command::audit_all(&config, &head, &bundle)))
        }
        Evidence::Key { config } => {
            with_config(&config, |config| printed(command::key(&config).map(|key| key + "\n")))
        }
    }
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

fn serve(file: (PathBuf, bool), config: Config, demo: Option<demo::Demo>) -> ExitCode {
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

//! The command line.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand};

use super::command_protocol::error_text;
use super::commands::{StoreCommand, keys};
use super::{Application, core_dumps, health, logs, signals};
use crate::app::open_store;
use crate::config::{Config, Problems, ignored_variables};
use crate::crypto::KnownPasswords;
use crate::crypto::known_passwords::ListError;
use crate::provisioning::declared;
use crate::provisioning::problems::Problems as DeclarationProblems;

mod backup;
mod export;
mod import;
mod passwords;
mod store_command;
mod terminal;

use terminal::Terminal;

const ENVIRONMENT: &str = "\
Configuration:
  Read from --config FILE, else from the file that COGNATE_CONFIG names, else from
  ./cognate.toml if it is there. Without a file the development profile is used: an embedded
  store, keys and an inbox in ./.cognate, no set-up needed.

  Every key can also be given as an environment variable, which wins over the file:
  COGNATE__SECTION__KEY sets `key` of `[section]`, and a deeper key takes another `__`.
  Lists are written as in TOML.
    COGNATE__SERVER__LISTEN=127.0.0.1:2646    address of the API (this is the default)
    COGNATE__SERVER__HTTPS_LISTEN=auto        HTTPS beside it: in development on port 2648, or off
    COGNATE__METRICS__LISTEN=127.0.0.1:2647   address of /metrics (this is the default), or off
    COGNATE__STORE__URL=sqlite:///path/file.db, or postgres://user:password@host/database
    COGNATE__LOGS__LEVEL=debug                error, warn, info, debug or trace
  config/default.toml lists every key with its default.";

/// A self-hosted identity server that speaks the Amazon Cognito user pools API.
///
/// Without a command it serves: the API on 127.0.0.1:2646, in development also by HTTPS on 2648, and
/// Prometheus metrics on 127.0.0.1:2647, unless configured otherwise.
#[derive(Debug, Parser)]
#[command(name = "cognate", version = env!("COGNATE_VERSION"), after_help = ENVIRONMENT)]
struct Cli {
    /// Configuration file, in TOML
    #[arg(
        long,
        short,
        global = true,
        value_name = "FILE",
        env = "COGNATE_CONFIG"
    )]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (the default)
    ///
    /// Brings the store's schema up to date, applies the declared user pools, and serves until
    /// SIGTERM or SIGINT; then finishes the requests in flight and ends.
    #[command(after_help = ENVIRONMENT)]
    Serve,
    /// Bring the store's schema up to date and end
    ///
    /// `serve` does this as well. Several nodes may do it at once.
    Migrate,
    /// Ask the server of this configuration whether it is ready
    ///
    /// For health checks, on the server's own machine: asks /health/ready at `server.listen`, whatever
    /// its port, over TLS where that is on. Ends with 0 if the server is ready, else with 1.
    Health,
    /// Copy the embedded store to a file, while the server runs or not
    #[command(after_help = backup::AFTER_HELP)]
    Backup(backup::Options),
    /// Make or check a list of passwords that user pools refuse
    #[command(subcommand)]
    Passwords(passwords::PasswordsCommand),
    /// Look after master keys, signing keys, password hashes and access keys
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Write user pools to a sealed file, to keep them or to move them to another server or store
    #[command(after_help = export::AFTER_HELP)]
    Export(export::Options),
    /// Read user pools from a file of `cognate export`, or look after imports of users
    #[command(after_help = import::AFTER_HELP)]
    Import(import::Arguments),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the configuration that is in effect, or what is wrong with it and where
    ///
    /// Secrets are not printed. Ends with 0 if all is well, 1 if something is wrong, and 2 if the
    /// file cannot be read or the command line not understood.
    Check,
}

/// Parses the command line and runs its command.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Some(Command::Passwords(command)) = &cli.command {
        // Whoever makes a list need not have a server's configuration.
        return ended(passwords::run(command));
    }
    let file = cli.config.or_else(|| Config::discover(Path::new(".")));
    if let Some(file) = &file
        && let Err(error) = readable(file)
    {
        print_error(&format!("cannot read {}: {error}", file.display()));
        return ExitCode::from(2);
    }
    let command = cli.command.unwrap_or(Command::Serve);
    let is_check = matches!(command, Command::Config(ConfigCommand::Check));
    let (environment, not_utf8) = environment();
    let further_rules = |config: &Config| {
        let (pools, region) = (&config.user_pools, config.server.region.as_str());
        let violations = if is_check {
            [
                as_violations(declared::check(pools, region)),
                unreadable_files(config),
                damaged_list(config),
            ]
            .concat()
        } else {
            as_violations(declared::check_settings(pools, region))
        };
        [violations, wrong_policies(config)].concat()
    };
    let loaded = Config::load_checked(file.as_deref(), environment.iter().cloned(), &further_rules);
    let config = match loaded {
        Ok(config) => config,
        Err(problems) => {
            print_error(&problems_text(&problems, file.as_deref()));
            return ExitCode::FAILURE;
        }
    };
    for warning in ignored_variables(&environment).into_iter().chain(not_utf8) {
        print_error(&format!("warning: {warning}"));
    }
    ended(match command {
        Command::Keys(command) => return run_on_store(&config, StoreCommand::Keys(command)),
        Command::Passwords(command) => passwords::run(&command),
        Command::Backup(options) => {
            runtime().and_then(|runtime| runtime.block_on(backup::run(&config, &options)))
        }
        Command::Export(options) => {
            return coded(run(&config, until_signal(export::run(&config, options))));
        }
        Command::Import(arguments) => {
            return coded(run(&config, until_signal(import::run(&config, arguments))));
        }
        Command::Config(ConfigCommand::Check) => check_config(&config, file.as_deref()),
        Command::Migrate => run(&config, migrate(&config)),
        Command::Health => runtime().and_then(|runtime| runtime.block_on(health::ask(&config))),
        Command::Serve => run(&config, serve(config.clone())),
    })
}

/// The exit code of a command, after its error was printed.
fn ended(done: anyhow::Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error_text(&error));
            ExitCode::FAILURE
        }
    }
}

/// Whether the configuration file can be read.
fn readable(file: &Path) -> std::io::Result<()> {
    if file.is_dir() {
        // Docker makes one in the place of a file that it cannot mount.
        return Err(std::io::Error::other(
            "it is a directory; if it is mounted into a container, is the file there on the host?",
        ));
    }
    std::fs::File::open(file).map(|_| ())
}

/// The variables of the process, and a warning of each of Cognate's that is not UTF-8 and so sets nothing.
fn environment() -> (Vec<(String, String)>, Vec<String>) {
    let mut variables = Vec::new();
    let mut warnings = Vec::new();
    for (name, value) in std::env::vars_os() {
        let shown = name.to_string_lossy().into_owned();
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => variables.push((name, value)),
            _ if shown.to_ascii_uppercase().starts_with("COGNATE_") => {
                warnings.push(format!(
                    "the environment variable {shown} is ignored: it is not UTF-8"
                ));
            }
            _ => {}
        }
    }
    (variables, warnings)
}

/// What is wrong with the declared user pools, in the form of the configuration's rules.
fn as_violations(checked: Result<(), DeclarationProblems>) -> Vec<(String, String)> {
    match checked {
        Ok(()) => Vec::new(),
        Err(problems) => problems
            .0
            .into_iter()
            .map(|problem| {
                // AWS tells several attributes in as many lines.
                let lines = problem.text.lines().filter(|line| !line.is_empty());
                (problem.key, lines.collect::<Vec<_>>().join("; "))
            })
            .collect(),
    }
}

/// What is wrong with the policies of the configuration's access keys.
fn wrong_policies(config: &Config) -> Vec<(String, String)> {
    let keys = config.admin.access_keys.iter().enumerate();
    keys.filter(|(_, key)| !key.policy.is_empty())
        .filter_map(|(index, key)| {
            let fault = keys::access::read_policy(config, &key.policy).err()?;
            let at = format!("admin.access_keys[{index}].policy");
            Some((at, fault.to_string()))
        })
        .collect()
}

/// The files that the configuration names and that cannot be read.
fn unreadable_files(config: &Config) -> Vec<(String, String)> {
    named_files(config)
        .filter_map(|(key, path)| {
            let error = std::fs::File::open(path).err()?;
            Some((
                key.to_owned(),
                format!("cannot read {}: {error}", path.display()),
            ))
        })
        .collect()
}

/// What is wrong with the list of known passwords, if it can be read.
fn damaged_list(config: &Config) -> Vec<(String, String)> {
    let opened = KnownPasswords::open(config.passwords.known_list.as_deref());
    match opened {
        Err(error @ ListError::Damaged { .. }) => {
            vec![("passwords.known_list".to_owned(), error.to_string())]
        }
        Ok(_) | Err(ListError::Read { .. }) => Vec::new(),
    }
}

fn run<T>(config: &Config, task: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    logs::start(&config.logs)?;
    let runtime = runtime()?;
    let result = runtime.block_on(task);
    // Work that still runs on a blocking thread serves no request any more.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

/// Runs a command that needs the store and no file.
fn run_on_store(config: &Config, mut command: StoreCommand) -> ExitCode {
    let done = command.read_files().and_then(|()| {
        let mut terminal = Terminal::new(std::io::stdout());
        run(
            config,
            store_command::run(config, &command, None::<tokio::io::Empty>, &mut terminal),
        )
    });
    coded(done)
}

/// The exit code of a command that says one, after its error was printed.
fn coded(done: anyhow::Result<u8>) -> ExitCode {
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            print_error(&error_text(&error));
            ExitCode::FAILURE
        }
    }
}

/// Runs a command that leaves nothing half done behind, also where it is told to end.
async fn until_signal(command: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    let told_to_end = signals::termination().context("cannot listen to signals")?;
    tokio::select! {
        ended = command => ended,
        () = told_to_end => anyhow::bail!("told to end before it was done"),
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

async fn serve(config: Config) -> anyhow::Result<()> {
    core_dumps::forbid();
    let stop = signals::termination().context("cannot listen to signals")?;
    let application = Application::build(config).await?;
    if let Some(greeting) = application.greeting() {
        print_output(greeting);
    }
    application.run_until(stop).await
}

async fn migrate(config: &Config) -> anyhow::Result<()> {
    let url = config.store.effective_url();
    let db = open_store(config)
        .await
        .with_context(|| format!("store {url}"))?;
    let migrated = async {
        db.claim().await?;
        db.migrate().await
    }
    .await
    .with_context(|| format!("store {url}"));
    db.close().await;
    migrated?;
    tracing::info!(store = %url, "the schema is up to date");
    Ok(())
}

fn check_config(config: &Config, file: Option<&Path>) -> anyhow::Result<()> {
    let source = file.map_or_else(
        || "no file: the built-in development profile".to_owned(),
        |file| file.display().to_string(),
    );
    let settings = toml::to_string(config).context("cannot print it")?;
    print_output(&format!(
        "# {source}, with COGNATE__ variables laid over it. Secrets are hidden.\n\
         # store: {}\n# public URL: {}\n{}",
        config.store.effective_url(),
        config.public_url(),
        settings.trim_end(),
    ));
    Ok(())
}

/// The files that the configuration names, by key.
fn named_files(config: &Config) -> impl Iterator<Item = (&'static str, &Path)> {
    let tls = &config.server.tls;
    [
        ("secrets.master_key_file", &config.secrets.master_key_file),
        ("server.tls.certificate", &tls.certificate),
        ("server.tls.key", &tls.key),
        ("mail.ca_file", &config.mail.ca_file),
        ("passwords.known_list", &config.passwords.known_list),
    ]
    .into_iter()
    .filter_map(|(key, path)| Some((key, path.as_deref()?)))
    .chain(
        config
            .secrets
            .previous_master_key_files
            .iter()
            .map(|path| ("secrets.previous_master_key_files", path.as_path())),
    )
}

fn problems_text(problems: &Problems, file: Option<&Path>) -> String {
    let source = file.map_or_else(|| "the environment".to_owned(), |f| f.display().to_string());
    let number = problems.0.len();
    let things = if number == 1 { "problem" } else { "problems" };
    format!("{number} {things} in the configuration ({source})\n\n{problems}")
}

/// Prints to standard output. An error is ignored, since its reader may be gone.
fn print_output(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{text}");
}

#[expect(clippy::print_stderr, reason = "what is wrong goes to standard error")]
fn print_error(text: &str) {
    eprintln!("cognate: {text}");
}

//! The arguments, and what every command has at hand.

use std::path::PathBuf;
use std::sync::Arc;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use portcullis::Timestamp;
use portcullis::settings::Environment;
use portcullis::store::KeyHasher;

use crate::Log;
use crate::entry_points::EntryPoints;
use crate::explain::Explain;
use crate::failure::Failure;
use crate::keys::Keys;
use crate::outbound::Outbound;
use crate::output::Output;
use crate::owners::{Accounts, Sites, Users};
use crate::roles::{Groups, Privileges, Roles};
use crate::sign::Sign;
use crate::token::Token;

const AFTER: &str = "\
Environment:
  PORTCULLIS_DATABASE_URL   sqlite:<path>, postgres://... or redis://...; else DATABASE_URL
  PORTCULLIS_MASTER_KEY     base64 or hex of the 32 bytes that signing secrets are sealed under
  PORTCULLIS_KEY_PEPPER     the pepper of API keys, where the services have one
  PORTCULLIS_KEY_PEPPER_EARLIER  the one before, while keys are still found under it; or none
  PORTCULLIS_REDIS_NAMESPACE  what the names in Redis begin with, where the services say so
  PORTCULLIS_AUDIT_LOG      a file that changes are recorded in
  PORTCULLIS_ACTOR          who is recorded there; else SUDO_USER, USER or LOGNAME
  PORTCULLIS_SECRET         the secret that `sign` signs with
  JWT_SECRET_KEY, JWT_ALGORITHM, JWT_ACCESS_TOKEN_EXPIRE_MINUTES   for tokens
  Each of them but PORTCULLIS_ACTOR may be given as <NAME>_FILE instead: the file that holds it.

Exit codes:
  0  done
  1  refused by the rules of the store, or not found, or not written
  2  the arguments or the settings are wrong
  3  the store cannot be reached or read
  4  `explain`: the request would be refused

Examples:
  portcullis migrate
  portcullis accounts add acme
  portcullis keys issue --account acme --prefix acme_ --expires 90d
  portcullis keys list --due --json
  portcullis keys revoke acme-7 --reason 'the robot is retired'";

/// Issues, lists, rotates and withdraws keys, and says why a request is refused
///
/// Tables are for people; with --json each line of standard output is one object. Secrets are
/// shown once, where they are made, and are never arguments.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, after_help = AFTER, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// Print JSON, one object a line
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,
    /// Say on standard error how far bulk work is, even where that is no terminal
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) progress: bool,
    /// Record changes in this file, as lines of JSON
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "FILE")]
    pub(crate) audit_log: Option<PathBuf>,
    /// Who is written into the audit log; the user of this session without it
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "NAME")]
    pub(crate) acting_as: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the tables of the store, or bring them up to date
    Migrate,
    /// JSON Web Tokens
    #[command(subcommand)]
    Token(Token),
    /// Requests that are signed and ready to be sent
    #[command(subcommand)]
    Sign(Sign),
    #[command(flatten)]
    Stored(Stored),
}

/// What needs the store.
#[derive(Debug, Subcommand)]
pub(crate) enum Stored {
    /// Keys: issue, list, rotate, revoke
    #[command(subcommand)]
    Keys(Keys),
    /// Users, whom keys may run as
    #[command(subcommand)]
    Users(Users),
    /// Accounts, which keys, users and sites belong to
    #[command(subcommand)]
    Accounts(Accounts),
    /// Sites of accounts, which keys may stand for
    #[command(subcommand)]
    Sites(Sites),
    /// Groups of users, which have roles
    #[command(subcommand)]
    Groups(Groups),
    /// Roles, which have privileges
    #[command(subcommand)]
    Roles(Roles),
    /// Privileges: the scopes that routes ask for
    #[command(subcommand)]
    Privileges(Privileges),
    /// The list of entry points that keys are limited by
    #[command(subcommand)]
    EntryPoints(EntryPoints),
    /// Secrets of other services, which this one sends
    #[command(subcommand)]
    Outbound(Outbound),
    Explain(Box<Explain>),
}

/// What every command has at hand.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) output: Output,
    pub(crate) environment: Environment,
    pub(crate) now: Timestamp,
    pub(crate) progress: bool,
    /// How API keys are hashed in this store.
    pub(crate) hasher: KeyHasher,
    pub(crate) log: Log,
    /// Who is said to act, in the audit log.
    pub(crate) actor: Arc<str>,
}

/// Reads the arguments; a request for help is printed, and gives none.
pub(crate) fn read() -> Result<Option<Arguments>, Failure> {
    let matches = unwrapped(Arguments::command()).try_get_matches();
    let error = match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => return Ok(Some(arguments)),
        Err(error) => error,
    };
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let mut output = Output::new(false);
        output.line(error.render().to_string().replace(UNBROKEN, " ").trim_end())?;
        output.flush()?;
        return Ok(None);
    }
    Err(Failure::usage(in_one_line(&error)))
}

/// A space that no line ends at.
const UNBROKEN: &str = "\u{a0}";

/// Leaves the examples in their lines, whatever the width of the terminal: they are to be pasted.
fn unwrapped(command: clap::Command) -> clap::Command {
    let examples = command.get_after_help().map(|text| text.to_string().replace(' ', UNBROKEN));
    let command = match examples {
        Some(text) => command.after_help(text),
        None => command,
    };
    command.mut_subcommands(unwrapped)
}

/// What clap says, without its advice. A value that is not accepted, or stands where none may be,
/// is not repeated: it may be a secret.
fn in_one_line(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a command is missing: see `portcullis --help`".to_owned();
    }
    if error.kind() == ErrorKind::InvalidSubcommand {
        return match error.get(ContextKind::SuggestedSubcommand) {
            Some(ContextValue::Strings(names)) if !names.is_empty() => {
                format!("there is no such command here: is {} meant? See --help", names.join(" or "))
            }
            _ => "there is no such command here: see --help".to_owned(),
        };
    }
    if error.kind() == ErrorKind::UnknownArgument {
        return match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(name)) if name.starts_with('-') && !name.contains('=') => {
                format!("there is no argument {name} here: see --help")
            }
            _ => "there is an argument too many: see --help".to_owned(),
        };
    }
    if let Some(text) = wrong_value(error) {
        return text;
    }
    let text = error.render().to_string();
    let text = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<_> = text.trim_start_matches("error: ").split_whitespace().collect();
    words.join(" ")
}

/// What is wrong with the value of an argument, where that is it.
fn wrong_value(error: &clap::Error) -> Option<String> {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(name)) => name.split(' ').next().unwrap_or_default(),
        _ => "an argument",
    };
    match error.kind() {
        ErrorKind::InvalidValue => Some(match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(names)) if !names.is_empty() => {
                format!("{argument} is one of: {}", names.join(", "))
            }
            _ => format!("{argument} needs a value"),
        }),
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(ToString::to_string);
            Some(format!("{argument}: {}", why.unwrap_or_else(|| "the value is not accepted".to_owned())))
        }
        ErrorKind::TooManyValues => Some(format!("{argument} has a value too many")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn an_example_is_one_line_on_every_terminal() {
        let mut command = unwrapped(Arguments::command().term_width(40));
        let help = command.render_help().to_string().replace(UNBROKEN, " ");
        let mut lines = AFTER.lines().filter(|line| line.starts_with("  portcullis"));
        assert!(lines.all(|line| help.lines().any(|held| held == line)), "{help}");
    }

    #[test]
    fn no_argument_takes_a_secret() {
        let parse = |line: &str| Arguments::try_parse_from(line.split(' ')).expect_err(line);
        for line in [
            "portcullis keys leaked s3cret",
            "portcullis keys s3cret",
            "portcullis sign curl --scheme basic --secret=s3cret http://a/",
            "portcullis keys issue --scheme s3cret",
            "portcullis keys issue --expires s3cret",
            "portcullis keys list --due s3cret",
            "portcullis keys list --json=s3cret",
        ] {
            let text = in_one_line(&parse(line));
            assert!(!text.contains("s3cret") && !text.contains('\n'), "{text}");
        }
    }
}

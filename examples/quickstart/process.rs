//! Being a process: arguments, the log, lines on stdout, signals, the exit code.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Whatever stops a start.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// How long requests that are under way may take to end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Writes a line to stdout. A reader that is gone is an error, not a panic.
pub(crate) fn say(line: impl fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Logs to stderr what `RUST_LOG` asks for; `info` where it says nothing.
pub(crate) fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(io::stderr).init();
}

/// Reports a failure with everything behind it: on stderr, with the exit code 1.
pub(crate) fn exit_code(result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else { return ExitCode::SUCCESS };
    eprintln!("error: {failure}");
    let mut cause = failure.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    ExitCode::FAILURE
}

/// Listens on 127.0.0.1, at the port that the first argument names, else `PORT`, else
/// 3000. Port 0 is any that is free.
pub(crate) async fn listen() -> Result<TcpListener, Failure> {
    let mut arguments = std::env::args().skip(1);
    let port = match (arguments.next(), arguments.next()) {
        (_, Some(_)) => return Err("too many arguments: the port is the only one".into()),
        (Some(port), None) => port,
        (None, None) => std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned()),
    };
    let port: u16 = port.parse().map_err(|_| format!("{port:?} is no port: it is a number up to 65535"))?;
    let listening = TcpListener::bind(("127.0.0.1", port)).await;
    listening.map_err(|error| format!("cannot listen on 127.0.0.1:{port}: {error}").into())
}

/// Ends with Ctrl-C (SIGINT) or SIGTERM.
#[cfg(unix)]
pub(crate) fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends with Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

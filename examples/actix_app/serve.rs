//! Serving the routes until the process is asked to stop.

use std::net::TcpListener;

use actix_web::{App, HttpServer};
use portcullis::Authenticator;
use portcullis::actix::Routes;

use crate::process::{Failure, PATIENCE, asked_to_stop, say};

/// Each worker makes its own `routes`. Asked to stop, requests that are under way may end.
pub(crate) async fn serve<A: Authenticator>(
    listener: TcpListener,
    routes: impl Fn() -> Routes<A> + Clone + Send + 'static,
) -> Result<(), Failure> {
    let address = listener.local_addr()?;
    // Before anybody is told that this listens: from then on a signal stops it cleanly.
    let asked_to_stop = asked_to_stop()?;
    let server = HttpServer::new(move || App::new().service(routes()))
        .workers(2)
        .shutdown_timeout(PATIENCE.as_secs())
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    say(format_args!("listening on http://{address}"))?;
    actix_web::rt::spawn(async move {
        asked_to_stop.await;
        handle.stop(true).await;
    });
    server.await?;
    Ok(say("stopped")?)
}

//! Starting, saying so, and stopping when asked to.

use std::future::{IntoFuture, pending};
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

#[path = "process.rs"]
pub(crate) mod process;

pub(crate) use process::*;

/// Serves until the process is asked to stop, then lets requests that are under way end.
pub(crate) async fn serve(listener: TcpListener, router: Router) -> Result<(), Failure> {
    let address = listener.local_addr()?;
    // Before anybody is told that this listens: from then on a signal stops it cleanly.
    let asked_to_stop = asked_to_stop()?;
    let (begin, stopping) = oneshot::channel();
    // Without the addresses of the peers, no key can be limited to networks and no address slowed.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        asked_to_stop.await;
        // Where nobody waits any more, everything has ended already.
        let _ = begin.send(());
    });
    say(format_args!("listening on http://{address}"))?;
    tokio::select! {
        ended = server.into_future() => ended?,
        () = out_of_patience(stopping) => {}
    }
    Ok(say("stopped")?)
}

async fn out_of_patience(stopping: oneshot::Receiver<()>) {
    match stopping.await {
        Ok(()) => tokio::time::sleep(PATIENCE).await,
        Err(_) => pending().await,
    }
}

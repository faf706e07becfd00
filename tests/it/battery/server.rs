//! A server on a port of its own, in a thread of its own, until it is dropped.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;

use super::app::App;

/// A framework, and how the application is served with it.
pub(crate) trait Framework {
    const NAME: &'static str;

    fn serve(app: &App) -> Server;
}

/// Orders a server to stop; what it gives back is held until the server has stopped.
type Stop = Box<dyn FnOnce() -> Option<TcpStream> + Send>;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// What runs in `thread`, until `stop` is called.
    pub(crate) fn new(
        listener: &TcpListener,
        stop: impl FnOnce() -> Option<TcpStream> + Send + 'static,
        thread: JoinHandle<()>,
    ) -> Self {
        let address = listener.local_addr().expect("an address");
        Self { address, stop: Some(Box::new(stop)), thread: Some(thread) }
    }

    /// A port on the loopback device that is free.
    pub(crate) fn listen() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").expect("a port")
    }

    /// Serves on a tokio runtime of one thread, which ends with the server.
    pub(crate) fn on_tokio(serve: impl AsyncFnOnce(tokio::net::TcpListener) + Send + 'static) -> Self {
        let listener = Self::listen();
        let own = listener.try_clone().expect("the same port");
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                own.set_nonblocking(true).expect("non-blocking");
                let listener = tokio::net::TcpListener::from_std(own).expect("a listener");
                tokio::select! {
                    () = serve(listener) => {}
                    _ = stopped => {}
                }
            });
        });
        let stop = move || {
            let _ = stop.send(());
            None
        };
        Self::new(&listener, stop, thread)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _held = self.stop.take().and_then(|stop| stop());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the server panicked");
        }
    }
}

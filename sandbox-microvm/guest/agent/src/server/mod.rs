//! The service, as gRPC over vsock.

mod service;

use std::io::Write;
use std::sync::Arc;

use tokio_vsock::{VMADDR_CID_ANY, VMADDR_CID_HOST, VsockAddr, VsockListener, VsockStream};
use tonic::transport::Server;

use crate::agent::Agent;
use crate::fault::{Fault, Result, Tried};
use crate::forward;
use crate::proto::guest_server::GuestServer;

const PORT: u32 = 1024;
/// What one message may hold, in bytes.
const MESSAGE: usize = 4 << 20;
/// Calls at once on one connection: each container may have a Wait and two Outputs.
const CALLS: u32 = 4096;

/// The host's port for "this guest listens". A host that was started again does not listen there any more.
const READY: u32 = 1027;

/// Says so by connecting. The host knocks at no guest before: `vhost-device-vsock` may then be in the middle of setting up.
async fn tell_host() {
    tell_console("listening");
    let host = VsockAddr::new(VMADDR_CID_HOST, READY);
    if let Err(why) = VsockStream::connect(host).await {
        tell_console(&format!("vsock port {READY} of the host: {why}"));
    }
}

/// There may be no console.
fn tell_console(line: &str) {
    let _ = writeln!(std::io::stderr(), "cofferdam-agent: {line}");
}

/// Serves until the listener fails.
pub async fn serve(agent: Arc<Agent>) -> Result<()> {
    let listen = |port| {
        VsockListener::bind(VsockAddr::new(VMADDR_CID_ANY, port))
            .tried(|| format!("listening on vsock port {port}"))
    };
    let (calls, ports) = (listen(PORT)?, listen(forward::PORT)?);
    tokio::spawn(tell_host());
    let service = GuestServer::new(service::Service::new(agent))
        .max_decoding_message_size(MESSAGE)
        .max_encoding_message_size(MESSAGE);
    let server = Server::builder()
        .max_concurrent_streams(CALLS)
        .add_service(service)
        .serve_with_incoming(calls.incoming());
    tokio::select! {
        ended = server => ended.map_err(|e| Fault::internal(format!("the gRPC server: {e}"))),
        ended = forward::serve(ports) => ended,
    }
}

//! A guest that lies, for tests of the host: PID 1 of a machine that boots like any other, and then says what no agent says. The file
//! `/lie` of its initramfs names the lie. It is never part of what is shipped.

mod boot;
mod files;
mod service;
mod wire;

mod proto {
    #![allow(clippy::all)]
    tonic::include_proto!("cofferdam.guest.v1");
}

use tokio_vsock::{VMADDR_CID_ANY, VMADDR_CID_HOST, VsockAddr, VsockListener, VsockStream};

use proto::guest_server::GuestServer;

const CALLS: u32 = 1024;
const READY: u32 = 1027;
const MESSAGE: usize = 64 << 20;

fn main() {
    boot::load_modules();
    let lie = std::fs::read_to_string("/lie").unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(tell(lie.trim().to_owned()));
}

async fn tell(lie: String) {
    let calls = VsockListener::bind(VsockAddr::new(VMADDR_CID_ANY, CALLS)).unwrap();
    // As an honest agent: the host comes only then.
    let ready = VsockStream::connect(VsockAddr::new(VMADDR_CID_HOST, READY)).await;
    drop(ready);
    if wire::is_one(&lie) {
        wire::tell(&lie, calls).await;
    } else {
        let service = GuestServer::new(service::Liar { lie })
            .max_decoding_message_size(MESSAGE)
            .max_encoding_message_size(MESSAGE);
        let served = tonic::transport::Server::builder()
            .add_service(service)
            .serve_with_incoming(calls.incoming());
        served.await.unwrap();
    }
}

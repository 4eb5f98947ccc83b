//! Lies within gRPC: an agent that agrees to everything, and does nothing of it.

use std::io::Write;
use std::pin::Pin;
use std::time::Duration;

use futures_util::Stream;
use tonic::{Request, Response, Status};

use crate::files;
use crate::proto::guest_server::Guest;
use crate::proto::*;

const PIECE: usize = 64 << 10;
const MIB: usize = 1 << 20;

pub struct Liar {
    pub lie: String,
}

type Answer<T> = Result<Response<T>, Status>;
type Streamed<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Calls that are agreed to.
macro_rules! agreed {
    ($($name:ident($request:ident) -> $response:ident;)*) => { $(
        fn $name<'a, 'b>(
            &'a self,
            _: Request<$request>,
        ) -> Pin<Box<dyn Future<Output = Answer<$response>> + Send + 'b>>
        where
            'a: 'b,
            Self: 'b,
        {
            Box::pin(async { Ok(Response::new($response::default())) })
        }
    )* };
}

/// Calls with an answer of their own.
macro_rules! told {
    ($($name:ident($request:ident) -> $response:ty;)*) => { $(
        fn $name<'a, 'b>(
            &'a self,
            request: Request<$request>,
        ) -> Pin<Box<dyn Future<Output = Answer<$response>> + Send + 'b>>
        where
            'a: 'b,
            Self: 'b,
        {
            Box::pin(async move { self.$name(request.into_inner()).await.map(Response::new) })
        }
    )* };
}

impl Guest for Liar {
    type EventsStream = Streamed<Event>;
    type OutputStream = Streamed<OutputChunk>;

    agreed! {
        set_clock(SetClockRequest) -> SetClockResponse;
        add_entropy(AddEntropyRequest) -> AddEntropyResponse;
        configure_sandbox(ConfigureSandboxRequest) -> ConfigureSandboxResponse;
        configure_network(ConfigureNetworkRequest) -> ConfigureNetworkResponse;
        prepare_scratch(PrepareScratchRequest) -> PrepareScratchResponse;
        get_memory(GetMemoryRequest) -> GetMemoryResponse;
        mount_image(MountImageRequest) -> MountImageResponse;
        unmount_image(UnmountImageRequest) -> UnmountImageResponse;
        remove_volume(RemoveVolumeRequest) -> RemoveVolumeResponse;
        create_container(CreateContainerRequest) -> CreateContainerResponse;
        start_container(StartContainerRequest) -> StartContainerResponse;
        delete_container(DeleteContainerRequest) -> DeleteContainerResponse;
        pause_container(PauseContainerRequest) -> PauseContainerResponse;
        resume_container(ResumeContainerRequest) -> ResumeContainerResponse;
        update_container(UpdateContainerRequest) -> UpdateContainerResponse;
        list_processes(ListProcessesRequest) -> ListProcessesResponse;
        get_stats(GetStatsRequest) -> GetStatsResponse;
        exec(ExecRequest) -> ExecResponse;
        delete_process(DeleteProcessRequest) -> DeleteProcessResponse;
        signal(SignalRequest) -> SignalResponse;
        resize_terminal(ResizeTerminalRequest) -> ResizeTerminalResponse;
        acknowledge_output(AcknowledgeOutputRequest) -> AcknowledgeOutputResponse;
        write_input(WriteInputRequest) -> WriteInputResponse;
    }
    told! {
        hello(HelloRequest) -> HelloResponse;
        get_state(GetStateRequest) -> GetStateResponse;
        add_volume(AddVolumeRequest) -> AddVolumeResponse;
        wait(WaitRequest) -> WaitResponse;
        events(EventsRequest) -> Streamed<Event>;
        output(OutputRequest) -> Streamed<OutputChunk>;
        shutdown(ShutdownRequest) -> ShutdownResponse;
    }
}

/// As agreed with the macro above: the same names, without gRPC's wrapping.
impl Liar {
    async fn hello(&self, _: HelloRequest) -> Result<HelloResponse, Status> {
        let kernel = match self.lie.as_str() {
            "big-answer" => "k".repeat(32 * MIB),
            _ => "Linux version 0.0.0-lie".to_owned(),
        };
        Ok(HelloResponse {
            version: 1,
            min_version: 1,
            max_version: 1,
            boot_id: "a boot".to_owned(),
            kernel,
            slots: (0..64).collect(),
            has_scratch_disk: true,
            ..Default::default()
        })
    }

    /// Two bytes each on the way, and far more as objects.
    async fn get_state(&self, _: GetStateRequest) -> Result<GetStateResponse, Status> {
        let containers = vec![ContainerState::default(); 2_000_000];
        Ok(GetStateResponse {
            containers,
            ..Default::default()
        })
    }

    async fn add_volume(&self, request: AddVolumeRequest) -> Result<AddVolumeResponse, Status> {
        if let ("files", Some(add_volume_request::Kind::HostFiles(volume))) =
            (self.lie.as_str(), request.kind)
        {
            tokio::spawn(files::attack(volume));
        }
        Ok(AddVolumeResponse {})
    }

    /// Nothing ever ends.
    async fn wait(&self, _: WaitRequest) -> Result<WaitResponse, Status> {
        std::future::pending().await
    }

    async fn events(&self, _: EventsRequest) -> Result<Streamed<Event>, Status> {
        Ok(Box::pin(futures_util::stream::pending()))
    }

    async fn shutdown(&self, _: ShutdownRequest) -> Result<ShutdownResponse, Status> {
        std::future::pending().await
    }

    async fn output(&self, request: OutputRequest) -> Result<Streamed<OutputChunk>, Status> {
        let lie = self.lie.clone();
        if lie == "flood" {
            std::thread::spawn(flood_console);
        }
        let stream = futures_util::stream::unfold(request.offset, move |offset| {
            let lie = lie.clone();
            async move {
                let (chunk, next) = chunk(&lie, offset).await;
                Some((Ok(chunk), next))
            }
        });
        Ok(Box::pin(stream))
    }
}

/// One byte as an honest agent sends it, and then what no agent sends; and from where the next one goes on.
async fn chunk(lie: &str, offset: u64) -> (OutputChunk, u64) {
    let of = |offset, size| OutputChunk {
        offset,
        data: vec![b'x'; size],
        end: false,
    };
    match (lie, offset) {
        ("flood", _) => (of(offset, PIECE), offset + PIECE as u64),
        (_, 0) => (of(0, 1), 1),
        ("out-of-order", _) => (of(offset + 1_000_000, 1), offset),
        ("duplicated", _) => (of(0, 1), offset),
        ("oversized", _) => (of(offset, 16 * MIB), offset),
        ("empty", _) => (of(offset, 0), offset),
        _ => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            (of(offset, 1), offset + 1)
        }
    }
}

/// The serial console is what PID 1 writes to.
fn flood_console() {
    let line = [b'f'; 1024];
    while std::io::stderr().write_all(&line).is_ok() {}
}

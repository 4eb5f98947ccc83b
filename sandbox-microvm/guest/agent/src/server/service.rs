//! Each call of the protocol: what it takes out of the request, and whom it asks.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use tonic::{Request, Response, Status};

use crate::agent::Agent;
use crate::boot;
use crate::fault::Fault;
use crate::process::output::Reader;
use crate::proto::guest_server::Guest;
use crate::proto::*;
use crate::{clock, entropy, meminfo};

/// The protocol that this agent speaks.
const OLDEST_VERSION: u32 = 1;
const NEWEST_VERSION: u32 = 1;
const MOST_INPUT: usize = 64 * 1024;
/// Time for the answer to Shutdown to leave.
const LAST_WORDS: Duration = Duration::from_millis(100);

pub struct Service {
    agent: Arc<Agent>,
}

type Answer<T> = Result<Response<T>, Status>;
type Streamed<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Service {
    pub fn new(agent: Arc<Agent>) -> Self {
        Service { agent }
    }
}

fn ok<T>(message: T) -> Answer<T> {
    Ok(Response::new(message))
}

fn read_kernel(path: &str) -> String {
    std::fs::read_to_string(path)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[tonic::async_trait]
impl Guest for Service {
    async fn hello(&self, request: Request<HelloRequest>) -> Answer<HelloResponse> {
        let host = request.into_inner();
        let version = host.max_version.min(NEWEST_VERSION);
        if version < host.min_version || version < OLDEST_VERSION {
            return Err(Fault::state(format!(
                "the host ({}) speaks versions {} to {}, this guest {OLDEST_VERSION} to {NEWEST_VERSION}",
                host.host_version, host.min_version, host.max_version
            ))
            .into());
        }
        ok(HelloResponse {
            version,
            min_version: OLDEST_VERSION,
            max_version: NEWEST_VERSION,
            agent_version: env!("CARGO_PKG_VERSION").to_owned(),
            boot_id: read_kernel("/proc/sys/kernel/random/boot_id"),
            kernel: read_kernel("/proc/version"),
            clock_unix_nanos: clock::now_unix_nanos(),
            uptime_nanos: clock::uptime_nanos(),
            features: Vec::new(),
            memory_bytes: meminfo::read()?.total_bytes,
            cpus: meminfo::cpus(),
            slots: self.agent.disks.slots(),
            has_scratch_disk: self.agent.disks.scratch.is_some(),
            has_modules_disk: self.agent.disks.modules.is_some(),
        })
    }

    async fn set_clock(&self, request: Request<SetClockRequest>) -> Answer<SetClockResponse> {
        let changed_by_nanos = clock::set(request.into_inner().unix_nanos)?;
        ok(SetClockResponse { changed_by_nanos })
    }

    async fn add_entropy(&self, request: Request<AddEntropyRequest>) -> Answer<AddEntropyResponse> {
        entropy::add(&request.into_inner().entropy)?;
        ok(AddEntropyResponse {})
    }

    async fn configure_sandbox(
        &self,
        request: Request<ConfigureSandboxRequest>,
    ) -> Answer<ConfigureSandboxResponse> {
        self.agent.configure_sandbox(request.into_inner()).await?;
        ok(ConfigureSandboxResponse {})
    }

    async fn configure_network(
        &self,
        request: Request<ConfigureNetworkRequest>,
    ) -> Answer<ConfigureNetworkResponse> {
        self.agent.configure_network(request.into_inner()).await?;
        ok(ConfigureNetworkResponse {})
    }

    async fn prepare_scratch(
        &self,
        request: Request<PrepareScratchRequest>,
    ) -> Answer<PrepareScratchResponse> {
        let capacity_bytes = self
            .agent
            .prepare_scratch(request.into_inner().source)
            .await?;
        ok(PrepareScratchResponse { capacity_bytes })
    }

    async fn get_memory(&self, _: Request<GetMemoryRequest>) -> Answer<GetMemoryResponse> {
        ok(meminfo::read()?)
    }

    async fn get_state(&self, _: Request<GetStateRequest>) -> Answer<GetStateResponse> {
        ok(self.agent.state().await)
    }

    type EventsStream = Streamed<Event>;

    async fn events(&self, request: Request<EventsRequest>) -> Answer<Self::EventsStream> {
        let events = Arc::clone(self.agent.events());
        let after = request.into_inner().after_sequence;
        let stream = futures_util::stream::unfold(after, move |after| {
            let events = Arc::clone(&events);
            async move {
                let event = events.after(after).await?;
                let sequence = event.sequence;
                Some((Ok(event), sequence))
            }
        });
        ok(Box::pin(stream))
    }

    async fn shutdown(&self, _: Request<ShutdownRequest>) -> Answer<ShutdownResponse> {
        self.agent.end().await;
        tokio::spawn(async {
            tokio::time::sleep(LAST_WORDS).await;
            boot::power_off();
        });
        ok(ShutdownResponse {})
    }

    async fn mount_image(&self, request: Request<MountImageRequest>) -> Answer<MountImageResponse> {
        self.agent.mount_image(request.into_inner()).await?;
        ok(MountImageResponse {})
    }

    async fn unmount_image(
        &self,
        request: Request<UnmountImageRequest>,
    ) -> Answer<UnmountImageResponse> {
        self.agent
            .unmount_image(&request.into_inner().image_id)
            .await?;
        ok(UnmountImageResponse {})
    }

    async fn add_volume(&self, request: Request<AddVolumeRequest>) -> Answer<AddVolumeResponse> {
        self.agent.add_volume(request.into_inner()).await?;
        ok(AddVolumeResponse {})
    }

    async fn remove_volume(
        &self,
        request: Request<RemoveVolumeRequest>,
    ) -> Answer<RemoveVolumeResponse> {
        self.agent
            .remove_volume(&request.into_inner().volume_id)
            .await?;
        ok(RemoveVolumeResponse {})
    }

    async fn create_container(
        &self,
        request: Request<CreateContainerRequest>,
    ) -> Answer<CreateContainerResponse> {
        self.agent.create_container(request.into_inner()).await?;
        ok(CreateContainerResponse {})
    }

    async fn start_container(
        &self,
        request: Request<StartContainerRequest>,
    ) -> Answer<StartContainerResponse> {
        let container = self.agent.container(&request.into_inner().container_id)?;
        let pid = container.start(&self.agent.context).await?;
        self.agent.idle.changed();
        ok(StartContainerResponse {
            guest_pid: pid.as_raw() as u32,
        })
    }

    async fn delete_container(
        &self,
        request: Request<DeleteContainerRequest>,
    ) -> Answer<DeleteContainerResponse> {
        self.agent
            .delete_container(&request.into_inner().container_id)
            .await?;
        ok(DeleteContainerResponse {})
    }

    async fn pause_container(
        &self,
        request: Request<PauseContainerRequest>,
    ) -> Answer<PauseContainerResponse> {
        self.agent
            .container(&request.into_inner().container_id)?
            .freeze(true)?;
        ok(PauseContainerResponse {})
    }

    async fn resume_container(
        &self,
        request: Request<ResumeContainerRequest>,
    ) -> Answer<ResumeContainerResponse> {
        self.agent
            .container(&request.into_inner().container_id)?
            .freeze(false)?;
        ok(ResumeContainerResponse {})
    }

    async fn update_container(
        &self,
        request: Request<UpdateContainerRequest>,
    ) -> Answer<UpdateContainerResponse> {
        let request = request.into_inner();
        let container = self.agent.container(&request.container_id)?;
        container.update(&request.resources.unwrap_or_default())?;
        ok(UpdateContainerResponse {})
    }

    async fn list_processes(
        &self,
        request: Request<ListProcessesRequest>,
    ) -> Answer<ListProcessesResponse> {
        let container = self.agent.container(&request.into_inner().container_id)?;
        ok(ListProcessesResponse {
            pids: container.pids()?,
        })
    }

    async fn get_stats(&self, request: Request<GetStatsRequest>) -> Answer<GetStatsResponse> {
        ok(self.agent.stats(&request.into_inner()).await?)
    }

    async fn exec(&self, request: Request<ExecRequest>) -> Answer<ExecResponse> {
        let request = request.into_inner();
        let id = request
            .process
            .as_ref()
            .map(|p| p.container_id.clone())
            .unwrap_or_default();
        let pid = self
            .agent
            .container(&id)?
            .exec(&self.agent.context, request)
            .await?;
        ok(ExecResponse { pid })
    }

    async fn delete_process(
        &self,
        request: Request<DeleteProcessRequest>,
    ) -> Answer<DeleteProcessResponse> {
        let process = request.into_inner().process.unwrap_or_default();
        if let Ok(container) = self.agent.container(&process.container_id) {
            container
                .delete_process(&self.agent.context, &process.exec_id)
                .await?;
        }
        ok(DeleteProcessResponse {})
    }

    async fn wait(&self, request: Request<WaitRequest>) -> Answer<WaitResponse> {
        let process = self.agent.process(request.into_inner().process.as_ref())?;
        let exit = process.wait().await?;
        ok(WaitResponse { exit: Some(exit) })
    }

    async fn signal(&self, request: Request<SignalRequest>) -> Answer<SignalResponse> {
        let request = request.into_inner();
        let process = request.process.unwrap_or_default();
        let signal = i32::try_from(request.signal).unwrap_or(0);
        if !(1..=64).contains(&signal) {
            return Err(Fault::invalid(format!("{} is no signal", request.signal)).into());
        }
        let container = self.agent.container(&process.container_id)?;
        container.signal(&self.agent.context, &process.exec_id, signal, request.all)?;
        ok(SignalResponse {})
    }

    async fn resize_terminal(
        &self,
        request: Request<ResizeTerminalRequest>,
    ) -> Answer<ResizeTerminalResponse> {
        let request = request.into_inner();
        let process = self.agent.process(request.process.as_ref())?;
        process.resize(request.columns, request.rows)?;
        ok(ResizeTerminalResponse {})
    }

    type OutputStream = Streamed<OutputChunk>;

    async fn output(&self, request: Request<OutputRequest>) -> Answer<Self::OutputStream> {
        let request = request.into_inner();
        let process = self.agent.process(request.process.as_ref())?;
        let reader = process.output(request.stream())?.open(request.offset)?;
        ok(Box::pin(futures_util::stream::unfold(
            Some(reader),
            next_chunk,
        )))
    }

    async fn acknowledge_output(
        &self,
        request: Request<AcknowledgeOutputRequest>,
    ) -> Answer<AcknowledgeOutputResponse> {
        let request = request.into_inner();
        let process = self.agent.process(request.process.as_ref())?;
        process
            .output(request.stream())?
            .acknowledge(request.offset)?;
        ok(AcknowledgeOutputResponse {})
    }

    async fn write_input(&self, request: Request<WriteInputRequest>) -> Answer<WriteInputResponse> {
        let request = request.into_inner();
        if request.data.len() > MOST_INPUT {
            return Err(Fault::invalid(format!(
                "{} bytes of input; {MOST_INPUT} are the most",
                request.data.len()
            ))
            .into());
        }
        let process = self.agent.process(request.process.as_ref())?;
        let input = process
            .stdin
            .as_ref()
            .ok_or_else(|| Fault::state("the process's input is not connected"))?;
        let progress = input
            .write(request.offset, &request.data, request.end)
            .await?;
        ok(WriteInputResponse {
            offset: progress.offset,
            closed: progress.closed,
        })
    }
}

/// An error is the last that a stream gives.
async fn next_chunk(
    reader: Option<Reader>,
) -> Option<(Result<OutputChunk, Status>, Option<Reader>)> {
    let mut reader = reader?;
    match reader.next().await {
        Ok(None) => None,
        Ok(Some(chunk)) => {
            let chunk = OutputChunk {
                offset: chunk.offset,
                data: chunk.data.to_vec(),
                end: chunk.end,
            };
            Some((Ok(chunk), Some(reader)))
        }
        Err(fault) => Some((Err(fault.into()), None)),
    }
}

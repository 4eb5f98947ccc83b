//! All that the agent holds, and what its parts have to do with each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Mutex as Turn;
use tonic::Code;

use crate::cgroup::Cgroup;
use crate::container::{Container, Context, MountSource, RootSource, Sources};
use crate::disks::Disks;
use crate::events::Events;
use crate::fault::{Fault, Result};
use crate::idle::Idle;
use crate::images::Images;
use crate::mounting::HOME;
use crate::names::{check_id, short};
use crate::process::Process;
use crate::process::reaper::Reaper;
use crate::proto::{
    self, AddVolumeRequest, ConfigureNetworkRequest, ConfigureSandboxRequest,
    CreateContainerRequest, MountImageRequest, ProcessRef, mount, root,
};
use crate::sandbox::Sandbox;
use crate::scratch::Scratch;
use crate::volumes::Volumes;
use crate::{network, stats};

const MOST_CONTAINERS: usize = 512;

/// The guest. Thread-safe.
pub struct Agent {
    pub disks: Disks,
    pub context: Context,
    pub idle: Idle,
    storage: Turn<Storage>,
    pod: Turn<Pod>,
    containers: Mutex<HashMap<String, Arc<Container>>>,
}

/// What containers are made of. One change at a time.
#[derive(Default)]
struct Storage {
    scratch: Option<Scratch>,
    images: Images,
    volumes: Volumes,
}

#[derive(Default)]
struct Pod {
    sandbox: Option<Sandbox>,
    network: Option<ConfigureNetworkRequest>,
}

impl Agent {
    /// Begins to reap. To be called within the runtime.
    pub fn start(disks: Disks) -> Result<Arc<Agent>> {
        let context = Context {
            reaper: Arc::default(),
            events: Arc::default(),
        };
        Reaper::start(&context.reaper)?;
        let agent = Arc::new(Agent {
            disks,
            context,
            idle: Idle::default(),
            storage: Turn::default(),
            pod: Turn::default(),
            containers: Mutex::default(),
        });
        let watched = Arc::clone(&agent);
        tokio::spawn(async move { watched.idle.watch().await });
        Ok(agent)
    }

    pub fn events(&self) -> &Arc<Events> {
        &self.context.events
    }

    fn containers(&self) -> MutexGuard<'_, HashMap<String, Arc<Container>>> {
        self.containers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub fn container(&self, id: &str) -> Result<Arc<Container>> {
        let found = self.containers().get(id).cloned();
        found.ok_or_else(|| Fault::missing(format!("there is no container {}", short(id))))
    }

    pub fn process(&self, reference: Option<&ProcessRef>) -> Result<Arc<Process>> {
        let reference = reference.ok_or_else(|| Fault::invalid("no process named"))?;
        self.container(&reference.container_id)?
            .process(&reference.exec_id)
    }

    pub async fn configure_sandbox(&self, request: ConfigureSandboxRequest) -> Result<()> {
        let mut pod = self.pod.lock().await;
        let has_containers = !self.containers().is_empty();
        let sandbox = Sandbox::configure(
            pod.sandbox.as_ref(),
            has_containers,
            &self.context.reaper,
            request,
        )?;
        pod.sandbox = Some(sandbox);
        Ok(())
    }

    pub async fn configure_network(&self, request: ConfigureNetworkRequest) -> Result<()> {
        let mut pod = self.pod.lock().await;
        if pod.network.as_ref() == Some(&request) {
            return Ok(()); // Doing it again would cut connections.
        }
        pod.network = None;
        network::start_loopback().await?;
        network::configure(&request).await?;
        pod.network = Some(request);
        self.idle.changed();
        Ok(())
    }

    /// Gives the size of the file system.
    pub async fn prepare_scratch(
        &self,
        source: Option<proto::prepare_scratch_request::Source>,
    ) -> Result<u64> {
        let mut storage = self.storage.lock().await;
        let scratch = Scratch::prepare(&self.disks, storage.scratch.as_ref(), source)?;
        let capacity = scratch.usage()?.capacity_bytes;
        storage.scratch = Some(scratch);
        Ok(capacity)
    }

    pub async fn mount_image(&self, request: MountImageRequest) -> Result<()> {
        self.storage
            .lock()
            .await
            .images
            .mount(&self.disks, request)
            .await
    }

    pub async fn unmount_image(&self, id: &str) -> Result<()> {
        self.storage.lock().await.images.unmount(id)
    }

    pub async fn add_volume(&self, request: AddVolumeRequest) -> Result<()> {
        let mut storage = self.storage.lock().await;
        let scratch = storage.scratch.clone();
        storage
            .volumes
            .add(&self.disks, scratch.as_ref(), request)
            .await
    }

    pub async fn remove_volume(&self, id: &str) -> Result<()> {
        self.storage.lock().await.volumes.remove(id)
    }

    pub async fn create_container(&self, request: CreateContainerRequest) -> Result<()> {
        let id = check_id("container", &request.container_id)?.to_owned();
        let pod = self.pod.lock().await; // Holds off a second call for the same container.
        if let Some(known) = self.containers().get(&id) {
            if known.is_made_from(&request) {
                return Ok(());
            }
            return Err(Fault::new(
                Code::AlreadyExists,
                format!("container {} is another one", short(&id)),
            ));
        }
        if self.containers().len() >= MOST_CONTAINERS {
            return Err(Fault::exhausted(format!(
                "there are {MOST_CONTAINERS} containers"
            )));
        }
        let sandbox = pod
            .sandbox
            .as_ref()
            .ok_or_else(|| Fault::state("the sandbox is not configured"))?;
        let sources = self.sources(&request).await?;
        let container = Container::create(request, sources, sandbox.shared_init())?;
        self.containers().insert(id, Arc::new(container));
        Ok(())
    }

    /// Takes hold of images and volumes, so that they stay.
    async fn sources(&self, request: &CreateContainerRequest) -> Result<Sources> {
        let storage = self.storage.lock().await;
        let root = match request.root.as_ref().and_then(|r| r.source.as_ref()) {
            Some(root::Source::ImageId(id)) => RootSource::Image(storage.images.get(id)?),
            Some(root::Source::Volume(volume)) => RootSource::Volume(
                storage.volumes.get(&volume.volume_id)?,
                volume.sub_path.clone(),
            ),
            None => return Err(Fault::invalid("a container without a root file system")),
        };
        let mut mounts = Vec::new();
        for mount in &request.mounts {
            mounts.push(match &mount.source {
                Some(mount::Source::Image(image)) => {
                    MountSource::Image(storage.images.get(&image.image_id)?, image.sub_path.clone())
                }
                Some(mount::Source::Volume(volume)) => MountSource::Volume(
                    storage.volumes.get(&volume.volume_id)?,
                    volume.sub_path.clone(),
                ),
                Some(mount::Source::Tmpfs(_) | mount::Source::FileContent(_)) => MountSource::Own,
                None => {
                    return Err(Fault::invalid(format!(
                        "the mount on {} has no source",
                        mount.destination
                    )));
                }
            });
        }
        let scratch = storage
            .scratch
            .as_ref()
            .map(|s| s.folder("containers", &request.container_id));
        Ok(Sources {
            root,
            mounts,
            scratch,
        })
    }

    pub async fn delete_container(&self, id: &str) -> Result<()> {
        check_id("container", id)?;
        let known = self.containers().get(id).cloned();
        if let Some(container) = known {
            container.delete().await?;
            self.containers().remove(id);
            self.idle.changed();
        }
        Ok(())
    }

    pub async fn state(&self) -> proto::GetStateResponse {
        let mut containers: Vec<_> = self.containers().values().map(|c| c.state()).collect();
        containers.sort_by(|a, b| a.id.cmp(&b.id));
        let storage = self.storage.lock().await;
        proto::GetStateResponse {
            containers,
            images: storage.images.ids(),
            volumes: storage.volumes.ids(),
            scratch_prepared: storage.scratch.is_some(),
            sandbox_configured: self.pod.lock().await.sandbox.is_some(),
        }
    }

    pub async fn stats(&self, request: &proto::GetStatsRequest) -> Result<proto::GetStatsResponse> {
        let whole = request.container_ids.is_empty();
        let containers: Vec<_> = if whole {
            self.containers().values().cloned().collect()
        } else {
            let named = request.container_ids.iter().map(|id| self.container(id));
            named.collect::<Result<_>>()?
        };
        let stats: Result<Vec<_>> = containers
            .iter()
            .map(|c| c.stats(request.file_systems))
            .collect();
        let mut response = proto::GetStatsResponse {
            unix_nanos: crate::clock::now_unix_nanos(),
            containers: stats?,
            ..Default::default()
        };
        if whole {
            response.pod = Some(Cgroup::pod().usage()?);
            response.interfaces = stats::interfaces()?;
        }
        if request.file_systems {
            let storage = self.storage.lock().await;
            response.volumes = storage.volumes.usage()?;
            response.scratch = storage.scratch.as_ref().map(Scratch::usage).transpose()?;
        }
        Ok(response)
    }

    /// Ends all containers, and writes back what disks are to hold.
    pub async fn end(&self) {
        // The machine is about to end: what fails here fails with it.
        let _ = Cgroup::pod().kill();
        Cgroup::pod()
            .await_empty(std::time::Duration::from_secs(5))
            .await;
        eprintln!("cofferdam-agent: shutting down; all of {HOME} goes with it");
        nix::unistd::sync();
    }
}

//! Volumes: folders (or disks) that containers share.

use std::collections::HashMap;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nix::mount::MsFlags;
use tonic::Code;

use crate::disks::Disks;
use crate::fault::{Fault, Result, Tried};
use crate::mounting::{
    home, make_folder, make_folder_beneath, mount, open_beneath, remove_folder, unmount,
    unmount_now,
};
use crate::names::check_id;
use crate::proto::add_volume_request::Kind;
use crate::proto::{
    AddVolumeRequest, BlockVolume, FileSystemUsage, HostFiles, MemoryVolume, ScratchVolume,
};
use crate::scratch::{Scratch, usage_of};

const MOST: usize = 1024;
const MOST_GREETING: usize = 256;
/// How long the host's file service may take to answer.
const SERVICE_ANSWERS: Duration = Duration::from_secs(10);

/// A volume. Who uses it holds it.
pub struct Volume {
    /// The folder, or the disk's device.
    pub path: PathBuf,
    kind: Kind,
    /// Carries the messages of a volume of the host's.
    _relay: Option<fuse_relay::Relay>,
}

impl Volume {
    /// Opens a path in it that neither `..` nor a link leads out of. In memory, folders on the way are made: what the host has made there
    /// for a container, it has made in a tmpfs of its own.
    pub fn open(&self, sub_path: &str) -> Result<OwnedFd> {
        if matches!(self.kind, Kind::Memory(_)) {
            make_folder_beneath(&self.path, sub_path)?;
        }
        open_beneath(&self.path, sub_path)
    }

    /// Whether it is a folder, and not a disk itself.
    pub fn is_folder(&self) -> bool {
        !matches!(&self.kind, Kind::Block(block) if block.file_system.is_empty())
    }
}

/// All volumes. The owner sees to it that calls come one after the other.
#[derive(Default)]
pub struct Volumes {
    known: HashMap<String, Arc<Volume>>,
}

impl Volumes {
    pub async fn add(
        &mut self,
        disks: &Disks,
        scratch: Option<&Scratch>,
        request: AddVolumeRequest,
    ) -> Result<()> {
        let id = check_id("volume", &request.volume_id)?;
        let kind = request
            .kind
            .ok_or_else(|| Fault::invalid("a volume without a kind"))?;
        if let Some(known) = self.known.get(id) {
            if known.kind == kind {
                return Ok(());
            }
            return Err(Fault::new(
                Code::AlreadyExists,
                format!("volume {id} is another one"),
            ));
        }
        if self.known.len() >= MOST {
            return Err(Fault::exhausted(format!("there are {MOST} volumes")));
        }
        let path = match &kind {
            Kind::HostFiles(files) => {
                return self.add_host_files(id.to_owned(), files.clone()).await;
            }
            Kind::Memory(memory) => add_memory(id, memory)?,
            Kind::Scratch(folder) => add_scratch(id, scratch, folder)?,
            Kind::Block(block) => add_block(id, disks, block).await?,
        };
        let volume = Volume {
            path,
            kind,
            _relay: None,
        };
        self.known.insert(id.to_owned(), Arc::new(volume));
        Ok(())
    }

    /// Connects to the host's file service, and mounts what it serves.
    async fn add_host_files(&mut self, id: String, files: HostFiles) -> Result<()> {
        if files.greeting.len() > MOST_GREETING {
            return Err(Fault::invalid(format!(
                "a greeting of {} bytes",
                files.greeting.len()
            )));
        }
        let path = home("volumes", &id);
        make_folder(&path)?;
        let asked = (files.clone(), path.clone());
        let mounted = tokio::task::spawn_blocking(move || {
            let (files, path) = asked;
            let stream = fuse_relay::connect(files.vsock_port, &files.greeting, SERVICE_ANSWERS)?;
            fuse_relay::mount(&path, stream, files.read_only, SERVICE_ANSWERS)
        });
        let mounted = mounted.await.map_err(|e| Fault::internal(e.to_string()))?;
        let relay = mounted.map_err(|e| {
            Fault::new(
                Code::Unavailable,
                format!("mounting volume {id} of the host's file service: {e}"),
            )
        })?;
        let volume = Volume {
            path,
            kind: Kind::HostFiles(files),
            _relay: Some(relay),
        };
        self.known.insert(id, Arc::new(volume));
        Ok(())
    }

    pub fn remove(&mut self, id: &str) -> Result<()> {
        let Some(volume) = self.known.get(id) else {
            return Ok(());
        };
        if Arc::strong_count(volume) > 1 {
            return Err(Fault::state(format!("volume {id} is in use")));
        }
        match &volume.kind {
            Kind::Scratch(_) => remove_folder(&volume.path)?,
            Kind::Block(block) if block.file_system.is_empty() => {}
            Kind::Block(_) => unmount_now(&volume.path)?,
            Kind::HostFiles(_) | Kind::Memory(_) => unmount(&volume.path)?,
        }
        self.known.remove(id);
        Ok(())
    }

    pub fn get(&self, id: &str) -> Result<Arc<Volume>> {
        self.known
            .get(id)
            .cloned()
            .ok_or_else(|| Fault::missing(format!("there is no volume {id}")))
    }

    pub fn ids(&self) -> Vec<String> {
        self.known.keys().cloned().collect()
    }

    /// Of the volumes whose files lie in the guest.
    pub fn usage(&self) -> Result<Vec<FileSystemUsage>> {
        let own = self
            .known
            .iter()
            .filter_map(|(id, volume)| match &volume.kind {
                Kind::Scratch(_) => Some(crate::stats::walk(id, &volume.path)),
                Kind::Memory(_) => Some(usage_of(id, &volume.path)),
                Kind::HostFiles(_) | Kind::Block(_) => None,
            });
        own.collect()
    }
}

fn add_memory(id: &str, memory: &MemoryVolume) -> Result<PathBuf> {
    let path = home("volumes", id);
    let mode = if memory.mode == 0 {
        0o1777
    } else {
        memory.mode
    };
    let mut options = format!(
        "mode={:o},uid={},gid={}",
        mode & 0o7777,
        memory.uid,
        memory.gid
    );
    if memory.size_bytes > 0 {
        options.push_str(&format!(",size={}", memory.size_bytes));
    }
    mount(
        "memory",
        &path,
        "tmpfs",
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
        &options,
    )?;
    Ok(path)
}

fn add_scratch(id: &str, scratch: Option<&Scratch>, volume: &ScratchVolume) -> Result<PathBuf> {
    let scratch = scratch.ok_or_else(|| Fault::state("the scratch disk is not prepared"))?;
    let path = scratch.folder("volumes", id);
    make_folder(&path)?;
    let mode = if volume.mode == 0 { 0o777 } else { volume.mode };
    fs::set_permissions(&path, fs::Permissions::from_mode(mode & 0o7777))
        .tried(|| format!("setting the mode of volume {id}"))?;
    Ok(path)
}

async fn add_block(id: &str, disks: &Disks, block: &BlockVolume) -> Result<PathBuf> {
    let device = disks.device(block.disk.as_ref()).await?;
    if block.file_system.is_empty() {
        return Ok(device);
    }
    let path = home("volumes", id);
    let flags = if block.read_only {
        MsFlags::MS_RDONLY
    } else {
        MsFlags::empty()
    };
    mount(
        &device.to_string_lossy(),
        Path::new(&path),
        &block.file_system,
        flags | MsFlags::MS_NODEV,
        "",
    )?;
    Ok(path)
}

//! The file system on which containers write.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use nix::mount::MsFlags;
use nix::sys::statvfs::statvfs;
use tonic::Code;

use crate::disks::{self, Disks};
use crate::fault::{Fault, Result, Tried};
use crate::mounting::{HOME, mount};
use crate::proto::{FileSystemUsage, prepare_scratch_request::Source};

// From ext4.h: _IOW('f', 16, __u64), the new number of blocks.
const EXT4_IOC_RESIZE_FS: libc::c_ulong = 0x4008_6610;

/// The mounted scratch file system.
#[derive(Clone)]
pub struct Scratch {
    source: Source,
    path: PathBuf,
}

impl Scratch {
    pub fn prepare(
        disks: &Disks,
        known: Option<&Scratch>,
        source: Option<Source>,
    ) -> Result<Scratch> {
        let source = source.ok_or_else(|| Fault::invalid("scratch on what: a disk or memory?"))?;
        if let Some(known) = known {
            if known.source == source {
                return Ok(known.clone());
            }
            return Err(Fault::new(
                Code::AlreadyExists,
                "the scratch file system is another one",
            ));
        }
        let path = Path::new(HOME).join("scratch");
        match &source {
            Source::Disk(_) => {
                let device = disks.scratch.as_ref().ok_or_else(|| {
                    Fault::missing("no disk with an ext4 file system labelled cofferdam")
                })?;
                // Nothing on it outlives this guest, so nothing needs to be safe from a crash.
                let options = "nobarrier,noauto_da_alloc";
                mount(
                    &device.to_string_lossy(),
                    &path,
                    "ext4",
                    MsFlags::MS_NOATIME,
                    options,
                )?;
                grow(device, &path)?;
            }
            Source::MemoryBytes(bytes) => {
                let options = format!("size={bytes},mode=0755");
                mount("scratch", &path, "tmpfs", MsFlags::MS_NOATIME, &options)?;
            }
        }
        Ok(Scratch { source, path })
    }

    /// A folder of it, which may not be there yet.
    pub fn folder(&self, kind: &str, id: &str) -> PathBuf {
        self.path.join(kind).join(id)
    }

    pub fn usage(&self) -> Result<FileSystemUsage> {
        usage_of("", &self.path)
    }
}

/// What a whole file system holds.
pub fn usage_of(id: &str, path: &Path) -> Result<FileSystemUsage> {
    let stat = statvfs(path).tried(|| format!("asking for the usage of {}", path.display()))?;
    let bytes = |blocks: u64| blocks * stat.fragment_size();
    Ok(FileSystemUsage {
        id: id.to_owned(),
        used_bytes: bytes(stat.blocks().saturating_sub(stat.blocks_free())),
        used_inodes: stat.files().saturating_sub(stat.files_free()),
        capacity_bytes: bytes(stat.blocks()),
        available_bytes: bytes(stat.blocks_available()),
        capacity_inodes: stat.files(),
    })
}

/// Makes the file system as large as its disk.
fn grow(device: &Path, path: &Path) -> Result<()> {
    let stat = statvfs(path).tried(|| "asking for the size of the scratch disk".to_owned())?;
    let blocks = disks::size(device)? / stat.fragment_size();
    // A file system's own count leaves out what it keeps for itself, so compare generously.
    if stat.blocks() + stat.blocks() / 10 >= blocks {
        return Ok(());
    }
    let root = File::open(path).tried(|| "opening the scratch disk".to_owned())?;
    // SAFETY: the call reads one u64, which lives until after it.
    let done = unsafe { libc::ioctl(root.as_raw_fd(), EXT4_IOC_RESIZE_FS, &blocks) };
    if done != 0 {
        return Err(std::io::Error::last_os_error())
            .tried(|| format!("growing the scratch disk to {blocks} blocks"));
    }
    Ok(())
}

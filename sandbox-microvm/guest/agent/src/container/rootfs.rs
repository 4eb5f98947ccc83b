//! The files of a container: its root, and what its mounts are made of, put below its bundle for libcontainer to bind.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::mount::MsFlags;

use super::spec;
use crate::device_filter::Device;
use crate::fault::{Fault, Result, Tried};
use crate::images::Image;
use crate::mounting::{bind, make_folder, mount, open_beneath, open_path, remove_folder, unmount};
use crate::proto::{CreateContainerRequest, mount::Source};
use crate::volumes::Volume;

const MOST_MOUNTS: usize = 512;
const MOST_CONTENT: usize = 64 * 1024;

/// The images and volumes that a container uses, for as long as it lives.
pub struct Sources {
    pub root: RootSource,
    /// For each mount what it comes from.
    pub mounts: Vec<MountSource>,
    /// A folder of the container's own on the scratch disk.
    pub scratch: Option<PathBuf>,
}

pub enum RootSource {
    Image(Arc<Image>),
    Volume(Arc<Volume>, String),
}

pub enum MountSource {
    Image(Arc<Image>, String),
    Volume(Arc<Volume>, String),
    /// Nothing to look up.
    Own,
}

/// A container's root, mounted.
pub struct Root {
    pub path: PathBuf,
    /// Where what it writes is kept.
    pub writable: Option<PathBuf>,
    pub scratch: Option<PathBuf>,
    /// Keeps images and volumes from being taken away.
    _held: Held,
}

struct Held {
    _images: Vec<Arc<Image>>,
    _volumes: Vec<Arc<Volume>>,
}

/// Mounts the root and binds the sources of the mounts.
pub fn prepare(
    request: &CreateContainerRequest,
    sources: &Sources,
    bundle: &Path,
) -> Result<(Root, spec::Sources)> {
    if request.mounts.len() > MOST_MOUNTS {
        return Err(Fault::invalid(format!(
            "{} mounts; {MOST_MOUNTS} are the most",
            request.mounts.len()
        )));
    }
    let path = bundle.join("rootfs");
    make_folder(&path)?;
    let writable = match &sources.root {
        RootSource::Image(image) => {
            let scratch = sources
                .scratch
                .as_ref()
                .ok_or_else(|| Fault::state("the scratch disk is not prepared"))?;
            Some(mount_overlay(image, scratch, &path)?)
        }
        RootSource::Volume(volume, sub_path) => {
            bind(&volume.open(sub_path)?, &path)?;
            None
        }
    };
    let mut bound = Vec::new();
    for (number, (mount, source)) in request.mounts.iter().zip(&sources.mounts).enumerate() {
        let target = bundle.join("mounts").join(number.to_string());
        let is_there = match (source, &mount.source) {
            (MountSource::Image(image, sub_path), _) => {
                bind(&open_beneath(&image.path, sub_path)?, &target)?;
                true
            }
            (MountSource::Volume(volume, sub_path), _) if volume.is_folder() => {
                bind(&volume.open(sub_path)?, &target)?;
                true
            }
            (MountSource::Volume(volume, _), _) => {
                bind(&open_path(&volume.path)?, &target)?;
                true
            }
            (MountSource::Own, Some(Source::FileContent(content))) => {
                write_content(content, &target)?;
                true
            }
            (MountSource::Own, _) => false,
        };
        bound.push(is_there.then(|| target.to_string_lossy().into_owned()));
    }
    let root = Root {
        path,
        writable,
        scratch: sources.scratch.clone(),
        _held: hold(sources),
    };
    Ok((root, bound))
}

/// The disks that are volumes themselves.
pub fn devices(sources: &Sources) -> Result<Vec<Device>> {
    let mut devices = Vec::new();
    for source in &sources.mounts {
        if let MountSource::Volume(volume, _) = source
            && !volume.is_folder()
        {
            let file = std::fs::metadata(&volume.path)
                .tried(|| format!("looking at {}", volume.path.display()))?;
            let number = file.rdev();
            let (major, minor) = (libc::major(number), Some(libc::minor(number)));
            devices.push(Device {
                block: true,
                major,
                minor,
            });
        }
    }
    Ok(devices)
}

fn mount_overlay(image: &Image, scratch: &Path, target: &Path) -> Result<PathBuf> {
    let (upper, work) = (scratch.join("upper"), scratch.join("work"));
    make_folder(&upper)?;
    make_folder(&work)?;
    let options = format!(
        "lowerdir={},upperdir={},workdir={},volatile",
        image.path.display(),
        upper.display(),
        work.display()
    );
    // Without devices: a node that a container makes on its root opens nothing.
    mount("overlay", target, "overlay", MsFlags::MS_NODEV, &options)?;
    Ok(upper)
}

fn write_content(content: &[u8], target: &Path) -> Result<()> {
    if content.len() > MOST_CONTENT {
        return Err(Fault::invalid(format!(
            "a file of {} bytes; {MOST_CONTENT} are the most",
            content.len()
        )));
    }
    if let Some(folder) = target.parent() {
        make_folder(folder)?;
    }
    std::fs::write(target, content).tried(|| format!("writing {}", target.display()))
}

fn hold(sources: &Sources) -> Held {
    let mut held = Held {
        _images: Vec::new(),
        _volumes: Vec::new(),
    };
    match &sources.root {
        RootSource::Image(image) => held._images.push(Arc::clone(image)),
        RootSource::Volume(volume, _) => held._volumes.push(Arc::clone(volume)),
    }
    for source in &sources.mounts {
        match source {
            MountSource::Image(image, _) => held._images.push(Arc::clone(image)),
            MountSource::Volume(volume, _) => held._volumes.push(Arc::clone(volume)),
            MountSource::Own => {}
        }
    }
    held
}

/// Unmounts and removes what was prepared, as far as it came. Best effort: what cannot be removed is in nobody's way, and gone with
/// the guest.
pub fn remove(bundle: &Path, scratch: Option<&Path>) {
    let bound = std::fs::read_dir(bundle.join("mounts"))
        .into_iter()
        .flatten()
        .flatten();
    let mut is_clear = true;
    for target in bound
        .map(|entry| entry.path())
        .chain([bundle.join("rootfs")])
    {
        is_clear &= unmount(&target).is_ok();
    }
    // Through a mount that is still there, a volume would be emptied.
    if is_clear {
        let _ = remove_folder(bundle);
        if let Some(scratch) = scratch {
            let _ = remove_folder(scratch);
        }
    }
}

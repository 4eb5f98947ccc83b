//! Image file systems, mounted read-only, one for all containers of an image.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::mount::MsFlags;
use tonic::Code;

use crate::disks::{Disks, forget_content};
use crate::fault::{Fault, Result};
use crate::mounting::{home, mount, unmount_now};
use crate::names::check_id;
use crate::proto::{Disk, MountImageRequest};

const MOST: usize = 1024;

/// A mounted image. Who uses it holds it.
pub struct Image {
    pub path: PathBuf,
    disk: Disk,
    device: PathBuf,
}

/// All images. The owner sees to it that calls come one after the other.
#[derive(Default)]
pub struct Images {
    mounted: HashMap<String, Arc<Image>>,
}

impl Images {
    pub async fn mount(&mut self, disks: &Disks, request: MountImageRequest) -> Result<()> {
        let id = check_id("image", &request.image_id)?;
        let disk = request.disk.clone().unwrap_or_default();
        if let Some(known) = self.mounted.get(id) {
            if known.disk == disk {
                return Ok(());
            }
            return Err(Fault::new(
                Code::AlreadyExists,
                format!("image {id} is mounted from {:?}", known.disk),
            ));
        }
        if self.mounted.len() >= MOST {
            return Err(Fault::exhausted(format!("{MOST} images are mounted")));
        }
        let device = disks.device(request.disk.as_ref()).await?;
        if let Some((other, _)) = self
            .mounted
            .iter()
            .find(|(_, image)| image.device == device)
        {
            return Err(Fault::state(format!(
                "{} holds image {other}, which is still mounted",
                device.display()
            )));
        }
        forget_content(&device)?;
        let path = home("images", id);
        mount_erofs(&device, &path)?;
        let image = Image { path, disk, device };
        self.mounted.insert(id.to_owned(), Arc::new(image));
        Ok(())
    }

    pub fn unmount(&mut self, id: &str) -> Result<()> {
        let Some(image) = self.mounted.get(id) else {
            return Ok(());
        };
        if Arc::strong_count(image) > 1 {
            return Err(Fault::state(format!("image {id} is in use")));
        }
        unmount_now(&image.path)?;
        self.mounted.remove(id);
        Ok(())
    }

    pub fn get(&self, id: &str) -> Result<Arc<Image>> {
        self.mounted
            .get(id)
            .cloned()
            .ok_or_else(|| Fault::missing(format!("no image {id} is mounted")))
    }

    pub fn ids(&self) -> Vec<String> {
        self.mounted.keys().cloned().collect()
    }
}

pub fn mount_erofs(device: &Path, path: &Path) -> Result<()> {
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_NODEV;
    mount(&device.to_string_lossy(), path, "erofs", flags, "")
}

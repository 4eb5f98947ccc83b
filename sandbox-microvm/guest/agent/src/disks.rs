//! Block devices, told apart by what is on them: monitors order them differently, and not all give serial numbers.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tonic::Code;

use crate::fault::{Fault, Result, Tried};
use crate::modules;
use crate::proto::{Disk, ScsiAddress, disk::Address};

const APPEARS_WITHIN: Duration = Duration::from_secs(10);
const SECTOR: u64 = 512;
const SLOT_MARK: &str = "cofferdam-slot ";
/// Where ext4's superblock begins, and in it (ext4 documentation, "The Super Block") its magic number and its volume's name.
const EXT4_SUPERBLOCK: u64 = 1024;
const EXT4_LABEL: &[u8] = b"cofferdam\0";
/// The magic number of EROFS (erofs_fs.h, EROFS_SUPER_MAGIC_V1), little-endian at byte 1024.
const EROFS_MAGIC: [u8; 4] = 0xE0F5_E1E2_u32.to_le_bytes();
// From linux/fs.h.
const BLKFLSBUF: libc::c_ulong = 0x1261;
const BLKGETSIZE64: libc::c_ulong = 0x8008_1272;

/// What was found at boot.
#[derive(Debug, Default, Clone)]
pub struct Disks {
    slots: BTreeMap<u32, PathBuf>,
    pub scratch: Option<PathBuf>,
    pub modules: Option<PathBuf>,
}

enum Content {
    Slot(u32),
    Scratch,
    Modules,
    Other,
}

impl Disks {
    /// Looks at every disk that is there.
    pub fn find() -> Disks {
        let mut disks = Disks::default();
        for device in devices() {
            match content(&device) {
                Content::Slot(number) => drop(disks.slots.insert(number, device)),
                Content::Scratch => disks.scratch = Some(device),
                Content::Modules => disks.modules = Some(device),
                Content::Other => {}
            }
        }
        disks
    }

    pub fn slots(&self) -> Vec<u32> {
        self.slots.keys().copied().collect()
    }

    /// The device that is meant, waited for where it may still be coming.
    pub async fn device(&self, disk: Option<&Disk>) -> Result<PathBuf> {
        let disk = disk.ok_or_else(|| Fault::invalid("no disk named"))?;
        let device = match disk.address.as_ref() {
            Some(Address::Slot(number)) => match self.slots.get(number) {
                Some(device) => device.clone(),
                None => self.late_slot(*number).await?,
            },
            Some(Address::Serial(serial)) => {
                appears(&format!("a disk with serial number {serial}"), || {
                    by_serial(serial)
                })
                .await?
            }
            Some(Address::Scsi(address)) => {
                scan_scsi();
                appears(&format!("a SCSI disk at {address:?}"), || by_scsi(address)).await?
            }
            None => return Err(Fault::invalid("a disk without an address")),
        };
        check_size(&device, disk.size_bytes)?;
        Ok(device)
    }

    /// Slots beyond those that were there at boot are SCSI disks, which come when they are needed, as does the driver.
    async fn late_slot(&self, number: u32) -> Result<PathBuf> {
        let driven = ["virtio_scsi", "sd_mod"]
            .iter()
            .all(|name| modules::load_named(name));
        if !driven || scsi_hosts().is_empty() {
            return Err(Fault::missing(format!(
                "no slot {number}; there are {:?}",
                self.slots()
            )));
        }
        let address = ScsiAddress {
            target: number,
            lun: 0,
        };
        scan_scsi();
        appears(&format!("slot {number}, a SCSI disk"), || by_scsi(&address)).await
    }
}

/// Drops what the kernel has cached of the device: its content may have been exchanged below it.
pub fn forget_content(device: &Path) -> Result<()> {
    let file = File::open(device).tried(|| format!("opening {}", device.display()))?;
    // SAFETY: BLKFLSBUF takes no argument.
    let done = unsafe { libc::ioctl(file.as_raw_fd(), BLKFLSBUF, 0) };
    if done != 0 {
        return Err(std::io::Error::last_os_error())
            .tried(|| format!("dropping what is cached of {}", device.display()));
    }
    Ok(())
}

fn check_size(device: &Path, wanted: u64) -> Result<()> {
    if wanted == 0 {
        return Ok(());
    }
    let size = size(device)?;
    if size != wanted {
        return Err(Fault::state(format!(
            "{} has {size} bytes, not {wanted}",
            device.display()
        )));
    }
    Ok(())
}

pub fn size(device: &Path) -> Result<u64> {
    let file = File::open(device).tried(|| format!("opening {}", device.display()))?;
    let mut size = 0_u64;
    // SAFETY: BLKGETSIZE64 writes one u64, which lives until after the call.
    let done = unsafe { libc::ioctl(file.as_raw_fd(), BLKGETSIZE64, &mut size) };
    if done != 0 {
        return Err(std::io::Error::last_os_error())
            .tried(|| format!("asking for the size of {}", device.display()));
    }
    Ok(size)
}

async fn appears(what: &str, find: impl Fn() -> Option<PathBuf>) -> Result<PathBuf> {
    let deadline = Instant::now() + APPEARS_WITHIN;
    loop {
        if let Some(device) = find() {
            return Ok(device);
        }
        if Instant::now() >= deadline {
            return Err(Fault::new(
                Code::DeadlineExceeded,
                format!("{what} did not appear within {APPEARS_WITHIN:?}"),
            ));
        }
        // sysfs tells of new devices only by uevents, of which this one is not worth a listener.
        sleep(Duration::from_millis(5)).await;
    }
}

/// Disks, not their partitions, nor RAM and loop devices.
fn devices() -> Vec<PathBuf> {
    let mut names: Vec<String> = fs::read_dir("/sys/block")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("vd") || name.starts_with("sd"))
        .collect();
    names.sort();
    names
        .iter()
        .map(|name| Path::new("/dev").join(name))
        .collect()
}

fn content(device: &Path) -> Content {
    let mut head = [0_u8; 2048];
    let read = File::open(device).and_then(|file| file.read_at(&mut head, 0));
    match read {
        Ok(count) if count as u64 >= 4 * SECTOR => content_of(&head),
        _ => Content::Other,
    }
}

fn content_of(head: &[u8; 2048]) -> Content {
    let superblock = &head[EXT4_SUPERBLOCK as usize..];
    if let Some(number) = slot_number(&head[..SECTOR as usize]) {
        return Content::Slot(number);
    }
    if superblock.starts_with(&EROFS_MAGIC) {
        return Content::Modules;
    }
    let is_ext4 = superblock[0x38..0x3a] == 0xEF53_u16.to_le_bytes();
    if is_ext4 && superblock[0x78..0x88].starts_with(EXT4_LABEL) {
        return Content::Scratch;
    }
    Content::Other
}

/// NN of `cofferdam-slot NN\n`.
fn slot_number(sector: &[u8]) -> Option<u32> {
    let rest = sector.strip_prefix(SLOT_MARK.as_bytes())?;
    match rest {
        [a, b, b'\n', ..] if a.is_ascii_digit() && b.is_ascii_digit() => {
            Some(u32::from(a - b'0') * 10 + u32::from(b - b'0'))
        }
        _ => None,
    }
}

fn by_serial(serial: &str) -> Option<PathBuf> {
    devices().into_iter().find(|device| {
        let name = device.file_name().unwrap_or_default();
        let told = fs::read_to_string(Path::new("/sys/block").join(name).join("serial"));
        told.is_ok_and(|told| told.trim() == serial)
    })
}

/// Has the kernel look for SCSI devices that came since.
fn scan_scsi() {
    for host in scsi_hosts() {
        // One that refuses has no such disk; then it does not appear, which is what the caller says.
        let _ = fs::write(host.join("scan"), "- - -");
    }
}

fn scsi_hosts() -> Vec<PathBuf> {
    let hosts = fs::read_dir("/sys/class/scsi_host").into_iter().flatten();
    hosts.filter_map(|host| Some(host.ok()?.path())).collect()
}

fn by_scsi(address: &ScsiAddress) -> Option<PathBuf> {
    devices().into_iter().find(|device| {
        let name = device.file_name().unwrap_or_default();
        let link = fs::read_link(Path::new("/sys/block").join(name).join("device"));
        let ending = format!(":{}:{}", address.target, address.lun);
        link.is_ok_and(|link| link.to_string_lossy().ends_with(&ending))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slot_number_only_two_digits_and_a_line_feed() {
        assert_eq!(slot_number(b"cofferdam-slot 07\n\0\0"), Some(7));
        for other in [
            &b"cofferdam-slot 7\n\0"[..],
            b"cofferdam-slot 123",
            b"cofferdam-slot",
            b"",
        ] {
            assert_eq!(slot_number(other), None);
        }
    }

    #[test]
    fn content_of_superblocks_is_told_apart() {
        let mut head = [0_u8; 2048];
        assert!(matches!(content_of(&head), Content::Other));
        head[1024..1028].copy_from_slice(&EROFS_MAGIC);
        assert!(matches!(content_of(&head), Content::Modules));
        head = [0; 2048];
        head[1024 + 0x38] = 0x53;
        head[1024 + 0x39] = 0xEF;
        assert!(matches!(content_of(&head), Content::Other));
        head[1024 + 0x78..1024 + 0x78 + 9].copy_from_slice(b"cofferdam");
        assert!(matches!(content_of(&head), Content::Scratch));
    }
}

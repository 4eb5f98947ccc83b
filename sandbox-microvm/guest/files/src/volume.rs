//! One folder that a guest may mount.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::str::FromStr;
use std::time::Duration;

use nix::sched::{CloneFlags, unshare};
use virtiofsd::passthrough::read_only::PassthroughFsRo;
use virtiofsd::passthrough::xattrmap::XattrMap;
use virtiofsd::passthrough::{CachePolicy, Config, PassthroughFs};
use virtiofsd::server::Server;

use crate::exchange::Exchange;

/// Who else writes to a volume, which decides what the guest may keep in its cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Others change it meanwhile: what the guest knows is good for a second, and files are looked at again when opened.
    Shared,
    /// Nobody else does: the guest keeps what it knows, and writes back when it likes (at the latest on close or fsync).
    Exclusive,
}

/// How a volume is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    pub sharing: Sharing,
    pub read_only: bool,
}

impl FromStr for Mode {
    type Err = String;

    /// `shared` or `exclusive`, a comma, `rw` or `ro`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (sharing, access) = text.split_once(',').ok_or("a mode is SHARING,ACCESS")?;
        Ok(Self {
            sharing: match sharing {
                "shared" => Sharing::Shared,
                "exclusive" => Sharing::Exclusive,
                other => return Err(format!("{other:?} is neither shared nor exclusive")),
            },
            read_only: match access {
                "ro" => true,
                "rw" => false,
                other => return Err(format!("{other:?} is neither ro nor rw")),
            },
        })
    }
}

/// A folder, opened, and how it is served.
#[derive(Debug)]
pub struct Volume {
    /// The root of a mount of its own, so that `..` ends here.
    pub root: OwnedFd,
    pub mode: Mode,
}

/// What is behind one connection of the guest.
pub enum FileSystem {
    ReadWrite(Server<PassthroughFs>),
    ReadOnly(Server<PassthroughFsRo>),
}

impl FileSystem {
    /// Must be called, and used, in threads that have gone through [`enter`] for the same volume.
    pub fn new(mode: Mode, own_descriptors: &File, descriptor_limit: u64) -> io::Result<Self> {
        let config = config(mode.sharing, own_descriptors, descriptor_limit)?;
        Ok(if mode.read_only {
            Self::ReadOnly(Server::new(PassthroughFsRo::new(config)?))
        } else {
            Self::ReadWrite(Server::new(PassthroughFs::new(config)?))
        })
    }

    pub fn serve(&self, exchange: &mut Exchange, length: usize) -> virtiofsd::Result<usize> {
        match self {
            Self::ReadWrite(server) => exchange.serve(server, length),
            Self::ReadOnly(server) => exchange.serve(server, length),
        }
    }
}

/// Makes the volume's root this thread's working directory: that is the "path" by which virtiofsd finds it.
pub fn enter(root: &impl AsFd) -> io::Result<()> {
    unshare(CloneFlags::CLONE_FS)?;
    nix::unistd::fchdir(root)?;
    Ok(())
}

fn config(sharing: Sharing, own_descriptors: &File, descriptor_limit: u64) -> io::Result<Config> {
    // The user's attributes are the workload's business; security.*, trusted.* and ACLs would act on the host.
    let xattrs = XattrMap::try_from(":ok:all:user.:user.:\n:unsupported:all:::")
        .map_err(|e| io::Error::other(format!("{e:?}")))?;
    let common = Config {
        root_dir: ".".into(),
        xattr: true,
        xattrmap: Some(xattrs),
        proc_sfd_rawfd: Some(own_descriptors.try_clone()?),
        // Else each write asks for security.capability first.
        killpriv_v2: true,
        guest_fd_limit: descriptor_limit,
        ..Config::default()
    };
    Ok(match sharing {
        Sharing::Shared => Config {
            entry_timeout: Duration::from_secs(1),
            attr_timeout: Duration::from_secs(1),
            cache_policy: CachePolicy::Auto,
            ..common
        },
        Sharing::Exclusive => Config {
            entry_timeout: Duration::from_secs(24 * 3600),
            attr_timeout: Duration::from_secs(24 * 3600),
            cache_policy: CachePolicy::Always,
            writeback: true,
            ..common
        },
    })
}

impl Volume {
    /// Device and inode of the root: the same folder has the same.
    pub fn identity(&self) -> io::Result<(u64, u64)> {
        let stat = nix::sys::stat::fstat(&self.root)?;
        Ok((stat.st_dev, stat.st_ino))
    }

    /// Takes a descriptor that came over the control socket, if it is a folder.
    pub fn of(root: OwnedFd, mode: Mode) -> Result<Self, String> {
        let stat = nix::sys::stat::fstat(&root)
            .map_err(|e| format!("cannot look at descriptor {}: {e}", root.as_raw_fd()))?;
        if stat.st_mode & libc::S_IFMT != libc::S_IFDIR {
            return Err("the volume is not a folder".into());
        }
        Ok(Self { root, mode })
    }
}

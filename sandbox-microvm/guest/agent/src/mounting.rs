//! Mounts, and paths that stay below a folder.

use std::ffi::CString;
use std::fs;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount as mount2, umount2};
use tonic::Code;

use crate::fault::{Fault, Result, Tried};

/// Where everything of the agent's lies.
pub const HOME: &str = "/run/cofferdam";

pub fn home(part: &str, id: &str) -> PathBuf {
    Path::new(HOME).join(part).join(id)
}

/// Mounts something on a folder, which is made if it is not there.
pub fn mount(source: &str, target: &Path, kind: &str, flags: MsFlags, data: &str) -> Result<()> {
    make_folder(target)?;
    let data = (!data.is_empty()).then_some(data);
    mount2(Some(source), target, Some(kind), flags, data)
        .tried(|| format!("mounting {kind} ({source}) on {}", target.display()))
}

pub fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).tried(|| format!("making the folder {}", path.display()))
}

/// Ends a mount with all below it, at the latest when its last user is gone. None is no error.
pub fn unmount(target: &Path) -> Result<()> {
    match umount2(target, MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW) {
        Ok(()) | Err(Errno::EINVAL | Errno::ENOENT) => Ok(()),
        Err(e) => Err(e).tried(|| format!("unmounting {}", target.display())),
    }
}

/// Ends a mount now: its device is free when this returns.
pub fn unmount_now(target: &Path) -> Result<()> {
    match umount2(target, MntFlags::UMOUNT_NOFOLLOW) {
        Ok(()) | Err(Errno::EINVAL | Errno::ENOENT) => Ok(()),
        Err(e) => Err(e).tried(|| format!("unmounting {}", target.display())),
    }
}

/// Removes a folder and all in it; none is no error.
pub fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other.tried(|| format!("removing {}", path.display())),
    }
}

/// Makes what a descriptor is open on appear at a path, with what is mounted below it. Unlike a path, a descriptor cannot be
/// exchanged by a container in between.
pub fn bind(source: &OwnedFd, target: &Path) -> Result<()> {
    let from = format!("/proc/self/fd/{}", source.as_raw_fd());
    let is_folder = fs::metadata(&from)
        .tried(|| format!("looking at what belongs on {}", target.display()))?
        .is_dir();
    if is_folder {
        make_folder(target)?;
    } else {
        if let Some(parent) = target.parent() {
            make_folder(parent)?;
        }
        fs::File::create(target).tried(|| format!("making {}", target.display()))?;
    }
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    mount2(
        Some(from.as_str()),
        target,
        None::<&str>,
        flags,
        None::<&str>,
    )
    .tried(|| format!("bind mount on {}", target.display()))
}

/// Opens a path as if `root` were `/`: neither `..` nor a link leads out.
pub fn open_beneath(root: &Path, path: &str) -> Result<OwnedFd> {
    let root_fd = open_path(root)?;
    let relative = path.trim_start_matches('/');
    let relative = if relative.is_empty() { "." } else { relative };
    let name = CString::new(relative).map_err(|_| Fault::invalid("a path with a NUL in it"))?;
    // From linux/openat2.h.
    const RESOLVE_IN_ROOT: u64 = 0x10;
    const RESOLVE_NO_MAGICLINKS: u64 = 0x02;
    let how: [u64; 3] = [
        (libc::O_PATH | libc::O_CLOEXEC) as u64,
        0,
        RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    ];
    // SAFETY: the name ends with NUL and `how` has the layout and the size that openat2(2) asks for.
    let fd = unsafe {
        libc::syscall(
            libc::SYS_openat2,
            root_fd.as_raw_fd(),
            name.as_ptr(),
            how.as_ptr(),
            size_of_val(&how),
        )
    };
    if fd < 0 {
        let e = std::io::Error::last_os_error();
        let code = match e.raw_os_error() {
            Some(libc::ENOENT | libc::ENOTDIR) => Code::NotFound,
            _ => Code::Internal,
        };
        return Err(Fault::new(
            code,
            format!("opening {path:?} in {}: {e}", root.display()),
        ));
    }
    // SAFETY: the kernel has just given us this descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

pub fn open_path(path: &Path) -> Result<OwnedFd> {
    let name = CString::new(path.as_os_str().as_bytes())
        .map_err(|_| Fault::invalid("a path with a NUL in it"))?;
    // SAFETY: the name ends with NUL.
    let fd = unsafe { libc::open(name.as_ptr(), libc::O_PATH | libc::O_CLOEXEC) };
    if fd < 0 {
        return Err(std::io::Error::last_os_error())
            .tried(|| format!("opening {}", path.display()));
    }
    // SAFETY: as above.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Makes a folder with its parents as if `root` were `/`; what is there already stays as it is.
pub fn make_folder_beneath(root: &Path, path: &str) -> Result<()> {
    let mut done = String::from("/");
    for part in path.split('/').filter(|p| !p.is_empty()) {
        let parent = open_beneath(root, &done)?;
        let name = CString::new(part).map_err(|_| Fault::invalid("a path with a NUL in it"))?;
        // SAFETY: the name ends with NUL; mkdirat follows no link at its last part.
        let made = unsafe { libc::mkdirat(parent.as_raw_fd(), name.as_ptr(), 0o755) };
        if made != 0 && Errno::last() != Errno::EEXIST {
            let e = std::io::Error::last_os_error();
            return Err(e).tried(|| format!("making {path:?} in {}", root.display()));
        }
        done.push_str(part);
        done.push('/');
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn open_beneath_link_and_dots_stay_inside() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("etc")).unwrap();
        fs::write(folder.path().join("etc/passwd"), "ours").unwrap();
        symlink("/etc", folder.path().join("link")).unwrap();
        for path in ["link/passwd", "../../etc/passwd", "/etc/passwd"] {
            let fd = open_beneath(folder.path(), path).unwrap();
            let text = fs::read_to_string(format!("/proc/self/fd/{}", fd.as_raw_fd())).unwrap();
            assert_eq!(text, "ours", "{path}");
        }
        assert_eq!(
            open_beneath(folder.path(), "none").unwrap_err().code,
            Code::NotFound
        );
    }

    #[test]
    fn make_folder_beneath_link_out_makes_nothing_outside() {
        let outside = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        symlink(outside.path(), folder.path().join("out")).unwrap();
        make_folder_beneath(folder.path(), "/a/b").unwrap();
        assert!(folder.path().join("a/b").is_dir());
        assert!(make_folder_beneath(folder.path(), "/out/x").is_err());
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}

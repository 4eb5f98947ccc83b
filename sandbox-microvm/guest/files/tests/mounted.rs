//! Service, relay and this machine's kernel together: what a workload in the guest sees. In a mount namespace of each test.
#![allow(non_snake_case)] // feature_condition_result

mod common;

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{Service, await_that};
use fuse_relay::Relay;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use tempfile::TempDir;

const TIMEOUT: Duration = Duration::from_secs(60);

struct Mounted {
    top: TempDir,
    service: Service,
    relay: Relay,
}

impl Mounted {
    fn new(mode: &str) -> Self {
        unshare(CloneFlags::CLONE_NEWNS).unwrap();
        let none = None::<&str>;
        mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).unwrap();
        let top = TempDir::new().unwrap();
        fs::create_dir(top.path().join("host")).unwrap();
        fs::create_dir(top.path().join("guest")).unwrap();
        let service = Service::start();
        service.add("v", mode, &top.path().join("host"));
        let stream = OwnedFd::from(UnixStream::connect(service.guest_socket()).unwrap());
        let stream = fuse_relay::greet(stream, b"VOLUME v\n", TIMEOUT).unwrap();
        let read_only = mode.ends_with("ro");
        let relay =
            fuse_relay::mount(&top.path().join("guest"), stream, read_only, TIMEOUT).unwrap();
        Self {
            top,
            service,
            relay,
        }
    }

    fn host(&self, name: &str) -> PathBuf {
        self.top.path().join("host").join(name)
    }

    fn guest(&self, name: &str) -> PathBuf {
        self.top.path().join("guest").join(name)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = umount2(&self.guest(""), MntFlags::MNT_DETACH); // A test may have done so.
    }
}

#[test]
fn files_writtenInside_areOnTheHost_andBack() {
    let m = Mounted::new("shared,rw");
    fs::write(m.guest("a"), "from inside").unwrap();
    assert_eq!(fs::read_to_string(m.host("a")).unwrap(), "from inside");
    fs::write(m.host("b"), "from the host").unwrap();
    assert_eq!(fs::read_to_string(m.guest("b")).unwrap(), "from the host");
    let mut log = File::options().append(true).open(m.guest("a")).unwrap();
    log.write_all(b", more").unwrap();
    log.sync_all().unwrap();
    assert_eq!(
        fs::read_to_string(m.host("a")).unwrap(),
        "from inside, more"
    );
    fs::create_dir_all(m.guest("deep/er")).unwrap();
    fs::rename(m.guest("a"), m.guest("deep/er/a")).unwrap();
    fs::hard_link(m.guest("deep/er/a"), m.guest("hard")).unwrap();
    symlink("hard", m.guest("soft")).unwrap();
    assert_eq!(fs::metadata(m.host("hard")).unwrap().nlink(), 2);
    assert_eq!(
        fs::read_to_string(m.guest("soft")).unwrap(),
        "from inside, more"
    );
    fs::remove_dir_all(m.guest("deep")).unwrap();
    assert!(!m.host("deep").exists());
}

#[test]
fn attributes_ofFiles_areKept() {
    let m = Mounted::new("shared,rw");
    fs::write(m.guest("f"), "x").unwrap();
    chown(m.guest("f"), Some(1234), Some(5678)).unwrap();
    fs::set_permissions(m.guest("f"), Permissions::from_mode(0o640)).unwrap();
    let file = File::options().write(true).open(m.guest("f")).unwrap();
    let time = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    file.set_modified(time).unwrap();
    file.set_len(1000).unwrap();
    let there = fs::metadata(m.host("f")).unwrap();
    assert_eq!(
        (there.uid(), there.gid(), there.mode() & 0o7777, there.len()),
        (1234, 5678, 0o640, 1000)
    );
    assert_eq!(
        xattr(&["-n", "user.colour", "-v", "green"], &m.guest("f")),
        Some(())
    );
    assert_eq!(
        xattr(&["-n", "trusted.colour", "-v", "green"], &m.guest("f")),
        None
    );
    assert_eq!(
        xattr(&["-n", "security.capability", "-v", "green"], &m.guest("f")),
        None
    );
}

/// Sets an attribute by libc: nothing that the machine has to have installed.
fn xattr(words: &[&str], path: &std::path::Path) -> Option<()> {
    let text = |s: &str| std::ffi::CString::new(s).unwrap();
    let path = text(path.to_str().unwrap());
    let (name, value) = (text(words[1]), words[3].as_bytes());
    // SAFETY: terminated strings, and a value of that length.
    let result = unsafe {
        libc::setxattr(
            path.as_ptr(),
            name.as_ptr(),
            value.as_ptr().cast(),
            value.len(),
            0,
        )
    };
    (result == 0).then_some(())
}

#[test]
fn configMap_swappedByRename_isSeen() {
    let m = Mounted::new("shared,ro");
    let put = |version: &str| {
        fs::create_dir(m.host(version)).unwrap();
        fs::write(m.host(version).join("key"), version).unwrap();
        symlink(version, m.host("..data_tmp")).unwrap();
        fs::rename(m.host("..data_tmp"), m.host("..data")).unwrap();
    };
    put("..one");
    symlink("..data/key", m.host("key")).unwrap();
    assert_eq!(fs::read_to_string(m.guest("key")).unwrap(), "..one");
    put("..two");
    fs::remove_dir_all(m.host("..one")).unwrap();
    await_that("the new version", || {
        fs::read_to_string(m.guest("key")).is_ok_and(|text| text == "..two")
    });
    assert_eq!(
        fs::write(m.guest("key"), "mine")
            .unwrap_err()
            .raw_os_error(),
        Some(libc::EROFS)
    );
}

#[test]
fn largeFile_isTheSameOnBothSides() {
    for mode in ["shared,rw", "exclusive,rw"] {
        let m = Mounted::new(mode);
        let block: Vec<u8> = (0..1_000_003u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let mut file = File::create(m.guest("large")).unwrap();
        for _ in 0..40 {
            file.write_all(&block).unwrap();
        }
        file.sync_all().unwrap();
        for side in [m.host("large"), m.guest("large")] {
            let mut read = File::open(side).unwrap();
            let mut part = vec![0; block.len()];
            for _ in 0..40 {
                read.read_exact(&mut part).unwrap();
                assert!(part == block);
            }
        }
        let far = File::options().write(true).open(m.guest("large")).unwrap();
        far.write_all_at(b"end", 5 << 32).unwrap(); // Sparse.
        drop(far);
        assert_eq!(fs::metadata(m.host("large")).unwrap().len(), (5 << 32) + 3);
    }
}

#[test]
fn exclusiveVolume_afterClose_isOnTheHost() {
    let m = Mounted::new("exclusive,rw");
    let mut file = File::create(m.guest("f")).unwrap();
    for _ in 0..1000 {
        file.write_all(b"0123456789").unwrap();
    }
    drop(file);
    assert_eq!(fs::metadata(m.host("f")).unwrap().len(), 10_000);
}

#[test]
fn locksAndMappings_work() {
    for mode in ["shared,rw", "exclusive,rw"] {
        let m = Mounted::new(mode);
        fs::write(m.guest("f"), vec![b'-'; 8192]).unwrap();
        let one = File::options()
            .read(true)
            .write(true)
            .open(m.guest("f"))
            .unwrap();
        let two = File::open(m.guest("f")).unwrap();
        one.lock().unwrap();
        assert!(matches!(two.try_lock(), Err(fs::TryLockError::WouldBlock)));
        one.unlock().unwrap();
        two.try_lock().unwrap();
        // SAFETY: a mapping of our own file, as large as it is.
        unsafe {
            use std::os::fd::AsRawFd;
            let (protection, length) = (libc::PROT_READ | libc::PROT_WRITE, 8192);
            let at = libc::mmap(
                std::ptr::null_mut(),
                length,
                protection,
                libc::MAP_SHARED,
                one.as_raw_fd(),
                0,
            );
            assert_ne!(at, libc::MAP_FAILED);
            std::slice::from_raw_parts_mut(at.cast::<u8>(), length)[5000] = b'!';
            assert_eq!(libc::msync(at, length, libc::MS_SYNC), 0);
            libc::munmap(at, length);
        }
        assert_eq!(fs::read(m.host("f")).unwrap()[5000], b'!');
    }
}

#[test]
fn socketsAndFifos_workAmongThoseInside() {
    let m = Mounted::new("exclusive,rw");
    let listener = UnixListener::bind(m.guest("s")).unwrap();
    let mut client = UnixStream::connect(m.guest("s")).unwrap();
    client.write_all(b"hello").unwrap();
    drop(client);
    let mut heard = String::new();
    listener
        .accept()
        .unwrap()
        .0
        .read_to_string(&mut heard)
        .unwrap();
    assert_eq!(heard, "hello");
    nix::unistd::mkfifo(&m.guest("p"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let mut both = File::options()
        .read(true)
        .write(true)
        .open(m.guest("p"))
        .unwrap();
    both.write_all(b"x").unwrap();
    let mut byte = [0];
    both.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"x");
}

#[test]
fn permissions_areCheckedInside() {
    let m = Mounted::new("shared,rw");
    fs::write(m.guest("secret"), "x").unwrap();
    fs::set_permissions(m.guest("secret"), Permissions::from_mode(0o600)).unwrap();
    let path = m.guest("secret");
    fs::set_permissions(m.top.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(m.guest(""), Permissions::from_mode(0o755)).unwrap();
    let status = Command::new("cat")
        .arg(&path)
        .uid(1234)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(!status.success());
}

#[test]
fn removedFile_thatIsOpen_canStillBeUsed() {
    let m = Mounted::new("exclusive,rw");
    let mut file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(m.guest("t"))
        .unwrap();
    file.write_all(b"still here").unwrap();
    fs::remove_file(m.guest("t")).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "still here");
    let temporary = File::options()
        .write(true)
        .custom_flags(libc::O_DIRECT)
        .create_new(true)
        .open(m.guest("d"));
    temporary.unwrap();
}

#[test]
fn service_thatDies_leavesErrors_notHangs() {
    let mut m = Mounted::new("shared,rw");
    fs::write(m.guest("f"), "x").unwrap();
    m.service.child.kill().unwrap();
    m.service.child.wait().unwrap();
    assert!(m.relay.await_end(TIMEOUT));
    let error = fs::write(m.guest("g"), "x").unwrap_err();
    assert!(
        matches!(
            error.raw_os_error(),
            Some(libc::ENOTCONN | libc::ECONNABORTED)
        ),
        "{error}"
    );
}

#[test]
fn unmount_endsTheRelay_andTheVolumeCanBeMountedAgain() {
    let m = Mounted::new("shared,rw");
    assert!(!m.relay.ended());
    umount2(&m.guest(""), MntFlags::MNT_DETACH).unwrap();
    assert!(m.relay.await_end(TIMEOUT));
    let stream = OwnedFd::from(UnixStream::connect(m.service.guest_socket()).unwrap());
    let stream = fuse_relay::greet(stream, b"VOLUME v\n", TIMEOUT).unwrap();
    let _again = fuse_relay::mount(&m.guest(""), stream, false, TIMEOUT).unwrap();
    fs::write(m.guest("f"), "x").unwrap();
    assert!(m.host("f").exists());
}

#[test]
fn greeting_ofAVolumeThatIsNotThere_saysSo() {
    let service = Service::start();
    let stream = OwnedFd::from(UnixStream::connect(service.guest_socket()).unwrap());
    let error: io::Error = fuse_relay::greet(stream, b"VOLUME other\n", TIMEOUT).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the host's file service: ERROR no such volume"
    );
}

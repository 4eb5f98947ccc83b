//! The real program, jailed as it is on a node, and both of its clients.
#![allow(dead_code)] // Each test file uses its part.

pub mod fuse;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, IoSlice, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use tempfile::TempDir;

pub struct Service {
    pub child: Child,
    sockets: TempDir,
}

impl Service {
    pub fn start() -> Self {
        let sockets = TempDir::new().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cofferdam-files"));
        // SAFETY: one system call, between fork and exec. As few as make a test of them short, whatever machine this is.
        unsafe { command.pre_exec(|| Ok(setrlimit(Resource::RLIMIT_NOFILE, 4096, 4096)?)) };
        let child = command
            .args([Path::new("--guest"), &sockets.path().join("guest.sock")])
            .args(["--guest-owner", "0:0"])
            .args([Path::new("--control"), &sockets.path().join("control.sock")])
            .spawn()
            .unwrap();
        let mut service = Self { child, sockets };
        await_that("the control socket", || {
            assert_eq!(
                service.child.try_wait().unwrap(),
                None,
                "the service has ended"
            );
            service.control().is_some()
        });
        service
    }

    fn control(&self) -> Option<UnixStream> {
        UnixStream::connect(self.sockets.path().join("control.sock")).ok()
    }

    pub fn guest_socket(&self) -> PathBuf {
        self.sockets.path().join("guest.sock")
    }

    /// Sends one command; the answer without its line feed.
    pub fn command(&self, line: &str, folder: Option<&Path>) -> String {
        let mut stream = self.control().unwrap();
        let root = folder.map(|f| {
            File::options()
                .read(true)
                .custom_flags(libc::O_PATH)
                .open(f)
                .unwrap()
        });
        let number: Vec<_> = root.iter().map(AsRawFd::as_raw_fd).collect();
        let rights = [ControlMessage::ScmRights(&number)];
        let rights = if number.is_empty() {
            &[][..]
        } else {
            &rights[..]
        };
        let text = format!("{line}\n");
        sendmsg::<()>(
            stream.as_raw_fd(),
            &[IoSlice::new(text.as_bytes())],
            rights,
            MsgFlags::empty(),
            None,
        )
        .unwrap();
        stream.flush().unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    pub fn add(&self, tag: &str, mode: &str, folder: &Path) {
        assert_eq!(
            self.command(&format!("add {tag} {mode}"), Some(folder)),
            "ok"
        );
    }

    /// A field of `/proc/PID/status`.
    pub fn status(&self, field: &str) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|l| l.starts_with(&format!("{field}:")))
            .unwrap();
        line.split_once(':').unwrap().1.trim().to_owned()
    }

    pub fn resident_kib(&self) -> u64 {
        self.status("VmRSS")
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill(); // A test may have done so.
        let _ = self.child.wait();
    }
}

pub fn await_that(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not come");
        sleep(Duration::from_millis(5));
    }
}

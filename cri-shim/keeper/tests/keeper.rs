//! The binary, driven over its socket as the shim does.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Keeper {
    socket: PathBuf,
    process: Child,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(self.socket.parent().unwrap());
    }
}

fn start(socket: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_cofferdam-keeper"))
        .arg(socket)
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn keeper(name: &str) -> Keeper {
    let dir = std::env::temp_dir().join(format!("keeper-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let socket = dir.join("keeper.sock");
    let process = start(&socket);
    await_answer(&socket);
    Keeper { socket, process }
}

fn await_answer(socket: &Path) {
    let end = Instant::now() + Duration::from_secs(10);
    while UnixStream::connect(socket).is_err() {
        assert!(Instant::now() < end, "the keeper does not listen");
        std::thread::yield_now();
    }
}

/// Sends one request, perhaps with a descriptor; gives the answer and the descriptor in it.
fn ask(socket: &Path, request: &str, send: Option<RawFd>) -> (String, Option<OwnedFd>) {
    let (answer, descriptor, _) = ask_and_stay(socket, request, send);
    (answer, descriptor)
}

/// The same, and the connection is still open.
fn ask_and_stay(
    socket: &Path,
    request: &str,
    send: Option<RawFd>,
) -> (String, Option<OwnedFd>, UnixStream) {
    let stream = UnixStream::connect(socket).unwrap();
    let mut control = [0u64; 3];
    let mut bytes = request.as_bytes().to_vec();
    let mut vector = libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: bytes.len(),
    };
    unsafe {
        let mut header: libc::msghdr = std::mem::zeroed();
        header.msg_iov = &mut vector;
        header.msg_iovlen = 1;
        if let Some(descriptor) = send {
            header.msg_control = control.as_mut_ptr().cast();
            header.msg_controllen = 24;
            let first = libc::CMSG_FIRSTHDR(&header);
            (*first).cmsg_level = libc::SOL_SOCKET;
            (*first).cmsg_type = libc::SCM_RIGHTS;
            (*first).cmsg_len = libc::CMSG_LEN(4) as usize;
            libc::CMSG_DATA(first)
                .cast::<RawFd>()
                .write_unaligned(descriptor);
        }
        assert!(libc::sendmsg(stream.as_raw_fd(), &header, 0) > 0);
        let mut answer = [0u8; 4096];
        let mut into = libc::iovec {
            iov_base: answer.as_mut_ptr().cast(),
            iov_len: 4096,
        };
        let mut control = [0u64; 3];
        header.msg_iov = &mut into;
        header.msg_control = control.as_mut_ptr().cast();
        header.msg_controllen = 24;
        let count = libc::recvmsg(stream.as_raw_fd(), &mut header, 0);
        assert!(count >= 0, "{}", std::io::Error::last_os_error());
        let first = libc::CMSG_FIRSTHDR(&header);
        let descriptor = (!first.is_null())
            .then(|| OwnedFd::from_raw_fd(libc::CMSG_DATA(first).cast::<RawFd>().read_unaligned()));
        (
            String::from_utf8(answer[..count as usize].to_vec()).unwrap(),
            descriptor,
            stream,
        )
    }
}

#[test]
fn get_after_all_others_closed_finds_what_was_in_the_pipe() {
    let keeper = keeper("pipe");
    let (read, mut write) = std::io::pipe().unwrap();
    assert_eq!(
        ask(&keeper.socket, "put c1/stdout\n", Some(read.as_raw_fd())).0,
        "ok\n"
    );
    write.write_all(b"last words\n").unwrap();
    drop((read, write));

    let (answer, descriptor) = ask(&keeper.socket, "get c1/stdout\n", None);
    assert_eq!(answer, "ok\n");
    let mut line = String::new();
    BufReader::new(std::fs::File::from(descriptor.unwrap()))
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "last words\n");
}

#[test]
fn drop_lets_go_and_list_tells() {
    let keeper = keeper("drop");
    let (mut read, write) = std::io::pipe().unwrap();
    ask(&keeper.socket, "put b\n", Some(write.as_raw_fd()));
    ask(&keeper.socket, "put a\n", Some(write.as_raw_fd()));
    drop(write);
    assert_eq!(ask(&keeper.socket, "list\n", None).0, "ok\na\nb\n");
    for name in ["a", "b", "b"] {
        assert_eq!(
            ask(&keeper.socket, &format!("drop {name}\n"), None).0,
            "ok\n"
        );
    }
    assert_eq!(ask(&keeper.socket, "get a\n", None).0, "none\n");
    // The end of the pipe comes only when the keeper holds no writer any more.
    assert_eq!(read.read(&mut [0; 1]).unwrap(), 0);
}

#[test]
fn nonsense_is_answered_and_the_next_is_served() {
    let keeper = keeper("nonsense");
    assert!(
        ask(&keeper.socket, "frobnicate\n", None)
            .0
            .starts_with("error requests are")
    );
    assert!(
        ask(&keeper.socket, "put x\n", None)
            .0
            .starts_with("error put without")
    );
    assert!(
        ask(&keeper.socket, "put a b\n", Some(0))
            .0
            .starts_with("error a name has")
    );
    assert!(
        ask(&keeper.socket, &"x".repeat(600), None)
            .0
            .starts_with("error a request is")
    );
    drop(UnixStream::connect(&keeper.socket).unwrap());
    assert_eq!(ask(&keeper.socket, "list\n", None).0, "ok\n");
}

#[test]
fn socket_is_for_its_owner_only() {
    let keeper = keeper("mode");
    let mode = std::fs::metadata(&keeper.socket)
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn second_keeper_is_refused_and_a_dead_ones_socket_taken_over() {
    let mut first = keeper("second");
    ask(&first.socket, "put x\n", Some(0));
    let mut second = start(&first.socket);
    assert_eq!(second.wait().unwrap().code(), Some(3));
    assert_eq!(ask(&first.socket, "list\n", None).0, "ok\nx\n");

    first.process.kill().unwrap();
    first.process.wait().unwrap();
    first.process = start(&first.socket);
    await_answer(&first.socket);
    assert_eq!(ask(&first.socket, "list\n", None).0, "ok\n");
}

#[test]
fn hangup_and_interrupt_do_not_end_it() {
    let mut keeper = keeper("signals");
    let pid = keeper.process.id() as libc::pid_t;
    for signal in [libc::SIGHUP, libc::SIGINT] {
        assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
    }
    assert_eq!(ask(&keeper.socket, "list\n", None).0, "ok\n");
    assert!(keeper.process.try_wait().unwrap().is_none());
    assert_eq!(unsafe { libc::getsid(pid) }, pid);
}

#[test]
fn hold_ends_some_time_after_its_holder() {
    let keeper = keeper("hold");
    let held = std::fs::File::open("/dev/null").unwrap();
    let (answer, _, holder) = ask_and_stay(&keeper.socket, "hold 1 cri\n", Some(held.as_raw_fd()));
    assert_eq!(answer, "ok\n");
    assert_eq!(ask(&keeper.socket, "list\n", None).0, "ok\ncri\n");
    assert!(ask(&keeper.socket, "get cri\n", None).1.is_some());

    // Another holder: the first one's end is nothing to it.
    let (_, _, second) = ask_and_stay(&keeper.socket, "hold 1 cri\n", Some(held.as_raw_fd()));
    drop(holder);
    assert_eq!(ask(&keeper.socket, "list\n", None).0, "ok\ncri\n");

    drop(second);
    let end = Instant::now() + Duration::from_secs(10);
    while ask(&keeper.socket, "list\n", None).0 != "ok\n" {
        assert!(Instant::now() < end, "it is held for ever");
        std::thread::yield_now();
    }
}

#[test]
fn hold_then_put_is_kept_without_a_holder() {
    let keeper = keeper("hold-put");
    let held = std::fs::File::open("/dev/null").unwrap();
    let (_, _, holder) = ask_and_stay(&keeper.socket, "hold 0 cri\n", Some(held.as_raw_fd()));
    ask(&keeper.socket, "put cri\n", Some(held.as_raw_fd()));
    drop(holder);
    assert_eq!(ask(&keeper.socket, "list\n", None).0, "ok\ncri\n");
}

#[test]
fn version_is_told() {
    let keeper = keeper("version");
    assert_eq!(ask(&keeper.socket, "version\n", None).0, "ok\n2\n");
}

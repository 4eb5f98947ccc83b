//! More than there is: of descriptors, of memory, of patience.

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixStream;

use tempfile::TempDir;

use crate::common::await_that;
use crate::common::fuse::*;
use crate::world::World;

#[test]
fn opensWithoutEnd_areBounded_andCanBeClosed() {
    let world = World::new("shared,rw");
    let mut guest = world.guest();
    let node = guest.lookup(ROOT, "file").unwrap();
    let limit: u64 = {
        let limits =
            fs::read_to_string(format!("/proc/{}/limits", world.service.child.id())).unwrap();
        let line = limits
            .lines()
            .find(|l| l.starts_with("Max open files"))
            .unwrap();
        line.split_whitespace().nth(3).unwrap().parse().unwrap()
    };
    let mut handles = Vec::new();
    let refused = loop {
        match guest.open(node, libc::O_RDONLY) {
            Ok(handle) => handles.push(handle),
            Err(errno) => break errno,
        }
        assert!((handles.len() as u64) < limit);
    };
    assert_eq!(refused, libc::ENFILE);
    // Some are kept back, for the shim and for other volumes.
    let other = TempDir::new().unwrap();
    world.service.add("w", "shared,rw", other.path());
    assert!(Guest::mount(&world.service, "w").create("f").is_ok());
    guest
        .call(
            RELEASE,
            node,
            &Body::new().u64(handles[0]).u32(0).u32(0).u64(0),
        )
        .unwrap();
    guest.open(node, libc::O_RDONLY).unwrap();
    drop(guest);
    world.assert_sound();
}

#[test]
fn repliesThatNobodyReads_areNotHeaped() {
    let world = World::new("shared,rw");
    fs::write(world.top.path().join("volume/large"), vec![7; 256 * 1024]).unwrap();
    let mut guest = world.guest();
    let node = guest.lookup(ROOT, "large").unwrap();
    let handle = guest.open(node, libc::O_RDONLY).unwrap();
    let request = guest.message(READ, node, &read(handle, 0, 256 * 1024));
    guest.stream.set_nonblocking(true).unwrap();
    // Until the service takes no more: then all its workers are full.
    let mut sent = 0;
    while let Ok(n) = guest.stream.write(&request) {
        sent += n;
        assert!(sent < 100_000_000);
    }
    assert!(
        world.service.resident_kib() < 64 * 1024,
        "{} KiB",
        world.service.resident_kib()
    );
    // Another connection takes the place of this one.
    world.assert_sound();
}

#[test]
fn greetings_thatDoNotEnd_blockNobody() {
    let world = World::new("shared,rw");
    let idle: Vec<_> = (0..100)
        .map(|_| UnixStream::connect(world.service.guest_socket()).unwrap())
        .collect();
    let mut endless = UnixStream::connect(world.service.guest_socket()).unwrap();
    while endless.write_all(&[b'A'; 4096]).is_ok() {}
    let mut unknown = UnixStream::connect(world.service.guest_socket()).unwrap();
    let _ = writeln!(unknown, "VOLUME nobody"); // With so many waiting it may be hung up on at once.
    drop(idle);
    await_that("a place for an honest connection", || {
        let mut stream = UnixStream::connect(world.service.guest_socket()).unwrap();
        let mut answer = [0; 3];
        writeln!(stream, "VOLUME v").is_ok()
            && std::io::Read::read_exact(&mut stream, &mut answer).is_ok()
    });
    world.assert_sound();
}

#[test]
fn syncOfTheWholeFileSystem_isRefused() {
    let world = World::new("shared,rw");
    assert_eq!(
        world.guest().call(50, ROOT, &Body::new().u64(0)),
        Err(libc::ENOSYS)
    );
}

//! A guest that lies, against the real program.
#![allow(non_snake_case)] // feature_condition_result

mod common;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use common::fuse::*;
use common::{Service, await_that};
use tempfile::TempDir;

/// A volume with `file` ("inside") in a folder whose other child is `secret` ("outside").
struct World {
    top: TempDir,
    service: Service,
}

impl World {
    fn new(mode: &str) -> Self {
        let top = TempDir::new().unwrap();
        fs::create_dir(top.path().join("volume")).unwrap();
        fs::write(top.path().join("volume/file"), "inside").unwrap();
        fs::write(top.path().join("secret"), "outside").unwrap();
        let service = Service::start();
        service.add("v", mode, &top.path().join("volume"));
        Self { top, service }
    }

    fn guest(&self) -> Guest {
        Guest::mount(&self.service, "v")
    }

    /// The volume can still be used, and what is outside is as it was.
    fn assert_sound(&self) {
        let mut guest = self.guest();
        let node = guest.lookup(ROOT, "file").unwrap();
        let handle = guest.open(node, libc::O_RDONLY).unwrap();
        assert_eq!(guest.read(node, handle, 0, 100).unwrap(), b"inside");
        self.assert_outside_untouched();
    }

    fn assert_outside_untouched(&self) {
        assert_eq!(
            fs::read_to_string(self.top.path().join("secret")).unwrap(),
            "outside"
        );
        let mut names: Vec<_> = fs::read_dir(&self.top)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["secret", "volume"]);
    }
}

#[test]
fn names_thatLeadOut_areRefused() {
    let world = World::new("shared,rw");
    let mut guest = world.guest();
    for bad in [
        "..",
        ".",
        "../secret",
        "../new",
        "/etc/passwd",
        "file/../../secret",
        "",
    ] {
        let mkdir = Body::new().u32(0o755).u32(0).name(bad);
        let mknod = Body::new()
            .u32(libc::S_IFREG | 0o644)
            .u32(0)
            .u32(0)
            .u32(0)
            .name(bad);
        let create = Body::new().u32(0o102).u32(0o644).u32(0).u32(0).name(bad);
        let node = guest.lookup(ROOT, "file").unwrap();
        for (opcode, body) in [
            (LOOKUP, name(bad)),
            (MKDIR, mkdir),
            (MKNOD, mknod),
            (CREATE, create),
            (UNLINK, name(bad)),
            (RMDIR, name(bad)),
            (SYMLINK, name(bad).name("target")),
            (LINK, Body::new().u64(node).name(bad)),
            (RENAME, Body::new().u64(ROOT).name("file").name(bad)),
            (RENAME, Body::new().u64(ROOT).name(bad).name("stolen")),
            (
                RENAME2,
                Body::new().u64(ROOT).u32(2).u32(0).name("file").name(bad),
            ),
        ] {
            assert_eq!(
                guest.call(opcode, ROOT, &body),
                Err(libc::EINVAL),
                "{opcode} {bad:?}"
            );
        }
    }
    world.assert_sound();
}

#[test]
fn symlinks_thatLeadOut_areNotFollowed() {
    let world = World::new("shared,rw");
    symlink("../secret", world.top.path().join("volume/link")).unwrap();
    symlink("..", world.top.path().join("volume/up")).unwrap();
    let mut guest = world.guest();
    guest
        .call(SYMLINK, ROOT, &name("own").name("/etc"))
        .unwrap();
    for entry in ["link", "up", "own"] {
        let node = guest.lookup(ROOT, entry).unwrap();
        assert!(guest.open(node, libc::O_RDWR).is_err(), "{entry}");
        assert!(
            guest
                .call(OPENDIR, node, &Body::new().u32(0).u32(0))
                .is_err(),
            "{entry}"
        );
        assert_eq!(guest.lookup(node, "secret"), Err(libc::ENOTDIR), "{entry}");
        let mkdir = Body::new().u32(0o755).u32(0).name("x");
        assert_eq!(
            guest.call(MKDIR, node, &mkdir),
            Err(libc::ENOTDIR),
            "{entry}"
        );
    }
    // O_TRUNC through a link would empty what it points to.
    let body = Body::new()
        .u32((libc::O_CREAT | libc::O_TRUNC | libc::O_RDWR) as u32)
        .u32(0o644)
        .u32(0)
        .u32(0)
        .name("link");
    assert!(guest.call(CREATE, ROOT, &body).is_err());
    world.assert_sound();
}

#[test]
fn folder_movedAwayWhileHeld_leadsNowhereElse() {
    let world = World::new("shared,rw");
    fs::create_dir(world.top.path().join("volume/dir")).unwrap();
    let mut guest = world.guest();
    let node = guest.lookup(ROOT, "dir").unwrap();
    fs::rename(
        world.top.path().join("volume/dir"),
        world.top.path().join("moved"),
    )
    .unwrap();
    assert_eq!(guest.lookup(node, ".."), Err(libc::EINVAL));
    fs::remove_dir(world.top.path().join("moved")).unwrap();
    world.assert_sound();
}

#[test]
fn readOnlyVolume_isNotChanged() {
    let world = World::new("shared,ro");
    let mut guest = world.guest();
    let node = guest.lookup(ROOT, "file").unwrap();
    assert_eq!(guest.create("new"), Err(libc::EROFS));
    for flags in [
        libc::O_WRONLY,
        libc::O_RDWR,
        libc::O_RDONLY | libc::O_TRUNC,
        libc::O_RDWR | libc::O_TRUNC,
    ] {
        assert!(guest.open(node, flags).is_err(), "flags {flags:#o}");
    }
    let handle = guest.open(node, libc::O_RDONLY).unwrap();
    assert!(guest.write(node, handle, 0, b"changed").is_err());
    let chmod = Body::new().u32(1).u32(0).bytes(&[0; 80]);
    for (opcode, of, body) in [
        (MKDIR, ROOT, Body::new().u32(0o755).u32(0).name("d")),
        (UNLINK, ROOT, name("file")),
        (SYMLINK, ROOT, name("s").name("t")),
        (RENAME, ROOT, Body::new().u64(ROOT).name("file").name("g")),
        (LINK, ROOT, Body::new().u64(node).name("hard")),
        (SETATTR, node, chmod),
        (
            SETXATTR,
            node,
            Body::new().u32(1).u32(0).name("user.a").bytes(b"x"),
        ),
        (
            FALLOCATE,
            node,
            Body::new().u64(handle).u64(0).u64(100).u32(0).u32(0),
        ),
    ] {
        assert!(guest.call(opcode, of, &body).is_err(), "opcode {opcode}");
    }
    assert_eq!(
        fs::read_dir(world.top.path().join("volume"))
            .unwrap()
            .count(),
        1
    );
    world.assert_sound();
}

#[test]
fn lengths_thatCannotBe_endTheConnection() {
    let world = World::new("shared,rw");
    for length in [0u32, 4, 39, 1 << 20, u32::MAX] {
        let mut guest = world.guest();
        guest.stream.write_all(&length.to_le_bytes()).unwrap();
        guest.stream.write_all(&[0xff; 36]).unwrap();
        assert!(guest.is_hung_up(), "length {length}");
    }
    world.assert_sound();
}

#[test]
fn garbage_isAnsweredOrHungUpOn() {
    let world = World::new("shared,rw");
    let mut random = 88172645463325252u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let mut guest = world.guest();
    for _ in 0..3000 {
        let body: Vec<u8> = (0..next() % 96).map(|_| next() as u8).collect();
        let opcode = (next() % 60) as u32;
        let node = if next() % 2 == 0 { ROOT } else { next() % 8 };
        // None that ends the mount, none that has no answer.
        if matches!(opcode, 2 | 26 | 36 | 38 | 42) {
            continue;
        }
        let _ = guest.call(opcode, node, &Body::new().bytes(&body)); // Any answer will do.
    }
    let mut wild = world.guest();
    let noise: Vec<u8> = (0..100_000).map(|_| next() as u8).collect();
    let _ = wild.stream.write_all(&noise); // It may have hung up already.
    assert!(wild.is_hung_up());
    world.assert_outside_untouched();
    assert_eq!(world.service.command("list", None), "ok v");
}

#[test]
fn numbers_ofEveryKind_areSurvived() {
    let world = World::new("shared,rw");
    let mut guest = world.guest();
    let node = guest.lookup(ROOT, "file").unwrap();
    guest.open(node, libc::O_RDWR).unwrap(); // Handle 0: what follows finds something to work on.
    guest
        .call(OPENDIR, ROOT, &Body::new().u32(0).u32(0))
        .unwrap();
    let words = [
        0,
        1,
        2,
        3,
        7,
        255,
        4096,
        1 << 20,
        1 << 31,
        (1 << 32) - 1,
        1 << 32,
        1 << 62,
        i64::MAX as u64,
        1 << 63,
        u64::MAX,
    ];
    let mut random = 2463534242u32;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        random as usize % below
    };
    for _ in 0..200 {
        for opcode in (1..=52).filter(|o| !matches!(o, 2 | 26 | 36 | 38 | 42)) {
            let mut body = Body::new();
            for _ in 0..next(12) {
                body = body.u64(words[next(words.len())]);
            }
            let of = [ROOT, node, 0, 3, u64::MAX][next(5)];
            let _ = guest.call(opcode, of, &body.name("n")); // Any answer will do.
        }
    }
    drop(guest);
    world.assert_outside_untouched();
    assert!(world.guest().lookup(ROOT, "nothing").is_err());
}

#[test]
fn syncOfTheWholeFileSystem_isRefused() {
    let world = World::new("shared,rw");
    assert_eq!(
        world.guest().call(50, ROOT, &Body::new().u64(0)),
        Err(libc::ENOSYS)
    );
}

#[test]
fn order_thatIsWrong_endsTheConnection() {
    let world = World::new("shared,rw");
    let mut early = Guest::connect(&world.service, "v");
    early.send(LOOKUP, ROOT, &name("file"));
    assert!(early.is_hung_up());
    let mut twice = world.guest();
    let init = Body::new().u32(7).u32(38).u32(0).u32(0);
    twice.send(INIT, 0, &init);
    assert!(twice.is_hung_up());
    world.assert_sound();
}

#[test]
fn offsets_thatAreHuge_areRefused() {
    let world = World::new("shared,rw");
    let mut guest = world.guest();
    let node = guest.lookup(ROOT, "file").unwrap();
    let handle = guest.open(node, libc::O_RDWR).unwrap();
    for offset in [u64::MAX, 1 << 63, i64::MAX as u64] {
        assert!(guest.write(node, handle, offset, b"far away").is_err());
        // Nothing there, or no such place: never data.
        assert!(
            guest
                .read(node, handle, offset, 4096)
                .unwrap_or_default()
                .is_empty()
        );
    }
    assert_eq!(guest.read(node, handle, 1, 3).unwrap(), b"nsi"); // Not a byte more than asked for.
    assert!(
        guest
            .read(node, handle, 0, u32::MAX)
            .unwrap_or_default()
            .len()
            <= 6
    );
    let fallocate = Body::new()
        .u64(handle)
        .u64(u64::MAX - 5)
        .u64(u64::MAX)
        .u32(0)
        .u32(0);
    assert!(guest.call(FALLOCATE, node, &fallocate).is_err());
    world.assert_sound();
}

#[test]
fn nodesAndHandles_thatNobodyGave_areRefused() {
    let world = World::new("shared,rw");
    let mut guest = world.guest();
    let node = guest.lookup(ROOT, "file").unwrap();
    let handle = guest.open(node, libc::O_RDONLY).unwrap();
    for made_up in [0, 99, u64::MAX] {
        assert_eq!(
            guest.call(GETATTR, made_up, &Body::new().u32(0).u32(0).u64(0)),
            Err(libc::EBADF)
        );
        assert_eq!(guest.open(made_up, libc::O_RDONLY), Err(libc::EBADF));
        assert_eq!(
            guest.read(node, handle + 7 + made_up % 7, 0, 10),
            Err(libc::EBADF)
        );
    }
    // The handle of one file with the node of another.
    assert_eq!(guest.read(ROOT, handle, 0, 10), Err(libc::EBADF));
    world.assert_sound();
}

#[test]
fn forgetting_moreThanWasKnown_keepsTheRoot() {
    let world = World::new("shared,rw");
    let mut guest = world.guest();
    let node = guest.lookup(ROOT, "file").unwrap();
    guest.send(FORGET, node, &Body::new().u64(u64::MAX));
    guest.send(
        BATCH_FORGET,
        0,
        &Body::new().u32(1 << 30).u32(0).u64(node).u64(1),
    );
    guest.send(FORGET, 4711, &Body::new().u64(1));
    // Nothing answers a FORGET, and another thread of the service may still be at it.
    let deadline = Instant::now() + Duration::from_secs(30);
    while guest.open(node, libc::O_RDONLY) != Err(libc::EBADF) {
        assert!(Instant::now() < deadline, "the node is still known");
        std::thread::sleep(Duration::from_millis(10));
    }
    let again = guest.lookup(ROOT, "file").unwrap();
    guest.open(again, libc::O_RDONLY).unwrap();
    world.assert_sound();
}

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
fn specialFiles_devicesAreRefused_fifosAreMadeAndNeverOpened() {
    let world = World::new("exclusive,rw");
    let mut guest = world.guest();
    let node = |kind: u32| Body::new().u32(kind | 0o666).u32(0x0103).u32(0).u32(0);
    assert_eq!(
        guest.call(MKNOD, ROOT, &node(libc::S_IFCHR).name("null")),
        Err(libc::EPERM)
    );
    assert_eq!(
        guest.call(MKNOD, ROOT, &node(libc::S_IFBLK).name("disk")),
        Err(libc::EPERM)
    );
    let fifo = first(
        &guest
            .call(MKNOD, ROOT, &node(libc::S_IFIFO).name("fifo"))
            .unwrap(),
    );
    // An open would wait for the other end; here it must fail at once.
    assert!(guest.open(fifo, libc::O_RDONLY).is_err());
    let made = fs::metadata(world.top.path().join("volume/fifo")).unwrap();
    assert!(made.file_type().is_fifo());
    world.assert_sound();
}

#[test]
fn files_belongToWhoMadeThem() {
    let world = World::new("shared,rw");
    let mut guest = world.guest();
    fs::set_permissions(
        world.top.path().join("volume"),
        std::os::unix::fs::PermissionsExt::from_mode(0o777),
    )
    .unwrap();
    (guest.uid, guest.gid) = (1234, 5678);
    guest.create("mine").unwrap();
    let made = fs::metadata(world.top.path().join("volume/mine")).unwrap();
    assert_eq!(
        (made.uid(), made.gid(), made.mode() & 0o7777),
        (1234, 5678, 0o644)
    );
}

#[test]
fn process_hasNothingButTheVolumes() {
    let world = World::new("shared,rw");
    world.assert_sound();
    let root = format!("/proc/{}/root", world.service.child.id());
    assert_eq!(fs::read_dir(root).unwrap().count(), 0);
    assert_eq!(world.service.status("NoNewPrivs"), "1");
    assert_eq!(world.service.status("Seccomp"), "2");
    // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, SETGID 6, SETUID 7.
    assert_eq!(world.service.status("CapPrm"), "00000000000000db");
    assert_eq!(world.service.status("CapBnd"), "0000000000000000");
}

#[test]
fn control_addsListsAndRemoves() {
    let world = World::new("shared,rw");
    let volume = world.top.path().join("volume");
    let service = &world.service;
    service.add("v", "shared,rw", &volume); // Again.
    assert_eq!(
        service.command("add v shared,ro", Some(&volume)),
        "error v is another volume already"
    );
    assert_eq!(
        service.command("add w shared,rw", Some(&world.top.path().join("secret"))),
        "error the volume is not a folder"
    );
    assert!(
        service
            .command("add w shared,rw", None)
            .starts_with("error")
    );
    assert!(
        service
            .command("add ../w shared,rw", Some(&volume))
            .starts_with("error")
    );
    assert!(
        service
            .command("add w somehow", Some(&volume))
            .starts_with("error")
    );
    service.add("w", "exclusive,ro", &volume);
    assert_eq!(service.command("list", None), "ok v w");
    let mut guest = world.guest();
    assert_eq!(service.command("remove v", None), "ok");
    assert!(guest.is_hung_up());
    assert_eq!(service.command("remove v", None), "ok");
    assert_eq!(service.command("list", None), "ok w");
    assert!(service.command("explode", None).starts_with("error"));
}

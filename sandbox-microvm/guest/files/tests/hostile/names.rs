//! Names and links that lead out of the volume.

use std::fs;
use std::os::unix::fs::symlink;

use crate::common::fuse::*;
use crate::world::World;

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

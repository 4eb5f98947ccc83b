//! What a guest may change, and as whom; and what the service itself may.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use crate::common::fuse::*;
use crate::world::World;

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

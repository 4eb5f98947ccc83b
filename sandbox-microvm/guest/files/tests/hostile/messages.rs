//! Messages that no kernel sends.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::common::fuse::*;
use crate::world::World;

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

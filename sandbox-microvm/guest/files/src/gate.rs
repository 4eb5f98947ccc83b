//! What is refused before virtiofsd sees it.
//!
//! virtiofsd hands the names of a request to `mkdirat`, `unlinkat`, `renameat2` and the like as they come. A guest's kernel
//! only ever sends one component; a guest that lies may send `../x` or `link/x`.

use crate::exchange::{MAX_MESSAGE, REQUEST_HEADER};

/// `FUSE_INIT`, once, before all others.
pub const INIT: u32 = 26;
/// The guest unmounted.
pub const DESTROY: u32 = 38;
const FORGET: u32 = 2;
const BATCH_FORGET: u32 = 42;
const INTERRUPT: u32 = 36;
const MKNOD: u32 = 8;
const READ: u32 = 15;
const WRITE: u32 = 16;
const SYNCFS: u32 = 50;

const NAME_MAX: usize = 255;

/// Opcode of a request.
pub fn opcode(request: &[u8]) -> u32 {
    u32::from_le_bytes(request[4..8].try_into().expect("four bytes"))
}

/// What the reply must carry, so that the guest finds the call it belongs to.
pub fn unique(request: &[u8]) -> u64 {
    u64::from_le_bytes(request[8..16].try_into().expect("eight bytes"))
}

/// Whether the guest waits for an answer.
pub fn wants_reply(opcode: u32) -> bool {
    !matches!(opcode, FORGET | BATCH_FORGET | INTERRUPT | DESTROY)
}

/// Refuses, with an errno, a request that no honest kernel sends.
pub fn check(request: &[u8]) -> Result<(), i32> {
    let opcode = opcode(request);
    let body = &request[REQUEST_HEADER..];
    if opcode == SYNCFS {
        // It would write back the files of the whole node. The kernel asks for it only on virtiofs.
        return Err(libc::ENOSYS);
    }
    if let Some((skip, names)) = names_of(opcode) {
        let mut rest = body.get(skip..).ok_or(libc::EINVAL)?;
        for _ in 0..names {
            let end = rest.iter().position(|b| *b == 0).ok_or(libc::EINVAL)?;
            check_name(&rest[..end])?;
            rest = &rest[end + 1..];
        }
    }
    if matches!(opcode, READ | WRITE) {
        // After the handle. virtiofsd panics at an offset that doesn't fit into the kernel's type.
        let offset = body.get(8..16).ok_or(libc::EINVAL)?;
        let offset = u64::from_le_bytes(offset.try_into().expect("eight bytes"));
        if offset > i64::MAX as u64 - MAX_MESSAGE as u64 {
            return Err(libc::EINVAL);
        }
    }
    if opcode == MKNOD {
        let mode = u32::from_le_bytes(body[..4].try_into().expect("checked above"));
        // Devices are of no use in a volume and a danger to the host.
        if !matches!(
            mode & libc::S_IFMT,
            0 | libc::S_IFREG | libc::S_IFIFO | libc::S_IFSOCK
        ) {
            return Err(libc::EPERM);
        }
    }
    Ok(())
}

/// For an opcode with names of folder entries: the bytes before the first, and how many there are. What a symbolic link
/// points to is not among them: nothing here ever follows one.
fn names_of(opcode: u32) -> Option<(usize, usize)> {
    Some(match opcode {
        1 | 6 | 10 | 11 => (0, 1), // LOOKUP, SYMLINK, UNLINK, RMDIR
        MKNOD => (16, 1),
        9 | 13 => (8, 1), // MKDIR, LINK
        12 => (8, 2),     // RENAME
        35 => (16, 1),    // CREATE
        45 => (16, 2),    // RENAME2
        _ => return None,
    })
}

fn check_name(name: &[u8]) -> Result<(), i32> {
    if name.len() > NAME_MAX {
        return Err(libc::ENAMETOOLONG);
    }
    if name.is_empty() || name == b"." || name == b".." || name.contains(&b'/') {
        return Err(libc::EINVAL);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(opcode: u32, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; REQUEST_HEADER];
        bytes[4..8].copy_from_slice(&opcode.to_le_bytes());
        bytes.extend_from_slice(body);
        bytes
    }

    #[test]
    fn check_plain_names_pass() {
        for (opcode, body) in [
            (1, &b"a\0"[..]),
            (6, b"a\0../../etc\0"),
            (9, b"\0\0\0\0\0\0\0\0a\0"),
            (12, b"\0\0\0\0\0\0\0\0a\0b\0"),
        ] {
            assert_eq!(check(&request(opcode, body)), Ok(()), "opcode {opcode}");
        }
    }

    #[test]
    fn check_names_that_lead_elsewhere_are_refused() {
        for name in ["", ".", "..", "../x", "a/b", "/etc"] {
            for (opcode, skip) in [
                (1, 0),
                (6, 0),
                (8, 16),
                (9, 8),
                (10, 0),
                (11, 0),
                (13, 8),
                (35, 16),
            ] {
                let mut body = vec![0; skip];
                body.extend_from_slice(name.as_bytes());
                body.push(0);
                assert_eq!(
                    check(&request(opcode, &body)),
                    Err(libc::EINVAL),
                    "{opcode} {name:?}"
                );
            }
            for (opcode, skip) in [(12, 8), (45, 16)] {
                let mut body = vec![0; skip];
                body.extend_from_slice(format!("good\0{name}\0").as_bytes());
                assert_eq!(
                    check(&request(opcode, &body)),
                    Err(libc::EINVAL),
                    "{opcode} {name:?}"
                );
            }
        }
    }

    #[test]
    fn check_cut_and_unterminated_bodies_are_refused() {
        for (opcode, body) in [
            (1, &b"a"[..]),
            (8, b"\0\0"),
            (12, b"\0\0\0\0\0\0\0\0a\0b"),
            (45, b""),
        ] {
            assert_eq!(
                check(&request(opcode, body)),
                Err(libc::EINVAL),
                "opcode {opcode}"
            );
        }
        let long = [vec![b'a'; 256], vec![0]].concat();
        assert_eq!(check(&request(1, &long)), Err(libc::ENAMETOOLONG));
    }

    #[test]
    fn check_device_nodes_are_refused() {
        for kind in [libc::S_IFCHR, libc::S_IFBLK, libc::S_IFLNK, libc::S_IFDIR] {
            let mut body = (kind | 0o600).to_le_bytes().to_vec();
            body.extend_from_slice(&[0; 12]);
            body.extend_from_slice(b"null\0");
            assert_eq!(check(&request(MKNOD, &body)), Err(libc::EPERM));
        }
    }
}

//! One message with at most one descriptor (SCM_RIGHTS), over a Unix stream socket.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

/// Room for one descriptor's control message, aligned as the kernel wants it.
#[repr(C, align(8))]
struct Control([u8; 24]);

const ONE: u32 = size_of::<RawFd>() as u32;

/// Receives what there is. The number of bytes is 0 at the end of the stream. More than one
/// descriptor at once is an error, and none of them stays open.
pub fn receive(socket: &UnixStream, bytes: &mut [u8]) -> io::Result<(usize, Option<OwnedFd>)> {
    let mut vector = libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: bytes.len(),
    };
    let mut control = Control([0; 24]);
    let mut header = header(&mut vector);
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = control.0.len();
    // SAFETY: the header points at `vector`, `bytes` and `control`, which outlive the call.
    let count = unsafe { libc::recvmsg(socket.as_raw_fd(), &mut header, libc::MSG_CMSG_CLOEXEC) };
    if count < 0 {
        return Err(io::Error::last_os_error());
    }
    let mut received = Vec::new();
    // SAFETY: the kernel filled `control` as `header` says; each number in it is a descriptor that
    // is ours alone now.
    unsafe {
        let first = libc::CMSG_FIRSTHDR(&header);
        if !first.is_null()
            && (*first).cmsg_level == libc::SOL_SOCKET
            && (*first).cmsg_type == libc::SCM_RIGHTS
        {
            let length = (*first).cmsg_len - libc::CMSG_LEN(0) as usize;
            let data = libc::CMSG_DATA(first).cast::<RawFd>();
            for index in 0..length / size_of::<RawFd>() {
                received.push(OwnedFd::from_raw_fd(data.add(index).read_unaligned()));
            }
        }
    }
    if header.msg_flags & libc::MSG_CTRUNC != 0 || received.len() > 1 {
        return Err(io::Error::other("more descriptors came than can be taken"));
    }
    Ok((count as usize, received.pop()))
}

/// Sends all the bytes, the descriptor with the first of them.
pub fn send(socket: &UnixStream, bytes: &[u8], descriptor: Option<BorrowedFd>) -> io::Result<()> {
    let mut control = Control([0; 24]);
    let mut done = 0;
    while done < bytes.len() {
        let rest = &bytes[done..];
        let mut vector = libc::iovec {
            iov_base: rest.as_ptr().cast_mut().cast(),
            iov_len: rest.len(),
        };
        let mut header = header(&mut vector);
        if let (0, Some(descriptor)) = (done, descriptor) {
            header.msg_control = control.0.as_mut_ptr().cast();
            // SAFETY: `control` has room for one descriptor.
            unsafe {
                header.msg_controllen = libc::CMSG_SPACE(ONE) as usize;
                let first = libc::CMSG_FIRSTHDR(&header);
                (*first).cmsg_level = libc::SOL_SOCKET;
                (*first).cmsg_type = libc::SCM_RIGHTS;
                (*first).cmsg_len = libc::CMSG_LEN(ONE) as usize;
                libc::CMSG_DATA(first)
                    .cast::<RawFd>()
                    .write_unaligned(descriptor.as_raw_fd());
            }
        }
        // SAFETY: the header points at `vector`, `bytes` and `control`, which outlive the call.
        let count = unsafe { libc::sendmsg(socket.as_raw_fd(), &header, libc::MSG_NOSIGNAL) };
        if count < 0 {
            return Err(io::Error::last_os_error());
        }
        done += count as usize;
    }
    Ok(())
}

/// Whether the peer runs as the same user as we do.
pub fn same_user(socket: &UnixStream) -> bool {
    let mut peer = MaybeUninit::<libc::ucred>::zeroed();
    let mut length = size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: `peer` has the size that `length` says; all zeros is a valid `ucred` too.
    unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            peer.as_mut_ptr().cast(),
            &mut length,
        ) == 0
            && peer.assume_init().uid == libc::geteuid()
    }
}

fn header(vector: &mut libc::iovec) -> libc::msghdr {
    // SAFETY: all zeros is a valid, empty header.
    let mut header: libc::msghdr = unsafe { MaybeUninit::zeroed().assume_init() };
    header.msg_iov = vector;
    header.msg_iovlen = 1;
    header
}

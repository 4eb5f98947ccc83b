//! The file service of one pod: serves its volumes to a guest that is assumed to be hostile.
//!
//! The file system itself is virtiofsd's (`PassthroughFs`): it walks with `openat2` below each volume's root, never follows a
//! symbolic link, opens nothing but files and folders. What is added here: FUSE messages come over a socket instead of a
//! virtqueue, names are checked before the library sees them, memory and descriptors are bounded, and the process has no
//! file system but the volumes it was handed (see [`jail`]).

pub mod control;
pub mod exchange;
pub mod gate;
pub mod greeting;
pub mod jail;
pub mod seccomp;
pub mod session;
pub mod volume;
pub mod volumes;

//! Mounts a folder that the host serves.
//!
//! The guest's kernel speaks FUSE on `/dev/fuse`; the host's file service speaks it on a stream. In between are two threads that
//! carry messages as they are: each begins with its own length. Nothing here understands more of a message than that.
//!
//! ```no_run
//! # fn main() -> std::io::Result<()> {
//! use std::time::Duration;
//! let deadline = Duration::from_secs(10);
//! let stream = fuse_relay::connect(1026, b"VOLUME data\n", deadline)?;
//! let relay = fuse_relay::mount("/mnt".as_ref(), stream, false, deadline)?;
//! # Ok(()) }
//! ```

mod carry;
mod host;
mod relay;

pub use host::{connect, greet};
pub use relay::{Relay, mount};

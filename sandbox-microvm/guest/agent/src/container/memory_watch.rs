//! Tells when the kernel killed processes of a container because its memory limit was reached.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use tokio::io::Interest;

use crate::cgroup::Cgroup;
use crate::events::Events;
use crate::fault::{Result, Tried};
use crate::process::watched::watch;
use crate::proto::{OutOfMemoryEvent, event};

/// Watches until it is aborted. The kernel notifies of changes of a group's `memory.events` (cgroup-v2.rst, "[un]populated
/// notification", which goes for all files of events).
pub fn start(
    container_id: &str,
    cgroup: &Cgroup,
    events: &Arc<Events>,
) -> Result<tokio::task::AbortHandle> {
    let file = cgroup.folder().join("memory.events");
    let inotify = Inotify::init(InitFlags::IN_CLOEXEC).tried(|| "inotify_init".to_owned())?;
    inotify
        .add_watch(&file, AddWatchFlags::IN_MODIFY)
        .tried(|| format!("watching {}", file.display()))?;
    let changes = watch(OwnedFd::from(inotify), Interest::READABLE, "memory.events")?;
    let (id, cgroup, events) = (container_id.to_owned(), cgroup.clone(), Arc::clone(events));
    let task = tokio::spawn(async move {
        let mut told = 0;
        let mut buffer = [0_u8; 4096];
        loop {
            let read = changes.async_io(Interest::READABLE, |fd| {
                Ok(nix::unistd::read(fd, &mut buffer)?)
            });
            if read.await.is_err() {
                return;
            }
            let kills = cgroup.out_of_memory_kills();
            if kills > told {
                told = kills;
                let event = OutOfMemoryEvent {
                    container_id: id.clone(),
                    kills,
                };
                events.add(event::Event::OutOfMemory(event));
            }
        }
    });
    Ok(task.abort_handle())
}

//! Gives memory back to the host when nothing is going on: what a container's start has left in the kernel's caches is let go of,
//! and the balloon tells the host of pages that are free. The host reads images again out of its own cache, which all pods share.

use std::fs;
use std::time::Duration;

use tokio::sync::Notify;

use crate::modules;

/// After the last change of containers. Long enough for a program to have started, or for the pod's next container.
const QUIET: Duration = Duration::from_secs(2);

/// The smallest block of free pages of which the host is told, as a power of two.
const REPORTING_ORDER: &str = "/sys/module/page_reporting/parameters/page_reporting_order";

/// Told of what happens; acts when nothing does.
#[derive(Default)]
pub struct Idle {
    changed: Notify,
}

impl Idle {
    /// A container came or went.
    pub fn changed(&self) {
        self.changed.notify_one();
    }

    /// Endless.
    pub async fn watch(&self) {
        loop {
            self.changed.notified().await;
            while tokio::time::timeout(QUIET, self.changed.notified())
                .await
                .is_ok()
            {}
            // Some hundred milliseconds under emulation, in which calls are to be answered.
            let _ = tokio::task::spawn_blocking(give_back).await;
        }
    }
}

/// Nothing hangs on it: what fails here costs memory, and is said on the console.
fn give_back() {
    // Now and not at the boot: there it would cost time. Without such a device it does nothing.
    if !modules::load_named("virtio_balloon") {
        eprintln!("cofferdam-agent: the module virtio_balloon was not loaded");
    }
    // The driver has set it to blocks of 2 MiB (mm/page_reporting.c); much of what is free lies in smaller ones.
    if let Err(why) = fs::write(REPORTING_ORDER, "5") {
        eprintln!("cofferdam-agent: {REPORTING_ORDER}: {why}");
    }
    // Clean pages that no process has mapped, and the names and inodes that are remembered (Documentation/admin-guide/sysctl/vm.rst).
    // Then free pages are moved together, since only whole blocks of them are told to the host.
    for (file, value) in [("drop_caches", "3"), ("compact_memory", "1")] {
        if let Err(why) = fs::write(format!("/proc/sys/vm/{file}"), value) {
            eprintln!("cofferdam-agent: {file}: {why}");
        }
    }
}

//! Exit statuses. As PID 1 the agent gets those of all orphans too, which must be reaped and mean nothing to it.
//!
//! A process may end before the agent has learnt its number from whoever made it. So while anything is being launched, statuses that
//! nobody waits for are kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::errno::Errno;
use nix::unistd::Pid;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::fault::{Result, Tried};

/// Collects the statuses of all children. Thread-safe.
#[derive(Default)]
pub struct Reaper {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    waiting: HashMap<i32, oneshot::Sender<i32>>,
    unclaimed: HashMap<i32, i32>,
    launches: usize,
}

/// While one of these lives, no status gets lost.
pub struct Launch {
    reaper: Arc<Reaper>,
}

impl Reaper {
    /// Reaps from now on, until the runtime ends.
    pub fn start(self: &Arc<Self>) -> Result<()> {
        let mut children =
            signal(SignalKind::child()).tried(|| "listening for SIGCHLD".to_owned())?;
        let reaper = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                reaper.reap();
                if children.recv().await.is_none() {
                    return;
                }
            }
        });
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn launch(self: &Arc<Self>) -> Launch {
        self.known().launches += 1;
        Launch {
            reaper: Arc::clone(self),
        }
    }

    /// Runs something while this child, if it is waited for, stays unreaped: so its number cannot be another's.
    pub fn while_unreaped<T>(&self, pid: Pid, act: impl FnOnce() -> Result<T>) -> Result<T>
    where
        T: Default,
    {
        let known = self.known();
        if known.waiting.contains_key(&pid.as_raw()) {
            act()
        } else {
            Ok(T::default())
        }
    }

    fn reap(&self) {
        loop {
            let mut status = 0;
            let mut known = self.known();
            // SAFETY: `status` is a plain integer that outlives the call.
            let pid = unsafe { libc::waitpid(-1, &mut status, libc::WNOHANG) };
            if pid < 0 && Errno::last() == Errno::EINTR {
                continue;
            }
            if pid <= 0 {
                return;
            }
            match known.waiting.remove(&pid) {
                // A receiver that went away wanted it no more.
                Some(waiter) => drop(waiter.send(status)),
                None if known.launches > 0 => drop(known.unclaimed.insert(pid, status)),
                None => {}
            }
        }
    }
}

impl Launch {
    /// The status that `wait4(2)` gives, once this child has ended.
    pub fn watch(&self, pid: Pid) -> oneshot::Receiver<i32> {
        let (sender, receiver) = oneshot::channel();
        let mut known = self.reaper.known();
        match known.unclaimed.remove(&pid.as_raw()) {
            Some(status) => drop(sender.send(status)),
            None => drop(known.waiting.insert(pid.as_raw(), sender)),
        }
        receiver
    }
}

impl Drop for Launch {
    fn drop(&mut self) {
        let mut known = self.reaper.known();
        known.launches -= 1;
        if known.launches == 0 {
            known.unclaimed.clear();
        }
    }
}

/// What a shell would call it: the exit code, or 128 plus the signal's number.
pub fn code_of(status: i32) -> u32 {
    if libc::WIFSIGNALED(status) {
        128 + libc::WTERMSIG(status) as u32
    } else {
        libc::WEXITSTATUS(status) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[tokio::test]
    async fn watch_early_or_late_gives_the_status() {
        let reaper = Arc::new(Reaper::default());
        reaper.start().unwrap();
        let launch = reaper.launch();
        let quick = Command::new("/bin/sh")
            .args(["-c", "exit 7"])
            .spawn()
            .unwrap();
        let slow = Command::new("/bin/sh")
            .args(["-c", "kill -KILL $$"])
            .spawn()
            .unwrap();
        for (child, code) in [(quick, 7), (slow, 137)] {
            let pid = Pid::from_raw(child.id() as i32);
            assert_eq!(code_of(launch.watch(pid).await.unwrap()), code);
        }
    }
}

//! What holds for the pod as a whole: its name, kernel parameters, and a process namespace for all containers.

use std::fs;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use nix::unistd::Pid;
use tonic::Code;

use crate::cgroup::{self, Cgroup};
use crate::fault::{Fault, Result, Tried};
use crate::process::reaper::Reaper;
use crate::proto::ConfigureSandboxRequest;

/// The agent's role as PID 1 of a process namespace.
pub const PAUSE_ROLE: &str = "pause";

/// A configured pod.
pub struct Sandbox {
    request: ConfigureSandboxRequest,
    /// PID 1 of the process namespace that containers share.
    pub shared_init: Option<Pid>,
}

impl Sandbox {
    /// Takes over what is asked; calls come one after the other.
    pub fn configure(
        known: Option<&Sandbox>,
        has_containers: bool,
        reaper: &Arc<Reaper>,
        request: ConfigureSandboxRequest,
    ) -> Result<Sandbox> {
        let shares = known.is_some_and(|k| k.request.shared_process_namespace);
        if let Some(known) = known {
            if has_containers && shares != request.shared_process_namespace {
                return Err(Fault::state(
                    "there are containers: whether they see each other's processes cannot change",
                ));
            }
            if known.request == request {
                return Ok(Sandbox {
                    request,
                    shared_init: known.shared_init,
                });
            }
        }
        nix::unistd::sethostname(&request.hostname).map_err(|e| {
            Fault::new(
                Code::InvalidArgument,
                format!("host name {:?}: {e}", request.hostname),
            )
        })?;
        for (name, value) in &request.sysctls {
            set_sysctl(name, value)?;
        }
        let resources = request.resources.clone().unwrap_or_default();
        Cgroup::pod().limit(&cgroup::Limits::of(&resources)?)?;
        let shared_init = match known.and_then(|k| k.shared_init) {
            Some(pid) => Some(pid),
            None if request.shared_process_namespace => Some(start_pause(reaper)?),
            None => None,
        };
        Ok(Sandbox {
            request,
            shared_init,
        })
    }

    pub fn shared_init(&self) -> Option<Pid> {
        self.shared_init
            .filter(|_| self.request.shared_process_namespace)
    }
}

fn set_sysctl(name: &str, value: &str) -> Result<()> {
    fs::write(sysctl_path(name)?, value).map_err(|e| {
        Fault::invalid(format!(
            "setting the kernel parameter {name} to {value:?}: {e}"
        ))
    })
}

/// As sysctl(8) has it: dots part names, and a slash stands for a dot within one.
fn sysctl_path(name: &str) -> Result<PathBuf> {
    let swapped: String = name
        .chars()
        .map(|c| match c {
            '.' => '/',
            '/' => '.',
            c => c,
        })
        .collect();
    if swapped
        .split('/')
        .any(|part| matches!(part, "" | "." | ".."))
    {
        return Err(Fault::invalid(format!(
            "no kernel parameter is called {name:?}"
        )));
    }
    Ok(PathBuf::from("/proc/sys").join(swapped))
}

/// Starts a process that does nothing but be PID 1 of a namespace, and reap.
fn start_pause(reaper: &Arc<Reaper>) -> Result<Pid> {
    // Its exit, and that of the process in between, mean nothing to anybody.
    let _launch = reaper.launch();
    let (reader, writer) = std::io::pipe().tried(|| "making a pipe".to_owned())?;
    Command::new("/proc/self/exe")
        .arg(PAUSE_ROLE)
        .stdin(Stdio::null())
        .stdout(writer)
        .spawn()
        .tried(|| "starting the process namespace's first process".to_owned())?;
    let told = std::io::read_to_string(reader).tried(|| "reading a process ID".to_owned())?;
    let pid = told.trim().parse().map_err(|_| {
        Fault::internal(format!("the shared process namespace was not made: {told}"))
    })?;
    Ok(Pid::from_raw(pid))
}

/// The role: makes the namespace, says its first process's number, and leaves that process behind.
pub fn pause() -> ! {
    let failed = |what: &str| -> ! {
        println!("{what}: {}", std::io::Error::last_os_error());
        std::process::exit(1);
    };
    // SAFETY: this process has one thread, so a fork is an ordinary copy.
    unsafe {
        if libc::unshare(libc::CLONE_NEWPID) != 0 {
            failed("unshare");
        }
        match libc::fork() {
            -1 => failed("fork"),
            0 => {
                libc::close(std::io::stdout().as_raw_fd());
                libc::setsid();
                // The kernel then reaps by itself: signal(7), SIGCHLD.
                libc::signal(libc::SIGCHLD, libc::SIG_IGN);
                loop {
                    libc::pause();
                }
            }
            child => {
                println!("{child}");
                let _ = std::io::stdout().flush();
                std::process::exit(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sysctl_path_dots_and_slashes_are_exchanged() {
        let path = sysctl_path("net.ipv4.conf.eth0/1.forwarding").unwrap();
        assert_eq!(
            path.to_str().unwrap(),
            "/proc/sys/net/ipv4/conf/eth0.1/forwarding"
        );
    }

    #[test]
    fn sysctl_path_leading_out_is_refused() {
        for name in ["", "a..b", "kernel.", "//.//.x"] {
            assert!(sysctl_path(name).is_err(), "{name:?}");
        }
    }
}

//! Control groups, version 2: one for the pod, below it one for each container.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::Pid;
use tokio::time::{Instant, sleep};
use tonic::Code;

use crate::fault::{Fault, Result, Tried};
use crate::proto::{Resources, Usage};

const ROOT: &str = "/sys/fs/cgroup";
const POD: &str = "pod";
const CONTROLLERS: [&str; 4] = ["cpu", "memory", "pids", "cpuset"];
const MOST_PIDS: usize = 32_768;

/// Makes the pod's group, with all controllers that the kernel has.
pub fn prepare() -> Result<()> {
    let pod = Path::new(ROOT).join(POD);
    fs::create_dir_all(&pod).tried(|| format!("making {}", pod.display()))?;
    for folder in [Path::new(ROOT), &pod] {
        for controller in CONTROLLERS {
            let file = folder.join("cgroup.subtree_control");
            fs::write(&file, format!("+{controller}"))
                .tried(|| format!("switching on {controller} in {}", file.display()))?;
        }
    }
    Ok(())
}

/// One control group. It need not exist.
#[derive(Clone, Debug)]
pub struct Cgroup {
    folder: PathBuf,
}

/// What to write into a group's files.
#[derive(Debug, PartialEq, Eq)]
pub struct Limits {
    files: Vec<(&'static str, String)>,
}

impl Limits {
    /// Checks what was asked for, and translates it.
    pub fn of(resources: &Resources) -> Result<Limits> {
        let r = resources;
        if r.memory_swap_bytes > 0 && r.memory_swap_bytes < r.memory_bytes {
            return Err(Fault::invalid(format!(
                "{} bytes of memory and swap together, but {} of memory alone",
                r.memory_swap_bytes, r.memory_bytes
            )));
        }
        let max = |n: u64| {
            if n == 0 {
                "max".to_owned()
            } else {
                n.to_string()
            }
        };
        let period = if r.cpu_period_micros == 0 {
            100_000
        } else {
            r.cpu_period_micros
        };
        let quota = u64::try_from(r.cpu_quota_micros).unwrap_or(0);
        Ok(Limits {
            files: vec![
                ("cpu.weight", weight(r.cpu_shares).to_string()),
                ("cpu.max", format!("{} {period}", max(quota))),
                ("memory.max", max(r.memory_bytes)),
                ("pids.max", max(r.pids)),
                ("cpuset.cpus", line(&r.cpus)),
                ("cpuset.mems", line(&r.memory_nodes)),
            ],
        })
    }
}

/// An empty write changes nothing, an empty line empties.
fn line(set: &str) -> String {
    format!("{set}\n")
}

/// From 2…262144 shares to 1…10000, as Kubernetes does it (KEP-2254).
fn weight(shares: u64) -> u64 {
    if shares == 0 {
        return 100;
    }
    1 + (shares.clamp(2, 262_144) - 2) * 9999 / 262_142
}

impl Cgroup {
    pub fn pod() -> Self {
        Cgroup {
            folder: Path::new(ROOT).join(POD),
        }
    }

    pub fn container(id: &str) -> Self {
        Cgroup {
            folder: Path::new(ROOT).join(POD).join(id),
        }
    }

    /// As `cgroupsPath` of OCI's specification has it.
    pub fn path_of_container(id: &str) -> String {
        format!("/{POD}/{id}")
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes a container's group.
    pub fn make(&self, limits: &Limits) -> Result<()> {
        fs::create_dir_all(&self.folder).tried(|| format!("making {}", self.folder.display()))?;
        // As Kubernetes has it on version 2: a container that is over its limit is killed whole.
        self.write("memory.oom.group", "1")?;
        self.limit(limits)
    }

    pub fn limit(&self, limits: &Limits) -> Result<()> {
        for (name, value) in &limits.files {
            self.write(name, value).map_err(|mut fault| {
                if fault.code == Code::Internal {
                    fault.code = Code::InvalidArgument;
                }
                fault
            })?;
        }
        Ok(())
    }

    fn write(&self, name: &str, value: &str) -> Result<()> {
        let file = self.folder.join(name);
        fs::write(&file, value)
            .tried(|| format!("writing {:?} to {}", value.trim(), file.display()))
    }

    pub fn freeze(&self, frozen: bool) -> Result<()> {
        self.write("cgroup.freeze", if frozen { "1" } else { "0" })
    }

    pub fn frozen(&self) -> bool {
        fs::read_to_string(self.folder.join("cgroup.freeze")).is_ok_and(|s| s.trim() == "1")
    }

    /// Kills all in it. A group that is gone has nobody.
    pub fn kill(&self) -> Result<()> {
        if !self.folder.exists() {
            return Ok(());
        }
        self.write("cgroup.kill", "1")
    }

    /// Sends a signal to all in it.
    pub fn signal(&self, signal: i32) -> Result<()> {
        if signal == libc::SIGKILL {
            return self.kill();
        }
        for pid in self.pids()? {
            // SAFETY: a plain system call. A process that has just ended needs no signal.
            unsafe { libc::kill(pid.as_raw(), signal) };
        }
        Ok(())
    }

    /// Waits until all processes in it are gone; whether they are.
    pub async fn await_empty(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            match fs::read_to_string(self.folder.join("cgroup.events")) {
                Ok(events) if value(&events, "populated") == 1 => {}
                _ => return true,
            }
            if Instant::now() >= deadline {
                return false;
            }
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Removes the group, and those that the container made below it.
    pub fn remove(&self) -> Result<()> {
        remove_tree(&self.folder)
    }

    /// Processes in it and in groups below it, as the guest counts them.
    pub fn pids(&self) -> Result<Vec<Pid>> {
        let mut pids = Vec::new();
        collect(&self.folder, &mut pids);
        if pids.len() > MOST_PIDS {
            return Err(Fault::exhausted(format!("more than {MOST_PIDS} processes")));
        }
        Ok(pids)
    }

    pub fn out_of_memory_kills(&self) -> u64 {
        let events = fs::read_to_string(self.folder.join("memory.events")).unwrap_or_default();
        value(&events, "oom_kill")
    }

    pub fn usage(&self) -> Result<Usage> {
        let read = |name: &str| {
            let file = self.folder.join(name);
            fs::read_to_string(&file).tried(|| format!("reading {}", file.display()))
        };
        let number = |name: &str| Ok(read(name)?.trim().parse().unwrap_or(0));
        let cpu = read("cpu.stat")?;
        let memory = read("memory.stat")?;
        let memory_bytes: u64 = number("memory.current")?;
        Ok(Usage {
            cpu_nanos: value(&cpu, "usage_usec") * 1000,
            memory_working_set_bytes: memory_bytes.saturating_sub(value(&memory, "inactive_file")),
            memory_bytes,
            memory_anonymous_bytes: value(&memory, "anon"),
            memory_limit_bytes: number("memory.max")?,
            page_faults: value(&memory, "pgfault"),
            major_page_faults: value(&memory, "pgmajfault"),
            pids: number("pids.current")?,
            out_of_memory_kills: self.out_of_memory_kills(),
            cpu_throttled_periods: value(&cpu, "nr_throttled"),
            cpu_throttled_nanos: value(&cpu, "throttled_usec") * 1000,
        })
    }
}

/// The number of a line such as `populated 1`.
fn value(text: &str, name: &str) -> u64 {
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(key, _)| *key == name)
        .and_then(|(_, number)| number.trim().parse().ok())
        .unwrap_or(0)
}

fn folders_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|t| t.is_dir()))
        .map(|entry| entry.path())
}

fn collect(folder: &Path, pids: &mut Vec<Pid>) {
    let own = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    pids.extend(
        own.lines()
            .filter_map(|l| l.parse().ok())
            .map(Pid::from_raw),
    );
    for below in folders_in(folder) {
        if pids.len() <= MOST_PIDS {
            collect(&below, pids);
        }
    }
}

fn remove_tree(folder: &Path) -> Result<()> {
    for below in folders_in(folder) {
        remove_tree(&below)?;
    }
    match fs::remove_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other.tried(|| format!("removing {}", folder.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weight_follows_kubernetes() {
        assert_eq!(
            [weight(0), weight(2), weight(1024), weight(262_144)],
            [100, 1, 39, 10_000]
        );
    }

    #[test]
    fn limits_zero_means_none() {
        let limits = Limits::of(&Resources::default()).unwrap();
        assert!(limits.files.contains(&("memory.max", "max".to_owned())));
        assert!(limits.files.contains(&("cpu.max", "max 100000".to_owned())));
    }

    #[test]
    fn limits_swap_below_memory_is_refused() {
        let resources = Resources {
            memory_bytes: 2,
            memory_swap_bytes: 1,
            ..Default::default()
        };
        assert!(Limits::of(&resources).is_err());
    }

    #[test]
    fn value_of_a_line() {
        assert_eq!(value("low 0\noom_kill 3\noom_kill_x 4\n", "oom_kill"), 3);
    }
}

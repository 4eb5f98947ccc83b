//! Memory and CPU time of the guest as a whole, from /proc.

use crate::fault::{Fault, Result, Tried};
use crate::proto::GetMemoryResponse;

pub fn read() -> Result<GetMemoryResponse> {
    let file = |path: &str| std::fs::read_to_string(path).tried(|| format!("reading {path}"));
    let memory = file("/proc/meminfo")?;
    Ok(GetMemoryResponse {
        total_bytes: kibibytes(&memory, "MemTotal")?,
        free_bytes: kibibytes(&memory, "MemFree")?,
        available_bytes: kibibytes(&memory, "MemAvailable")?,
        agent_bytes: kibibytes(&file("/proc/self/status")?, "VmRSS")?,
        cpu_nanos: busy_nanos(&file("/proc/stat")?)?,
    })
}

pub fn cpus() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| n.get() as u32)
}

/// The bytes of a line such as `MemTotal:  1234 kB`.
fn kibibytes(text: &str, name: &str) -> Result<u64> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| value.split_whitespace().next()?.parse::<u64>().ok())
        .map(|n| n * 1024)
        .ok_or_else(|| Fault::internal(format!("the kernel tells no {name}")))
}

/// User, nice, system, irq, softirq and steal of all CPUs; proc(5). A tick is 10 ms.
fn busy_nanos(stat: &str) -> Result<u64> {
    let fields: Vec<u64> = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .filter_map(|n| n.parse().ok())
        .collect();
    match fields[..] {
        [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] => {
            Ok((user + nice + system + irq + softirq + steal) * 10_000_000)
        }
        _ => Err(Fault::internal("/proc/stat has an unknown form")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_this_machine_adds_up() {
        let memory = read().unwrap();
        assert!(memory.total_bytes >= memory.available_bytes);
        assert!(memory.agent_bytes > 0);
    }

    #[test]
    fn busy_nanos_leaves_out_idle() {
        assert_eq!(
            busy_nanos("cpu  1 2 3 400 500 6 7 8 0 0\n").unwrap(),
            270_000_000
        );
    }
}

//! Which kernel this process is on, and which hypervisor is below it.

use std::io::{Error, Result};

/// `SYSLOG_ACTION_READ_ALL` of syslog(2).
const READ_ALL: libc::c_int = 3;
const MOST_LOG: usize = 16 << 10;

/// The leaf in which hypervisors tell their name, and the bit that says that there is one.
const HYPERVISOR_LEAF: u32 = 0x4000_0000;
const HYPERVISOR_BIT: u32 = 1 << 31;

/// Prints `version:`, `boot-id:` and `log:` lines, each as the kernel here tells it; blank where it
/// does not.
pub fn tell() -> Result<()> {
    let version = std::fs::read_to_string("/proc/version")?;
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let mut text = format!("version: {}\nboot-id: {}\n", version.trim(), boot.trim());
    for line in kernel_log().lines() {
        text.push_str("log: ");
        text.push_str(line);
        text.push('\n');
    }
    print!("{text}");
    Ok(())
}

/// Not everybody may read it: then there is none.
fn kernel_log() -> String {
    let mut buffer = vec![0_u8; MOST_LOG];
    // SAFETY: the buffer is as long as is said.
    let read = unsafe { libc::klogctl(READ_ALL, buffer.as_mut_ptr().cast(), MOST_LOG as i32) };
    match usize::try_from(read) {
        Ok(length) => String::from_utf8_lossy(&buffer[..length]).into_owned(),
        Err(_) => String::new(),
    }
}

/// Prints the twelve characters by which a hypervisor calls itself, such as `KVMKVMKVM`; nothing
/// on bare metal.
pub fn hypervisor() -> Result<()> {
    use std::arch::x86_64::__cpuid;
    let features = __cpuid(1);
    if features.ecx & HYPERVISOR_BIT == 0 {
        return Ok(());
    }
    let leaf = __cpuid(HYPERVISOR_LEAF);
    let mut name = Vec::with_capacity(12);
    for register in [leaf.ebx, leaf.ecx, leaf.edx] {
        name.extend_from_slice(&register.to_le_bytes());
    }
    let name: String = name
        .iter()
        .filter(|byte| byte.is_ascii_graphic())
        .map(|byte| char::from(*byte))
        .collect();
    if name.is_empty() {
        return Err(Error::other("the hypervisor does not tell its name"));
    }
    println!("{name}");
    Ok(())
}

//! What network and files were used.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::fault::{Result, Tried};
use crate::proto::{FileSystemUsage, InterfaceStats};

/// Counters of all interfaces but the loopback, from /proc/net/dev.
pub fn interfaces() -> Result<Vec<InterfaceStats>> {
    let text = fs::read_to_string("/proc/net/dev").tried(|| "reading /proc/net/dev".to_owned())?;
    Ok(text
        .lines()
        .skip(2)
        .filter_map(interface)
        .filter(|i| i.name != "lo")
        .collect())
}

/// A line of proc(5): name, then eight numbers received and eight sent.
fn interface(line: &str) -> Option<InterfaceStats> {
    let (name, numbers) = line.split_once(':')?;
    let n: Vec<u64> = numbers
        .split_whitespace()
        .filter_map(|n| n.parse().ok())
        .collect();
    (n.len() >= 16).then(|| InterfaceStats {
        name: name.trim().to_owned(),
        received_bytes: n[0],
        received_packets: n[1],
        received_errors: n[2],
        received_dropped: n[3],
        sent_bytes: n[8],
        sent_packets: n[9],
        sent_errors: n[10],
        sent_dropped: n[11],
    })
}

/// Counts what a folder holds on its own file system; a file with several names once.
pub fn walk(id: &str, folder: &Path) -> Result<FileSystemUsage> {
    let mut usage = FileSystemUsage {
        id: id.to_owned(),
        ..Default::default()
    };
    let top = fs::symlink_metadata(folder).tried(|| format!("looking at {}", folder.display()))?;
    let mut seen = HashSet::new();
    let mut open = vec![folder.to_owned()];
    usage.used_inodes = 1;
    usage.used_bytes = top.blocks() * 512;
    while let Some(folder) = open.pop() {
        // What vanishes while we walk is no longer used.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(file) = entry.metadata() else { continue };
            if file.dev() != top.dev()
                || (file.nlink() > 1 && !file.is_dir() && !seen.insert(file.ino()))
            {
                continue;
            }
            usage.used_inodes += 1;
            usage.used_bytes += file.blocks() * 512;
            if file.is_dir() {
                open.push(entry.path());
            }
        }
    }
    Ok(usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interface_line_of_proc_is_read() {
        let line = "  eth0: 100 2 3 4 0 0 0 0 500 6 7 8 0 0 0 0";
        let stats = interface(line).unwrap();
        assert_eq!(
            (
                stats.name.as_str(),
                stats.received_dropped,
                stats.sent_bytes
            ),
            ("eth0", 4, 500)
        );
        assert!(interface("nonsense").is_none());
    }

    #[test]
    fn walk_hard_link_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), vec![1; 65_536]).unwrap();
        fs::create_dir(folder.path().join("d")).unwrap();
        fs::hard_link(folder.path().join("a"), folder.path().join("d/b")).unwrap();
        let usage = walk("v", folder.path()).unwrap();
        assert_eq!(usage.used_inodes, 3);
        assert!((65_536..131_072).contains(&usage.used_bytes), "{usage:?}");
    }
}

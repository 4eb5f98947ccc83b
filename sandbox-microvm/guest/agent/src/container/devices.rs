//! The devices that a privileged container gets: all that the guest has.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use serde_json::{Value, json};

/// `linux.devices`, for the nodes right below /dev and in its folders that hold nodes.
pub fn all() -> Value {
    let mut devices = Vec::new();
    for folder in ["/dev", "/dev/net", "/dev/mapper", "/dev/snd", "/dev/vfio"] {
        collect(Path::new(folder), &mut devices);
    }
    Value::Array(devices)
}

/// What libcontainer makes by itself, or what stands for something else in each container.
const OWN: [&str; 8] = [
    "null", "zero", "full", "random", "urandom", "tty", "console", "ptmx",
];

fn collect(folder: &Path, devices: &mut Vec<Value>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Ok(file) = entry.metadata() else { continue };
        let kind = file.file_type();
        let is_node = kind.is_char_device() || kind.is_block_device();
        if !is_node || OWN.iter().any(|own| name == *own) {
            continue;
        }
        devices.push(json!({
            "path": entry.path(),
            "type": if kind.is_block_device() { "b" } else { "c" },
            "major": libc::major(file.rdev()),
            "minor": libc::minor(file.rdev()),
            "fileMode": file.mode() & 0o7777,
            "uid": file.uid(),
            "gid": file.gid(),
        }));
    }
}

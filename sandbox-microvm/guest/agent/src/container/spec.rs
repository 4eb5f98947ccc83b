//! A container of ours in the words of OCI's runtime specification, which libcontainer reads.

use serde_json::{Value, json};

use crate::cgroup::Cgroup;
use crate::fault::{Fault, Result};
use crate::proto::{CreateContainerRequest, Mount, Process, Propagation, mount::Source};

/// Devices that every container has: the specification's default ones are made by libcontainer.
const SHM_BYTES: u64 = 64 << 20;

/// Where a mount's content has been put for libcontainer to bind, in the order of the request's mounts; None for a tmpfs.
pub type Sources = Vec<Option<String>>;

/// `config.json`.
pub fn config(
    request: &CreateContainerRequest,
    root: &str,
    sources: &Sources,
    shared_init: Option<i32>,
) -> Result<Value> {
    let process = request
        .process
        .as_ref()
        .ok_or_else(|| Fault::invalid("a container without a process"))?;
    let shares = request
        .mounts
        .iter()
        .any(|m| m.propagation() == Propagation::Bidirectional);
    let (masked, read_only): (&[String], &[String]) = if request.privileged {
        (&[], &[])
    } else {
        (&request.masked_paths, &request.read_only_paths)
    };
    Ok(json!({
        "ociVersion": "1.0.2",
        "process": self::process(process, !request.seccomp_profile.is_empty())?,
        "root": {"path": root, "readonly": request.root.as_ref().is_some_and(|r| r.read_only)},
        "mounts": mounts(request, sources)?,
        "linux": {
            "namespaces": namespaces(shared_init),
            "cgroupsPath": Cgroup::path_of_container(&request.container_id),
            "rootfsPropagation": if shares { "shared" } else { "slave" },
            "maskedPaths": masked,
            "readonlyPaths": read_only,
            "devices": if request.privileged { super::devices::all() } else { json!([]) },
        },
    }))
}

/// Network, IPC and host name are the guest's own, which is the pod.
fn namespaces(shared_init: Option<i32>) -> Value {
    let pid = match shared_init {
        Some(pid) => json!({"type": "pid", "path": format!("/proc/{pid}/ns/pid")}),
        None => json!({"type": "pid"}),
    };
    json!([pid, {"type": "mount"}, {"type": "cgroup"}])
}

/// `process`, for a container's first process and for those of Exec.
pub fn process(process: &Process, filtered: bool) -> Result<Value> {
    if process.args.is_empty() || process.args[0].is_empty() {
        return Err(Fault::invalid("a process without a program"));
    }
    let cwd = if process.working_directory.is_empty() {
        "/"
    } else {
        &process.working_directory
    };
    if !cwd.starts_with('/') {
        return Err(Fault::invalid(format!(
            "the working directory {cwd:?} is not absolute"
        )));
    }
    let mut value = json!({
        "terminal": process.terminal,
        "user": {
            "uid": process.uid,
            "gid": process.gid,
            "additionalGids": process.supplementary_groups,
        },
        "args": process.args,
        "env": process.environment,
        "cwd": cwd,
        "capabilities": capabilities(process, filtered),
    });
    // libcontainer takes `false` for something else than nothing.
    if process.no_new_privileges {
        value["noNewPrivileges"] = json!(true);
    }
    Ok(value)
}

/// A filter of system calls can be set without `no_new_privs` only with CAP_SYS_ADMIN. The launcher sets it last, so the process keeps
/// that capability until then, outside of its bounding set: `execve` takes it away, from root too (capabilities(7)).
fn capabilities(process: &Process, filtered: bool) -> Value {
    let asked = &process.capabilities;
    let mut until_exec = asked.clone();
    let admin = "CAP_SYS_ADMIN".to_owned();
    if filtered && !process.no_new_privileges && !until_exec.contains(&admin) {
        until_exec.push(admin);
    }
    // Ambient ones must be inheritable; nothing else needs to be.
    json!({
        "bounding": asked,
        "effective": until_exec,
        "permitted": until_exec,
        "inheritable": process.ambient_capabilities,
        "ambient": process.ambient_capabilities,
    })
}

fn mounts(request: &CreateContainerRequest, sources: &Sources) -> Result<Vec<Value>> {
    let named = |destination: &str| {
        request
            .mounts
            .iter()
            .any(|m| trimmed(&m.destination) == destination)
    };
    let mut all: Vec<Value> = defaults(request.privileged)
        .into_iter()
        .filter(|m| !named(m["destination"].as_str().unwrap_or_default()))
        .collect();
    for (mount, source) in request.mounts.iter().zip(sources) {
        all.push(self::mount(mount, source.as_deref())?);
    }
    Ok(all)
}

fn trimmed(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed }
}

fn defaults(privileged: bool) -> Vec<Value> {
    let rw = if privileged { "rw" } else { "ro" };
    let strict = ["nosuid", "noexec", "nodev"];
    let with = |more: &[&str]| -> Vec<String> {
        strict.iter().chain(more).map(|s| (*s).to_owned()).collect()
    };
    vec![
        json!({"destination": "/proc", "type": "proc", "source": "proc", "options": strict}),
        json!({"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
            "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]}),
        json!({"destination": "/dev/pts", "type": "devpts", "source": "devpts",
            "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]}),
        json!({"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
            "options": with(&["mode=1777", &format!("size={SHM_BYTES}")])}),
        json!({"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": strict}),
        json!({"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": with(&[rw])}),
        json!({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
            "options": with(&["relatime", rw])}),
    ]
}

fn mount(mount: &Mount, source: Option<&str>) -> Result<Value> {
    let destination = &mount.destination;
    if !destination.starts_with('/') || destination.split('/').any(|part| part == "..") {
        return Err(Fault::invalid(format!(
            "a mount on {destination:?}: not an absolute path without `..`"
        )));
    }
    let mut options = mount.options.clone();
    if let Some(Source::Tmpfs(tmpfs)) = &mount.source {
        options.extend(tmpfs.options.iter().cloned());
        options.push(if mount.read_only { "ro" } else { "rw" }.to_owned());
        return Ok(
            json!({"destination": destination, "type": "tmpfs", "source": "tmpfs", "options": options}),
        );
    }
    let source = source
        .ok_or_else(|| Fault::invalid(format!("the mount on {destination} has no source")))?;
    let is_image = matches!(mount.source, Some(Source::Image(_)));
    options.push("rbind".to_owned());
    options.push(
        match mount.propagation() {
            Propagation::Bidirectional => "rshared",
            Propagation::HostToContainer => "rslave",
            Propagation::Private | Propagation::Unspecified => "rprivate",
        }
        .to_owned(),
    );
    options.push(
        match (
            mount.read_only || is_image,
            mount.recursive_read_only || is_image,
        ) {
            (true, true) => "rro",
            (true, false) => "ro",
            (false, _) => "rw",
        }
        .to_owned(),
    );
    Ok(json!({"destination": destination, "type": "bind", "source": source, "options": options}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::Root;

    fn request() -> CreateContainerRequest {
        CreateContainerRequest {
            container_id: "c1".to_owned(),
            root: Some(Root {
                read_only: true,
                ..Default::default()
            }),
            process: Some(Process {
                args: vec!["sh".to_owned()],
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    #[test]
    fn config_mount_named_replaces_the_default() {
        let mut request = request();
        request.mounts.push(Mount {
            destination: "/dev/shm/".to_owned(),
            ..Default::default()
        });
        let config = config(&request, "/r", &vec![Some("/s".to_owned())], None).unwrap();
        let shm: Vec<_> = config["mounts"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|m| trimmed(m["destination"].as_str().unwrap()) == "/dev/shm")
            .collect();
        assert_eq!(shm.len(), 1);
        assert_eq!(shm[0]["type"], "bind");
    }

    #[test]
    fn config_shared_processes_joins_the_namespace() {
        let config = config(&request(), "/r", &Vec::new(), Some(7)).unwrap();
        assert_eq!(config["linux"]["namespaces"][0]["path"], "/proc/7/ns/pid");
        assert_eq!(config["root"]["readonly"], true);
    }

    #[test]
    fn process_filter_without_no_new_privileges_keeps_admin_until_exec() {
        let spec = Process {
            args: vec!["sh".to_owned()],
            ..Default::default()
        };
        let value = process(&spec, true).unwrap();
        assert_eq!(value["capabilities"]["effective"], json!(["CAP_SYS_ADMIN"]));
        assert_eq!(value["capabilities"]["bounding"], json!([]));
        let strict = Process {
            no_new_privileges: true,
            ..spec
        };
        assert_eq!(
            process(&strict, true).unwrap()["capabilities"]["effective"],
            json!([])
        );
    }

    #[test]
    fn process_without_program_is_refused() {
        assert!(process(&Process::default(), false).is_err());
    }

    #[test]
    fn mount_leading_out_is_refused() {
        let bad = Mount {
            destination: "/a/../../b".to_owned(),
            ..Default::default()
        };
        assert!(mount(&bad, Some("/s")).is_err());
    }
}

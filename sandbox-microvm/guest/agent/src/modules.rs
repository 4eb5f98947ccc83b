//! Kernel modules. Those needed at boot lie in the initramfs in the order in which they are loaded; all others on an image of
//! their own, from which the kernel gets them by itself: it runs this program as `modprobe`.

use std::collections::HashSet;
use std::ffi::CString;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use nix::errno::Errno;

use crate::fault::{Result, Tried};
use crate::images::mount_erofs;

/// In the initramfs: `boot` lists file names, each with parameters after a blank where it has any.
const BOOT_FOLDER: &str = "/modules";
const MODULES: &str = "/lib/modules";

/// Loads the modules of the initramfs. One that cannot be loaded is named on the console: what needs it fails later, and says so.
pub fn load_boot() {
    let list = fs::read_to_string(Path::new(BOOT_FOLDER).join("boot")).unwrap_or_default();
    for line in list.lines() {
        let (name, parameters) = line.split_once(' ').unwrap_or((line, ""));
        if let Err(fault) = load(&Path::new(BOOT_FOLDER).join(name), parameters) {
            eprintln!("{fault}");
        }
    }
}

/// Makes the other modules available.
pub fn mount_rest(device: &Path) -> Result<()> {
    mount_erofs(device, Path::new(MODULES))?;
    // A kernel thread resolves it in the agent's root.
    fs::write("/proc/sys/kernel/modprobe", "/proc/1/exe")
        .tried(|| "telling the kernel its modprobe".to_owned())
}

fn load(path: &Path, parameters: &str) -> Result<()> {
    let file = File::open(path).tried(|| format!("opening the module {}", path.display()))?;
    let parameters = CString::new(parameters).unwrap_or_default(); // no line of a text holds a NUL
    // SAFETY: the descriptor is open and the parameters end with NUL.
    let done = unsafe {
        libc::syscall(
            libc::SYS_finit_module,
            file.as_raw_fd(),
            parameters.as_ptr(),
            0,
        )
    };
    if done != 0 && Errno::last() != Errno::EEXIST {
        return Err(std::io::Error::last_os_error())
            .tried(|| format!("loading the module {}", path.display()));
    }
    Ok(())
}

/// The role: loads what the kernel asks for, with what that needs. The arguments are what comes after `-q`.
pub fn modprobe(args: &[String]) -> i32 {
    let mut failed = false;
    for name in args.iter().filter(|a| !a.starts_with('-')) {
        failed |= !load_named(name);
    }
    i32::from(failed)
}

/// Loads a module with what it needs; false where one of them could not be.
pub fn load_named(name: &str) -> bool {
    let Ok(release) = fs::read_to_string("/proc/sys/kernel/osrelease") else {
        return false;
    };
    let folder = Path::new(MODULES).join(release.trim());
    let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
    let names = resolve(name, &read("modules.alias"), &read("modules.softdep"));
    let order = with_dependencies(&names, &read("modules.dep"));
    !order.is_empty()
        && order
            .iter()
            .all(|path| load(&folder.join(path), "").is_ok())
}

/// The modules meant by a name: those whose aliases match, or the one called so.
fn resolve(name: &str, aliases: &str, softdeps: &str) -> Vec<String> {
    let mut names: Vec<String> = aliases
        .lines()
        .filter_map(|line| {
            let mut words = line.strip_prefix("alias ")?.split(' ');
            let (pattern, module) = (words.next()?, words.next()?);
            matches_pattern(pattern.as_bytes(), name.as_bytes()).then(|| module.to_owned())
        })
        .collect();
    if names.is_empty() {
        names.push(name.to_owned());
    }
    // Such as crypto modules that the kernel asks for only after this one.
    let before: Vec<String> = softdeps
        .lines()
        .filter_map(|line| line.strip_prefix("softdep ")?.split_once(" pre: "))
        .filter(|(module, _)| names.iter().any(|n| same(n, module)))
        .flat_map(|(_, pre)| pre.split(" post:").next().unwrap_or_default().split(' '))
        .map(str::to_owned)
        .collect();
    before.into_iter().chain(names).collect()
}

/// The files to load, those first that others need. A line of modules.dep is `FILE: NEEDED…`, the last needed one first.
fn with_dependencies(names: &[String], dependencies: &str) -> Vec<PathBuf> {
    let mut order = Vec::new();
    let mut seen = HashSet::new();
    for name in names {
        let line = dependencies.lines().find_map(|line| {
            let (file, needed) = line.split_once(':')?;
            let stem = file.rsplit('/').next()?.split('.').next()?;
            same(stem, name).then_some((file, needed))
        });
        if let Some((file, needed)) = line {
            let files = needed.split_whitespace().rev().chain([file]);
            order.extend(files.filter(|f| seen.insert(*f)).map(PathBuf::from));
        }
    }
    order
}

/// Modules' names mean the same with `-` and `_`.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len()
        && a.bytes()
            .zip(b.bytes())
            .all(|(a, b)| a == b || (b"-_".contains(&a) && b"-_".contains(&b)))
}

/// As a shell's pattern with `*` and `?`; sets in brackets stand in no alias of ours.
fn matches_pattern(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.first(), name.first()) {
        (None, None) => true,
        (Some(b'*'), _) => {
            matches_pattern(&pattern[1..], name)
                || (!name.is_empty() && matches_pattern(pattern, &name[1..]))
        }
        (Some(b'?'), Some(_)) => matches_pattern(&pattern[1..], &name[1..]),
        (Some(a), Some(b)) if a == b => matches_pattern(&pattern[1..], &name[1..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALIASES: &str = "# comment\nalias fs-fuse fuse\nalias net-pf-10-proto-*-type-6 x\n";
    const DEP: &str = "kernel/fs/fuse/fuse.ko:\nkernel/a/b-c.ko: kernel/a/d.ko kernel/a/e.ko\n\
        kernel/a/d.ko: kernel/a/e.ko\nkernel/a/e.ko:\n";

    fn order(name: &str) -> Vec<String> {
        let names = resolve(name, ALIASES, "");
        let files = with_dependencies(&names, DEP);
        files.iter().map(|p| p.display().to_string()).collect()
    }

    #[test]
    fn resolve_alias_names_the_module() {
        assert_eq!(order("fs-fuse"), ["kernel/fs/fuse/fuse.ko"]);
    }

    #[test]
    fn resolve_name_loads_needed_modules_first() {
        assert_eq!(
            order("b_c"),
            ["kernel/a/e.ko", "kernel/a/d.ko", "kernel/a/b-c.ko"]
        );
    }

    #[test]
    fn resolve_unknown_is_nothing() {
        assert!(order("no_such").is_empty());
    }

    #[test]
    fn matches_pattern_star_is_any_part() {
        assert!(matches_pattern(
            b"net-pf-10-proto-*-type-6",
            b"net-pf-10-proto-17-type-6"
        ));
        assert!(!matches_pattern(b"net-?", b"net-10"));
    }
}

//! The last step of a launch, inside the container: the filter of system calls, then the program itself.

use std::ffi::CString;
use std::fs::File;
use std::io::{PipeReader, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use libcontainer::oci_spec::runtime::{LinuxSeccomp, Spec};
use libcontainer::workload::{Executor, ExecutorError, ExecutorValidationError};
use nix::errno::Errno;

/// Where programs lie if the process has no PATH.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Runs the program. A copy of it is made in the process that becomes the container's.
#[derive(Clone)]
pub struct Program {
    filter: Option<LinuxSeccomp>,
    failures: RawFd,
}

/// Why the program could not be run: empty once it runs, since the pipe's other end goes away then.
pub struct Failures {
    reader: PipeReader,
    writer: std::io::PipeWriter,
}

impl Failures {
    pub fn read(self) -> Option<String> {
        let Failures { mut reader, writer } = self;
        drop(writer);
        let mut text = String::new();
        // What is not text, or cannot be read, says nothing.
        let _ = reader.read_to_string(&mut text);
        (!text.is_empty()).then_some(text)
    }
}

impl Program {
    pub fn new(filter: Option<&Path>) -> Result<(Program, Failures), String> {
        let filter = match filter {
            Some(path) => {
                let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
                let profile = serde_json::from_reader(std::io::BufReader::new(file));
                Some(profile.map_err(|e| format!("the seccomp profile: {e}"))?)
            }
            None => None,
        };
        let (reader, writer) = std::io::pipe().map_err(|e| e.to_string())?;
        let program = Program {
            filter,
            failures: writer.as_raw_fd(),
        };
        Ok((program, Failures { reader, writer }))
    }

    /// Tells the launcher, and ends this process: nothing in it can go on.
    fn fail(&self, why: &str) -> ! {
        // SAFETY: the descriptor is this process's own copy, and is used nowhere else.
        let mut pipe = unsafe { <File as std::os::fd::FromRawFd>::from_raw_fd(self.failures) };
        let _ = pipe.write_all(why.as_bytes());
        std::process::exit(127)
    }
}

impl Executor for Program {
    fn exec(&self, spec: &Spec) -> Result<(), ExecutorError> {
        let args = spec
            .process()
            .as_ref()
            .and_then(|p| p.args().clone())
            .unwrap_or_default();
        let words: Vec<CString> = args
            .iter()
            .filter_map(|a| CString::new(a.as_str()).ok())
            .collect();
        if words.is_empty() || words.len() != args.len() {
            self.fail("the program's arguments are none, or have a NUL in them");
        }
        if let Some(filter) = &self.filter
            && let Err(e) = libcontainer::seccomp::initialize_seccomp(filter)
        {
            self.fail(&format!("the seccomp profile: {e}"));
        }
        // By now it is what the specification says: libcontainer sets it, and HOME where it is missing.
        let environment: Vec<CString> = std::env::vars_os()
            .filter_map(|(name, value)| {
                CString::new([name.as_bytes(), b"=", value.as_bytes()].concat()).ok()
            })
            .collect();
        let path = std::env::var("PATH").unwrap_or_else(|_| DEFAULT_PATH.to_owned());
        let mut last = Errno::ENOENT;
        for candidate in candidates(&args[0], &path) {
            // Comes back only when it failed.
            let Err(e) = nix::unistd::execve(&candidate, &words, &environment);
            // As a shell does: a file that may not be run is said to be so, if none other can be.
            if e != Errno::ENOENT && e != Errno::ENOTDIR {
                last = e;
            }
        }
        let name = &args[0];
        let why = if name.contains('/') {
            format!("running {name}: {}", last.desc())
        } else {
            format!("running {name}, searched for in {path:?}: {}", last.desc())
        };
        self.fail(&why)
    }

    fn validate(&self, _spec: &Spec) -> Result<(), ExecutorValidationError> {
        Ok(())
    }
}

/// The files that a program's name may mean.
fn candidates(name: &str, path: &str) -> Vec<CString> {
    let folders: Vec<String> = if name.contains('/') {
        vec![name.to_owned()]
    } else {
        path.split(':')
            .map(|folder| format!("{}/{name}", if folder.is_empty() { "." } else { folder }))
            .collect()
    };
    folders
        .into_iter()
        .filter_map(|file| CString::new(file).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_name_with_slash_is_itself() {
        assert_eq!(candidates("/bin/sh", "/x"), [c"/bin/sh".to_owned()]);
        assert_eq!(
            candidates("sh", "/x:/y"),
            [c"/x/sh".to_owned(), c"/y/sh".to_owned()]
        );
    }
}

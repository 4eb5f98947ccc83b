//! What goes wrong, as the host gets to know it: a code of gRPC and a sentence for a person.

use std::io;

use tonic::{Code, Status};

pub type Result<T> = std::result::Result<T, Fault>;

/// A failed call. The message says what was tried, on what, and what the kernel said.
#[derive(Debug, Clone)]
pub struct Fault {
    pub code: Code,
    pub message: String,
}

impl Fault {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Fault {
            code,
            message: message.into(),
        }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }

    pub fn state(message: impl Into<String>) -> Self {
        Self::new(Code::FailedPrecondition, message)
    }

    pub fn missing(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    pub fn exhausted(message: impl Into<String>) -> Self {
        Self::new(Code::ResourceExhausted, message)
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Code::Internal, message)
    }
}

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        Status::new(fault.code, fault.message)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.message)
    }
}

/// Says of an error of the system what was tried when it came.
pub trait Tried<T> {
    fn tried(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Tried<T> for io::Result<T> {
    fn tried(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|e| Fault::new(code_of(&e), format!("{}: {e}", what())))
    }
}

impl<T> Tried<T> for nix::Result<T> {
    fn tried(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(io::Error::from).tried(what)
    }
}

fn code_of(error: &io::Error) -> Code {
    match error.raw_os_error() {
        Some(libc::ENOSPC | libc::ENOMEM | libc::EDQUOT | libc::EMFILE | libc::ENFILE) => {
            Code::ResourceExhausted
        }
        Some(libc::EOPNOTSUPP) => Code::Unimplemented,
        _ => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tried_disk_full_is_exhausted_and_says_what() {
        let full: io::Result<()> = Err(io::Error::from_raw_os_error(libc::ENOSPC));
        let fault = full.tried(|| "writing x".to_owned()).unwrap_err();
        assert_eq!(fault.code, Code::ResourceExhausted);
        assert!(fault.message.starts_with("writing x: No space left"));
    }
}

//! IDs that the host gives; they become names of folders here.

use crate::fault::{Fault, Result};

const LONGEST: usize = 128;

/// Refuses what is not 1 to 128 characters of [A-Za-z0-9_.-], or begins with a dot.
pub fn check_id<'a>(what: &str, id: &'a str) -> Result<&'a str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if id.is_empty() || id.len() > LONGEST || id.starts_with('.') || !id.chars().all(allowed) {
        let shown: String = id.chars().take(LONGEST).collect();
        return Err(Fault::invalid(format!(
            "{what} {shown:?} is no ID: 1 to {LONGEST} characters of [A-Za-z0-9_.-], not beginning with a dot"
        )));
    }
    Ok(id)
}

/// The part of an ID that people read in a message.
pub fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_id_hexadecimal_is_accepted() {
        assert!(check_id("container", &"a0".repeat(32)).is_ok());
    }

    #[test]
    fn check_id_path_or_empty_or_long_is_refused() {
        for bad in ["", ".", "..", "a/b", "a b", "ä", &"a".repeat(129)] {
            assert!(check_id("container", bad).is_err(), "{bad:?}");
        }
    }
}

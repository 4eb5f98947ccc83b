//! Named descriptors.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Longer than any `<container ID>/<stream>`.
const NAME_BYTES: usize = 200;
/// Left free for the listener, the lock and the connection being served.
const RESERVED: usize = 16;
const MOST: usize = 65_536;

/// All descriptors kept, by name, never more than `limit`.
pub struct Store {
    kept: BTreeMap<String, OwnedFd>,
    limit: usize,
}

impl Store {
    pub fn new(descriptor_limit: usize) -> Self {
        Self {
            kept: BTreeMap::new(),
            limit: descriptor_limit.saturating_sub(RESERVED).min(MOST),
        }
    }

    /// Keeps a descriptor; one of the same name is let go, so that a request may be repeated.
    pub fn put(&mut self, name: &str, descriptor: OwnedFd) -> Result<(), String> {
        check(name)?;
        if self.kept.len() >= self.limit && !self.kept.contains_key(name) {
            return Err(format!("full: {} descriptors are kept", self.kept.len()));
        }
        self.kept.insert(name.to_owned(), descriptor);
        Ok(())
    }

    pub fn get(&self, name: &str) -> Option<BorrowedFd<'_>> {
        self.kept.get(name).map(AsFd::as_fd)
    }

    /// Lets a descriptor go; nothing happens when there is none.
    pub fn remove(&mut self, name: &str) {
        self.kept.remove(name);
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.kept.keys().map(String::as_str)
    }
}

fn check(name: &str) -> Result<(), String> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
    if name.is_empty() || name.len() > NAME_BYTES || !name.bytes().all(fits) {
        return Err(format!(
            "a name has 1 to {NAME_BYTES} letters, digits or any of ._-/"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor() -> OwnedFd {
        std::fs::File::open("/dev/null").unwrap().into()
    }

    #[test]
    fn put_same_name_again_replaces() {
        let mut store = Store::new(RESERVED + 1);
        store.put("a/stdout", descriptor()).unwrap();
        store.put("a/stdout", descriptor()).unwrap();
        assert_eq!(store.names().collect::<Vec<_>>(), ["a/stdout"]);
    }

    #[test]
    fn put_when_full_is_refused_until_one_goes() {
        let mut store = Store::new(RESERVED + 1);
        store.put("a", descriptor()).unwrap();
        assert!(
            store
                .put("b", descriptor())
                .unwrap_err()
                .starts_with("full")
        );
        store.remove("a");
        store.put("b", descriptor()).unwrap();
        assert!(store.get("a").is_none());
    }

    #[test]
    fn put_bad_name_is_refused() {
        let mut store = Store::new(100);
        for name in ["", "a b", "a\nb", "ä", &"x".repeat(NAME_BYTES + 1)] {
            assert!(store.put(name, descriptor()).is_err(), "{name:?}");
        }
    }
}

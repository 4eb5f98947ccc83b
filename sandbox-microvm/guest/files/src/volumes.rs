//! The volumes of the pod, by tag, and who is connected to each.

use std::collections::HashMap;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::volume::{Mode, Volume};

/// The most volumes of a pod at one time.
pub const MAX_VOLUMES: usize = 256;
/// The longest tag.
pub const MAX_TAG: usize = 64;

/// Thread-safe.
#[derive(Default)]
pub struct Volumes {
    table: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    volume: Arc<Volume>,
    connection: Option<Arc<UnixStream>>,
}

impl Volumes {
    /// Adding a volume again is no error; another folder, or mode, under the same tag is.
    pub fn add(&self, tag: &str, volume: Volume) -> Result<(), String> {
        check_tag(tag)?;
        let mut table = self.lock();
        if let Some(entry) = table.get(tag) {
            return if same(&entry.volume, &volume)? {
                Ok(())
            } else {
                Err(format!("{tag} is another volume already"))
            };
        }
        if table.len() >= MAX_VOLUMES {
            return Err(format!("there are {MAX_VOLUMES} volumes already"));
        }
        let entry = Entry {
            volume: Arc::new(volume),
            connection: None,
        };
        table.insert(tag.to_owned(), entry);
        Ok(())
    }

    /// Ends its connection too: the guest sees errors on what it had open. A tag that isn't there is no error.
    pub fn remove(&self, tag: &str) {
        if let Some(entry) = self.lock().remove(tag) {
            hang_up(entry.connection);
        }
    }

    /// The tags, sorted.
    pub fn tags(&self) -> Vec<String> {
        let mut tags: Vec<_> = self.lock().keys().cloned().collect();
        tags.sort();
        tags
    }

    /// The volume that a connection of the guest asks for. An earlier connection to it is ended: a volume is mounted once.
    pub fn connect(&self, tag: &str, stream: &Arc<UnixStream>) -> Option<Arc<Volume>> {
        let mut table = self.lock();
        let entry = table.get_mut(tag)?;
        hang_up(entry.connection.replace(Arc::clone(stream)));
        Some(Arc::clone(&entry.volume))
    }

    /// Forgets a connection that is over, unless another has taken its place.
    pub fn disconnect(&self, tag: &str, stream: &Arc<UnixStream>) {
        if let Some(entry) = self.lock().get_mut(tag)
            && entry
                .connection
                .as_ref()
                .is_some_and(|c| Arc::ptr_eq(c, stream))
        {
            entry.connection = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.table.lock().expect("no thread panics")
    }
}

fn hang_up(connection: Option<Arc<UnixStream>>) {
    if let Some(stream) = connection {
        let _ = stream.shutdown(Shutdown::Both); // Gone already is as good.
    }
}

fn same(one: &Volume, other: &Volume) -> Result<bool, String> {
    let identity = |v: &Volume| v.identity().map_err(|e| e.to_string());
    let modes: [Mode; 2] = [one.mode, other.mode];
    Ok(modes[0] == modes[1] && identity(one)? == identity(other)?)
}

/// Letters, digits, `.`, `_`, `-`; not beginning with a dot.
pub fn check_tag(tag: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if tag.is_empty() || tag.len() > MAX_TAG || tag.starts_with('.') || !tag.chars().all(plain) {
        return Err("a tag is 1 to 64 of a-z A-Z 0-9 . _ - and begins with no dot".into());
    }
    Ok(())
}

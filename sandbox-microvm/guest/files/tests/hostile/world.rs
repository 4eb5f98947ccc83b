//! What the tests are about.

use std::fs;

use tempfile::TempDir;

use crate::common::Service;
use crate::common::fuse::*;

/// A volume with `file` ("inside") in a folder whose other child is `secret` ("outside").
pub struct World {
    pub top: TempDir,
    pub service: Service,
}

impl World {
    pub fn new(mode: &str) -> Self {
        let top = TempDir::new().unwrap();
        fs::create_dir(top.path().join("volume")).unwrap();
        fs::write(top.path().join("volume/file"), "inside").unwrap();
        fs::write(top.path().join("secret"), "outside").unwrap();
        let service = Service::start();
        service.add("v", mode, &top.path().join("volume"));
        Self { top, service }
    }

    pub fn guest(&self) -> Guest {
        Guest::mount(&self.service, "v")
    }

    /// The volume can still be used, and what is outside is as it was.
    pub fn assert_sound(&self) {
        let mut guest = self.guest();
        let node = guest.lookup(ROOT, "file").unwrap();
        let handle = guest.open(node, libc::O_RDONLY).unwrap();
        assert_eq!(guest.read(node, handle, 0, 100).unwrap(), b"inside");
        self.assert_outside_untouched();
    }

    pub fn assert_outside_untouched(&self) {
        assert_eq!(
            fs::read_to_string(self.top.path().join("secret")).unwrap(),
            "outside"
        );
        let mut names: Vec<_> = fs::read_dir(&self.top)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["secret", "volume"]);
    }
}

//! How fast a folder is: `measure FOLDER`. Run on the host's folder and on the same one mounted, in one run.
//!
//! `measure --mount SOCKET TAG FOLDER` mounts it first, from a file service on this machine; `measure --vsock TAG FOLDER` from the one
//! of the host, in a guest.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

const MIB: usize = 1 << 20;
const TIMEOUT: Duration = Duration::from_secs(10);
const SMALL_FILES: usize = 500;

fn main() {
    let words: Vec<_> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [folder] => measure(Path::new(folder)),
        ["--mount", socket, tag, folder] => {
            let stream = OwnedFd::from(UnixStream::connect(socket).unwrap());
            mounted(fuse_relay::greet(stream, &greeting(tag), TIMEOUT), folder);
        }
        ["--vsock", tag, folder] => {
            mounted(fuse_relay::connect(1026, &greeting(tag), TIMEOUT), folder);
        }
        _ => panic!("usage: measure [--mount SOCKET TAG | --vsock TAG] FOLDER"),
    }
}

fn greeting(tag: &str) -> Vec<u8> {
    format!("VOLUME {tag}\n").into_bytes()
}

fn mounted(stream: std::io::Result<OwnedFd>, folder: &str) {
    let _relay = fuse_relay::mount(Path::new(folder), stream.unwrap(), false, TIMEOUT).unwrap();
    measure(Path::new(folder));
}

fn measure(folder: &Path) {
    let megabytes: usize = std::env::var("MIB").map_or(256, |m| m.parse().unwrap());
    let block = vec![0x5a; MIB];
    let large = folder.join("large");
    let rate = |elapsed: Duration| megabytes as f64 / elapsed.as_secs_f64();
    let started = Instant::now();
    let mut file = File::create(&large).unwrap();
    for _ in 0..megabytes {
        file.write_all(&block).unwrap();
    }
    file.sync_all().unwrap();
    println!(
        "write and fsync {megabytes} MiB: {:8.0} MiB/s",
        rate(started.elapsed())
    );
    drop(file);
    // What this kernel has kept; the host's cache is another.
    let _ = fs::write("/proc/sys/vm/drop_caches", "3");
    let started = Instant::now();
    let mut file = File::open(&large).unwrap();
    let mut part = vec![0; MIB];
    while file.read(&mut part).unwrap() > 0 {}
    println!(
        "read {megabytes} MiB:            {:8.0} MiB/s",
        rate(started.elapsed())
    );
    fs::remove_file(&large).unwrap();

    let small = folder.join("small");
    fs::create_dir(&small).unwrap();
    let name = |i: usize| small.join(format!("file-{i}"));
    let each = |what: &str, act: &dyn Fn(usize)| {
        let mut times: Vec<_> = (0..SMALL_FILES)
            .map(|i| {
                let started = Instant::now();
                act(i);
                started.elapsed()
            })
            .collect();
        times.sort();
        let at = |part: usize| times[SMALL_FILES * part / 100].as_micros();
        println!("{what}: {:6} µs median, {:6} µs 95 %", at(50), at(95));
    };
    each("create and write 1 KiB", &|i| {
        fs::write(name(i), [1; 1024]).unwrap()
    });
    let _ = fs::write("/proc/sys/vm/drop_caches", "3");
    each("open and read 1 KiB   ", &|i| {
        drop(fs::read(name(i)).unwrap())
    });
    each("stat, just read       ", &|i| {
        assert!(fs::metadata(name(i)).is_ok())
    });
    each("remove                ", &|i| {
        fs::remove_file(name(i)).unwrap()
    });
    fs::remove_dir(&small).unwrap();
}

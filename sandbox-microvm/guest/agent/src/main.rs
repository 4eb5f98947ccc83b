//! The guest's agent. One program in four roles: PID 1 of a microVM; a short-lived process that makes a container or joins
//! one, since that takes a process with one thread; PID 1 of a process namespace that containers share; and `modprobe`.

mod agent;
mod boot;
mod cgroup;
mod clock;
mod container;
mod device_filter;
mod disks;
mod entropy;
mod events;
mod fault;
mod forward;
mod idle;
mod images;
mod meminfo;
mod modules;
mod mounting;
mod names;
mod network;
mod process;
mod sandbox;
mod scratch;
mod server;
mod stats;
mod volumes;

/// The messages of `guest.proto`.
mod proto {
    #![allow(clippy::all)]
    tonic::include_proto!("cofferdam.guest.v1");
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let role = args.get(1).map(String::as_str);
    match role {
        Some(container::launcher::ROLE) => container::launcher::main(&args[2..]),
        Some(sandbox::PAUSE_ROLE) => sandbox::pause(),
        // As the kernel calls it: `modprobe -q -- NAME`.
        Some("-q") => std::process::exit(modules::modprobe(&args[2..])),
        _ if std::process::id() == 1 => boot::main(),
        _ => {
            eprintln!("cofferdam-agent runs as PID 1 of a microVM");
            std::process::exit(2);
        }
    }
}

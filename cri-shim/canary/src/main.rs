//! `cofferdam-canary COMMAND`: what Cofferdam's probes run behind a wall, to learn what it is worth.
//!
//! Static, and the only file of the probes' image. Every command says in one line what it did, and
//! exits with 0, or with 1 and the reason.

mod identity;
mod load;

use std::io::Write;
use std::process::ExitCode;

const USAGE: &str =
    "usage: cofferdam-canary serve | identity | hypervisor | eat | load PORT SECONDS";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        ["serve"] => serve(),
        ["identity"] => identity::tell(),
        ["hypervisor"] => identity::hypervisor(),
        ["eat"] => load::eat(),
        ["load", port, seconds] => load::files_and_network(port, seconds),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cofferdam-canary {}: {error}", words.join(" "));
            ExitCode::from(1)
        }
    }
}

/// Does nothing until it is told to stop.
fn serve() -> std::io::Result<()> {
    // SAFETY: plain calls; the default action of SIGTERM does not reach the first process of a
    // container, and an empty handler ends `pause`.
    unsafe {
        let stop: extern "C" fn(libc::c_int) = on_signal;
        libc::signal(libc::SIGTERM, stop as libc::sighandler_t);
    }
    say("canary serves")?;
    // SAFETY: no memory is involved.
    unsafe { libc::pause() };
    Ok(())
}

extern "C" fn on_signal(_signal: libc::c_int) {}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

//! Descriptors that are kept for as long as their holder's connection is open, and a while longer.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// Who holds what.
#[derive(Default)]
pub struct Holds(Vec<Hold>);

struct Hold {
    name: String,
    after: Duration,
    state: State,
}

enum State {
    Held(UnixStream),
    /// Its holder is gone.
    Until(Instant),
}

impl Holds {
    /// From now on the name is this connection's.
    pub fn begin(&mut self, name: &str, holder: UnixStream, after: Duration) {
        self.end(name);
        self.0.push(Hold {
            name: name.to_owned(),
            after,
            state: State::Held(holder),
        });
    }

    /// The name is nobody's; nothing happens where it was not.
    pub fn end(&mut self, name: &str) {
        self.0.retain(|hold| hold.name != name);
    }

    /// Waits until the listener has somebody, or what a hold is about has changed.
    pub fn wait(&mut self, listener: &impl AsRawFd) -> io::Result<()> {
        let mut polled = vec![entry(listener.as_raw_fd())];
        let mut timeout: Option<Duration> = None;
        for hold in &self.0 {
            match &hold.state {
                State::Held(holder) => polled.push(entry(holder.as_raw_fd())),
                State::Until(end) => {
                    let left = end.saturating_duration_since(Instant::now());
                    timeout = Some(timeout.map_or(left, |other| other.min(left)));
                }
            }
        }
        // Rounded up, or the last millisecond would be spent in a busy loop.
        let millis = timeout.map_or(-1, |left| {
            i32::try_from(left.as_millis() + 1).unwrap_or(i32::MAX)
        });
        // SAFETY: `polled` has as many entries as is said, and outlives the call.
        let count =
            unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, millis) };
        if count < 0 {
            return Err(io::Error::last_os_error());
        }
        // A holder says nothing: whatever comes from it is its end.
        for hold in &mut self.0 {
            let over = match &hold.state {
                State::Held(holder) => polled
                    .iter()
                    .any(|entry| entry.fd == holder.as_raw_fd() && entry.revents != 0),
                State::Until(_) => false,
            };
            if over {
                hold.state = State::Until(Instant::now() + hold.after);
            }
        }
        Ok(())
    }

    /// The names whose time is over; nobody's from now on.
    pub fn expired(&mut self) -> Vec<String> {
        let now = Instant::now();
        let over = |hold: &Hold| matches!(hold.state, State::Until(end) if end <= now);
        let names = self.0.iter().filter(|hold| over(hold));
        let names = names.map(|hold| hold.name.clone()).collect();
        self.0.retain(|hold| !over(hold));
        names
    }
}

fn entry(fd: i32) -> libc::pollfd {
    libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    }
}

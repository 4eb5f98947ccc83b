//! What happened, for a host that asks later: the newest 1,024 events.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::clock;
use crate::proto::{Event, event};

const KEPT: usize = 1024;

/// Numbered events. Thread-safe.
#[derive(Default)]
pub struct Events {
    kept: Mutex<VecDeque<Event>>,
    newest: watch::Sender<u64>,
}

impl Events {
    pub fn add(&self, what: event::Event) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let sequence = *self.newest.borrow() + 1;
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(Event {
            sequence,
            unix_nanos: clock::now_unix_nanos(),
            event: Some(what),
        });
        self.newest.send_replace(sequence);
    }

    /// The oldest that is kept after this one, as soon as there is one.
    pub async fn after(&self, sequence: u64) -> Option<Event> {
        let mut newest = self.newest.subscribe();
        newest.wait_for(|newest| *newest > sequence).await.ok()?;
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|e| e.sequence > sequence).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::OutOfMemoryEvent;

    fn event(kills: u64) -> event::Event {
        event::Event::OutOfMemory(OutOfMemoryEvent {
            container_id: "c".to_owned(),
            kills,
        })
    }

    #[tokio::test]
    async fn after_reader_away_too_long_shows_a_gap() {
        let events = Events::default();
        for n in 0..KEPT as u64 + 2 {
            events.add(event(n));
        }
        assert_eq!(events.after(0).await.unwrap().sequence, 3);
        assert_eq!(events.after(3).await.unwrap().sequence, 4);
    }
}

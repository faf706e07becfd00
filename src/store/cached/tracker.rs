//! Which changes a node has heard of, and whether it missed one: the rules, without I/O.

use crate::Timestamp;

/// What is known of the numbers of changes.
///
/// Whatever is heard must be applied before the next question is put to the tracker: what
/// it calls complete is what was applied.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    /// Every change up to this one was applied; none before anything was heard.
    last: Option<u64>,
}

/// A poll that is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Poll {
    /// When it began.
    pub(super) at: Timestamp,
    last: Option<u64>,
}

/// What a message, or the answer to a poll, means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing was missed: what was said is all there is to apply.
    Complete,
    /// Something was missed, nobody knows what.
    Gap,
}

impl Tracker {
    /// A message with this number came.
    ///
    /// One with an old number is late: a gap was seen in its place, and all was forgotten.
    /// It is applied all the same. It costs little, and if it is no late message but one of
    /// a store that was set back, it is not lost.
    pub(super) fn message(&mut self, number: u64) -> Heard {
        match self.last {
            Some(last) if number <= last => Heard::Complete,
            Some(last) if number - 1 == last => self.moved(number, Heard::Complete),
            _ => self.moved(number, Heard::Gap),
        }
    }

    /// A poll begins.
    pub(super) const fn begin(&self, at: Timestamp) -> Poll {
        Poll { at, last: self.last }
    }

    /// Whether messages may be on their way that explain this number.
    pub(super) fn is_behind(&self, number: u64) -> bool {
        self.last.is_some_and(|last| last < number)
    }

    /// A poll was answered with this number: where that is complete, nothing was missed that
    /// was in force when it began.
    ///
    /// A number between what was known when the poll began and what is known now was
    /// explained by messages meanwhile. Any other is a gap; a smaller one too, for then the
    /// store was set back.
    pub(super) fn answered(&mut self, poll: Poll, number: u64) -> Heard {
        let floor = poll.last.unwrap_or_default();
        match self.last {
            Some(last) if (floor..=last).contains(&number) => Heard::Complete,
            _ => self.moved(number, Heard::Gap),
        }
    }

    const fn moved(&mut self, last: u64, heard: Heard) -> Heard {
        self.last = Some(last);
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::Heard::{Complete, Gap};
    use super::*;

    fn tracker(last: u64) -> Tracker {
        Tracker { last: Some(last) }
    }

    const START: Timestamp = Timestamp::from_unix_seconds(0);

    fn poll(tracker: &mut Tracker, number: u64) -> Heard {
        let poll = tracker.begin(START);
        tracker.answered(poll, number)
    }

    #[test]
    fn what_is_heard_first_is_a_gap() {
        assert_eq!((Tracker::default().message(7), Tracker::default().message(0)), (Gap, Gap));
        assert_eq!((poll(&mut Tracker::default(), 7), poll(&mut Tracker::default(), 0)), (Gap, Gap));
    }

    #[test]
    fn the_next_message_is_complete_and_a_jump_is_a_gap_once() {
        let mut tracker = tracker(7);
        assert_eq!([8, 9, 11, 12].map(|number| tracker.message(number)), [Complete, Complete, Gap, Complete]);
        assert_eq!(tracker.last, Some(12));
    }

    #[test]
    fn a_late_message_is_applied_and_moves_nothing() {
        let mut tracker = tracker(7);
        assert_eq!([7, 5].map(|number| tracker.message(number)), [Complete, Complete]);
        assert_eq!(tracker.last, Some(7));
    }

    #[test]
    fn a_poll_that_shows_another_number_is_a_gap_once() {
        let mut tracker = tracker(7);
        assert_eq!([7, 9, 9].map(|number| poll(&mut tracker, number)), [Complete, Gap, Complete]);
    }

    #[test]
    fn a_number_that_messages_explained_during_the_poll_is_complete() {
        let mut tracker = tracker(7);
        let begun = tracker.begin(START);
        assert!(tracker.is_behind(8));
        assert_eq!([8, 9].map(|number| tracker.message(number)), [Complete, Complete]);
        assert_eq!(tracker.answered(begun, 8), Complete);
        assert_eq!(tracker.last, Some(9));
    }

    #[test]
    fn a_store_that_was_set_back_is_a_gap() {
        let mut tracker = tracker(7);
        assert_eq!(poll(&mut tracker, 3), Gap);
        assert_eq!((tracker.message(4), poll(&mut tracker, 4)), (Complete, Complete));
    }

    #[test]
    fn of_two_polls_at_once_the_later_answer_may_be_the_smaller() {
        let mut tracker = tracker(7);
        let (one, other) = (tracker.begin(START), tracker.begin(START));
        assert_eq!((tracker.answered(other, 9), tracker.answered(one, 8)), (Gap, Complete));
    }
}

//! How many requests may be made in a time.

mod fields;

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use fields::{RateLimitFields, Standing, whole_seconds};

/// At most so many requests in each period.
///
/// Periods follow each other from the Unix epoch on, so that every node knows where one
/// begins: the first request of a minute is counted anew, whenever the one before was
/// made. Around the end of a period, up to twice as many requests can come in the
/// length of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    count: NonZeroU64,
    seconds: NonZeroU64,
}

/// The text or the numbers are no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a limit is 1 to 10^15 requests in 1 second to 366 days, and a key or an owner has at most 4")]
pub struct InvalidLimit;

const MOST: u64 = 1_000_000_000_000_000;
const LONGEST: u64 = 366 * 24 * 3600;
const MANY: usize = 4;

impl Limit {
    /// `count` requests in each `period`, of whole seconds.
    ///
    /// # Errors
    /// When either is zero or too large, or the period has a fraction of a second.
    pub fn new(count: u64, period: Duration) -> Result<Self, InvalidLimit> {
        if period.subsec_nanos() != 0 {
            return Err(InvalidLimit);
        }
        let part = |number: u64, most| NonZeroU64::new(number).filter(|part| part.get() <= most);
        match (part(count, MOST), part(period.as_secs(), LONGEST)) {
            (Some(count), Some(seconds)) => Ok(Self { count, seconds }),
            _ => Err(InvalidLimit),
        }
    }

    /// So many of something in each minute; at least one.
    pub(crate) const fn per_minute(count: u32) -> Self {
        const MINUTE: NonZeroU64 = NonZeroU64::MIN.saturating_add(59);
        let more = (count as u64).saturating_sub(1);
        Self { count: NonZeroU64::MIN.saturating_add(more), seconds: MINUTE }
    }

    /// How many requests.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.count.get()
    }

    /// In how long a time.
    #[must_use]
    pub const fn period(self) -> Duration {
        Duration::from_secs(self.seconds.get())
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, self.seconds)
    }
}

impl FromStr for Limit {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (count, seconds) = text.split_once('/').ok_or(InvalidLimit)?;
        if !digits(count) || !digits(seconds) {
            return Err(InvalidLimit);
        }
        let number = |text: &str| text.parse().map_err(|_| InvalidLimit);
        Self::new(number(count)?, Duration::from_secs(number(seconds)?))
    }
}

/// The limits of one key or owner, each of which holds: none, or up to four. Cloning it
/// costs one reference count.
///
/// Written as text, a limit is the count, a slash and the period in seconds.
///
/// ```
/// use portcullis::Limits;
/// use std::time::Duration;
/// let limits = Limits::none()
///     .with(100, Duration::from_secs(60))?
///     .with(1_000, Duration::from_secs(3600))?;
/// assert_eq!(limits.to_string(), "100/60 1000/3600");
/// assert_eq!("100/60 1000/3600".parse(), Ok(limits));
/// assert_eq!("".parse(), Ok(Limits::none()));
/// # Ok::<(), portcullis::InvalidLimit>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits(Option<Arc<[Limit]>>);

impl Limits {
    /// No limit.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// ... and at most `count` requests in each `period`.
    ///
    /// # Errors
    /// When these are no [`Limit`], when there are four already, or when there is one for
    /// this period.
    pub fn with(self, count: u64, period: Duration) -> Result<Self, InvalidLimit> {
        let limit = Limit::new(count, period)?;
        let taken = self.iter().any(|held| held.seconds == limit.seconds);
        if taken || self.iter().count() == MANY {
            return Err(InvalidLimit);
        }
        Ok(Self(Some(self.iter().chain([limit]).collect())))
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Limit> + '_ {
        self.0.iter().flat_map(|limits| limits.iter().copied())
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, limit) in self.iter().enumerate() {
            let space = if number == 0 { "" } else { " " };
            write!(f, "{space}{limit}")?;
        }
        Ok(())
    }
}

impl FromStr for Limits {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        let words = text.split(' ').filter(|_| !text.is_empty());
        words.map(Limit::from_str).try_fold(Self::none(), |limits, limit| {
            let limit = limit?;
            limits.with(limit.count(), limit.period())
        })
    }
}

/// One budget that a request uses up, of its key or of an owner of it: what is counted
/// under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyBudget {
    /// The name of the counter: the same for every key of an owner.
    pub name: Arc<str>,
    /// How much there is.
    pub limit: Limit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_limit_is_refused() {
        for bad in
            ["0/60", "1/0", "1", "/", "1/", "/1", "+1/60", "1/6 0", " 1/60", "1/60 ", "1/60  2/61", "-1/1"]
        {
            assert_eq!(bad.parse::<Limits>(), Err(InvalidLimit), "{bad:?}");
        }
        for bad in [
            "1000000000000001/60",
            "1/31622401",
            "99999999999999999999/1",
            "1/60 2/60",
            "1/1 1/2 1/3 1/4 1/5",
        ] {
            assert_eq!(bad.parse::<Limits>(), Err(InvalidLimit), "{bad:?}");
        }
        assert_eq!(Limit::new(1, Duration::from_millis(1500)), Err(InvalidLimit));
    }
}

//! Turns, medians, and the table.

use std::time::{Duration, Instant};

const ROUNDS: usize = 301;

/// One piece of work.
pub struct Subject {
    /// The algorithm of its token.
    pub algorithm: &'static str,
    pub name: &'static str,
    /// Does the work so many times, and says how long that took.
    work: Box<dyn FnMut(u32) -> Duration>,
}

impl Subject {
    /// Work on what is made outside of the measure.
    pub fn on<T: 'static>(
        algorithm: &'static str,
        name: &'static str,
        mut make: impl FnMut() -> T + 'static,
        mut work: impl FnMut(T) + 'static,
    ) -> Self {
        const BATCH: u32 = 6;
        let mut made = Vec::with_capacity(6);
        let work = move |times: u32| {
            let mut total = Duration::ZERO;
            let mut left = times;
            while left > 0 {
                let batch = left.min(BATCH);
                left -= batch;
                made.extend((0..batch).map(|_| make()));
                let start = Instant::now();
                made.drain(..).for_each(&mut work);
                total += start.elapsed();
            }
            total
        };
        Self { algorithm, name, work: Box::new(work) }
    }
}

/// Measures all of them in turns: the median of each, in nanoseconds.
pub fn run(subjects: &mut [Subject]) -> Vec<f64> {
    let mut times: Vec<Vec<f64>> = subjects.iter().map(|_| Vec::with_capacity(ROUNDS)).collect();
    // The first rounds warm up.
    for round in 0..ROUNDS + 20 {
        for (subject, times) in subjects.iter_mut().zip(&mut times) {
            let count = if matches!(subject.algorithm, "HS256" | "SigV4") { 300 } else { 30 };
            let nanos = (subject.work)(count).as_secs_f64() * 1e9 / f64::from(count);
            if round >= 20 {
                times.push(nanos);
            }
        }
    }
    times.iter_mut().map(|times| median(times)).collect()
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Each with how many times the first one of its algorithm takes.
pub fn print(subjects: &[Subject], times: &[f64]) {
    println!("| algorithm | work | ns | of the first |");
    println!("|---|---|---|---|");
    for (subject, time) in subjects.iter().zip(times) {
        let first = subjects.iter().position(|other| other.algorithm == subject.algorithm);
        let of_first = first.and_then(|place| times.get(place)).map_or(f64::NAN, |first| time / first);
        println!("| {} | {} | {time:.0} | {of_first:.2} |", subject.algorithm, subject.name);
    }
}

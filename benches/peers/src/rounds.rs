//! Turns, medians, and the table.

use std::time::Instant;

/// How many rounds there are, and how many requests one has of each subject.
const ROUNDS: usize = 301;
const REQUESTS: u32 = 400;

/// One app that answers one request.
pub struct Subject<'a> {
    /// The framework.
    pub framework: &'static str,
    /// What is around the handler: `bare`, ours, or written by hand.
    pub around: &'static str,
    /// Makes a request and answers it.
    pub answer: Box<dyn FnMut() + 'a>,
}

impl<'a> Subject<'a> {
    pub fn new(framework: &'static str, around: &'static str, answer: impl FnMut() + 'a) -> Self {
        Self { framework, around, answer: Box::new(answer) }
    }
}

/// Measures all of them in turns and prints what was found.
pub fn run(subjects: &mut [Subject<'_>]) {
    let mut times: Vec<Vec<f64>> = subjects.iter().map(|_| Vec::with_capacity(ROUNDS)).collect();
    for round in 0..ROUNDS + 20 {
        for (subject, times) in subjects.iter_mut().zip(&mut times) {
            let begin = Instant::now();
            (0..REQUESTS).for_each(|_| (subject.answer)());
            let nanos = begin.elapsed().as_secs_f64() * 1e9 / f64::from(REQUESTS);
            // The first rounds warm up.
            if round >= 20 {
                times.push(nanos);
            }
        }
    }
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
    println!(
        "| framework | around the handler | request, ns | added, ns | added, of what is written by hand |"
    );
    println!("|---|---|---|---|---|");
    for (subject, time) in subjects.iter().zip(&medians) {
        let of = |around: &str| {
            let same = |other: &Subject<'_>| other.framework == subject.framework && other.around == around;
            subjects.iter().position(same).and_then(|place| medians.get(place))
        };
        let Some(bare) = of("bare") else { continue };
        let by_hand = of("by hand, jsonwebtoken").map(|by_hand| (time - bare) / (by_hand - bare));
        let ratio = by_hand.map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let Subject { framework, around, .. } = subject;
        println!("| {framework} | {around} | {time:.0} | {:.0} | {ratio} |", time - bare);
    }
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

//! Serves one row of the layer's bench, or does one step of a request, a number of times, for
//! a tool that counts instructions: `scripts/count-instructions` runs it under callgrind.
//!
//! ```text
//! instructions <row> <times>
//! ```

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout, reason = "a bench may panic and print")]

mod setup;

use std::hint::black_box;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [name, times] = arguments.as_slice() else {
        setup::all().iter().for_each(|row| println!("{}", row.name));
        setup::steps::all().iter().for_each(|step| println!("{}", step.name));
        return;
    };
    let times: usize = times.parse().expect("a number");
    let mut steps = setup::steps::all();
    if let Some(step) = steps.iter_mut().find(|step| step.name == name.as_str()) {
        (0..1000).for_each(|_| (step.run)());
        (0..times).for_each(|_| served_step(step));
        return;
    }
    let mut rows = setup::all();
    let row = rows.iter_mut().find(|row| row.name == name.as_str()).expect("a row of this name");
    (0..1000).for_each(|_| {
        black_box(row.answer());
    });
    // A few at a time: a request that was made long ago would be refused.
    for batch in (0..times).collect::<Vec<_>>().chunks(6) {
        let requests: Vec<_> = batch.iter().map(|_| (row.make)()).collect();
        for request in requests {
            assert_eq!(served(row, request), row.status, "{name}");
        }
    }
}

/// What is counted: one whole request.
#[inline(never)]
fn served(row: &mut setup::Bench, request: setup::Sent) -> http::StatusCode {
    (row.serve)(black_box(request))
}

/// What is counted of a step.
#[inline(never)]
fn served_step(step: &mut setup::steps::Step) {
    (step.run)();
}

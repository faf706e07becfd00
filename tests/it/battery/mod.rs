//! One battery for every framework: the same application, the same requests, byte for byte,
//! over a real connection, and the same answers.

mod app;
pub(crate) mod client;
mod equal;
mod forgotten;
pub(crate) mod going_away;
mod interleaved;
mod one_connection;
pub(crate) mod serve_actix;
mod serve_axum;
mod serve_tonic;
mod serve_tower;
pub(crate) mod server;
mod table;
mod tonic;

use app::App;
use client::{Answer, exchange};
use server::Framework;
use table::{ROWS, Row, Step};

/// What became of one step.
struct Came {
    answer: Answer,
    calls: usize,
}

/// Sends the steps of a row, one after the other, to an application of its own.
fn run<F: Framework>(row: &Row) -> Vec<Came> {
    let app = App::new(row.setup);
    let server = F::serve(&app);
    let mut before = 0;
    let steps = row.steps.iter().map(|step| {
        let answer = exchange(server.address, &step.ask);
        let calls = app.calls();
        Came { answer, calls: calls - std::mem::replace(&mut before, calls) }
    });
    steps.collect()
}

/// What is wrong with what came.
fn fault<F: Framework>(step: &Step, came: &Came) -> Option<String> {
    let expected = &step.expected;
    let right = match step.own(F::NAME) {
        Some(status) => came.answer.status == status && came.calls == 0,
        None => came.answer == expected.answer && came.calls == expected.calls,
    };
    let shown = |answer: &Answer| {
        let body: String = String::from_utf8_lossy(&answer.body).chars().take(300).collect();
        format!("{} {:?} {body}", answer.status, answer.headers)
    };
    (!right).then(|| {
        format!(
            "{} {:?}\n    expected {} calls, {}\n    came     {} calls, {}",
            step.ask.method,
            step.ask.target,
            expected.calls,
            shown(&expected.answer),
            came.calls,
            shown(&came.answer)
        )
    })
}

/// Runs every row on a framework.
fn the_table_holds<F: Framework>() {
    let (mut ran, mut faults) = (0, Vec::new());
    for row in table::rows() {
        for (step, came) in row.steps.iter().zip(run::<F>(&row)) {
            faults.extend(fault::<F>(step, &came).map(|fault| format!("{}: {fault}", row.name)));
        }
        ran += 1;
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    assert_eq!(ran, ROWS, "rows of the table that ran");
}

/// The tests that every framework has.
macro_rules! battery {
    ($($name:ident: $framework:ty;)*) => {$(
        mod $name {
            #[test]
            fn every_row_of_the_table_holds() {
                super::the_table_holds::<$framework>();
            }

            #[test]
            fn a_client_that_goes_away_while_the_store_is_asked_is_forgotten() {
                super::going_away::while_the_store_is_asked::<$framework>();
            }

            #[test]
            fn a_client_that_goes_away_within_its_body_has_claimed_nothing() {
                super::going_away::within_the_body::<$framework>();
            }

            #[test]
            fn users_whose_requests_interleave_keep_their_own_principals() {
                super::interleaved::users_keep_their_own_principals::<$framework>();
            }

            #[test]
            fn each_request_of_a_connection_is_decided_about() {
                super::one_connection::each_request_is_decided_about::<$framework>();
            }

            #[test]
            fn the_body_of_a_refused_request_is_no_request() {
                super::one_connection::a_body_is_no_request::<$framework>();
            }
        }
    )*};
}

battery! {
    tower: crate::battery::serve_tower::Tower;
    axum: crate::battery::serve_axum::Axum;
    actix: crate::battery::serve_actix::Actix;
}

//! No framework answers otherwise than another.

use super::serve_actix::Actix;
use super::serve_axum::Axum;
use super::serve_tower::Tower;
use super::server::Framework;
use super::table::{ROWS, rows};
use super::{Answer, run};

/// The answers to one row; none where the framework answers in words of its own.
fn answers<F: Framework>(row: &super::Row) -> Vec<Option<(Answer, usize)>> {
    let came = run::<F>(row).into_iter().zip(&row.steps);
    came.map(|(came, step)| step.own(F::NAME).is_none().then_some((came.answer, came.calls))).collect()
}

#[test]
fn tower_axum_and_actix_answer_every_row_alike() {
    let mut compared = 0;
    for row in rows() {
        let [tower, axum, actix] = [answers::<Tower>, answers::<Axum>, answers::<Actix>].map(|run| run(&row));
        for (n, step) in row.steps.iter().enumerate() {
            let name = format!("{}, step {n}: {} {}", row.name, step.ask.method, step.ask.target);
            let ours: Vec<_> = [&tower[n], &axum[n], &actix[n]].into_iter().flatten().collect();
            assert!(ours.windows(2).all(|pair| pair[0] == pair[1]), "{name}: {ours:?}");
        }
        compared += 1;
    }
    assert_eq!(compared, ROWS, "rows of the table that were compared");
}

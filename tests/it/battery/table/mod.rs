//! The table: every row is sent to every framework.

mod bodies;
mod budgets;
mod caches;
mod lines;
mod routes;
mod row;
mod schemes;
mod styles;
mod targets;

pub(crate) use row::{OverGrpc, Row, Step};
pub(crate) use row::{get, post};
pub(crate) use schemes::x_auth;

/// How many rows there are, and of these, how many run over gRPC. What adds or removes a row
/// says so here.
pub(crate) const ROWS: usize = 204;
pub(crate) const ROWS_OVER_GRPC: usize = 53;

pub(crate) fn rows() -> Vec<Row> {
    let groups = [
        lines::rows(),
        targets::rows(),
        schemes::rows(),
        bodies::rows(),
        styles::rows(),
        caches::rows(),
        routes::rows(),
        budgets::rows(),
    ];
    groups.into_iter().flatten().collect()
}

/// The challenges to a request that shows no credential, in the order of the chain.
pub(crate) const PLAIN: &[&str] = &["Bearer", "Api-Key", "Query-Signature", "X-Auth"];

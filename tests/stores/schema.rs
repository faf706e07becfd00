//! A place of a test's own in the PostgreSQL that a run shares.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, query_scalar};

use crate::servers::postgres_url;

/// A schema in PostgreSQL that goes when the test ends.
pub(crate) struct Schema(String);

impl Schema {
    /// Makes one in the database of `DATABASE_URL`.
    pub(crate) async fn create() -> Self {
        let mut connection = connect().await;
        let name = "SELECT 'portcullis_' || replace(gen_random_uuid()::text, '-', '')";
        let name: String = query_scalar(name).fetch_one(&mut connection).await.expect("a name");
        connection.execute(AssertSqlSafe(format!("CREATE SCHEMA {name}"))).await.expect("a schema");
        connection.close().await.expect("closed");
        Self(name)
    }

    /// The database, with this schema for every table.
    pub(crate) fn url(&self) -> String {
        let url = postgres_url();
        let next = if url.contains('?') { '&' } else { '?' };
        format!("{url}{next}options[search_path]={}", self.0)
    }
}

impl Drop for Schema {
    /// On a thread of its own, for the runtime of the test cannot be waited for here.
    fn drop(&mut self) {
        let statement = format!("DROP SCHEMA {} CASCADE", self.0);
        let drop = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                connect().await.execute(AssertSqlSafe(statement)).await.expect("dropped");
            });
        };
        let dropped = std::thread::spawn(drop).join();
        assert!(dropped.is_ok() || std::thread::panicking(), "the schema stays");
    }
}

async fn connect() -> PgConnection {
    PgConnection::connect(&postgres_url()).await.expect("the database of DATABASE_URL")
}

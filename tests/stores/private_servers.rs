//! The servers that tests stop and start are real: they go, come back, and keep what was
//! written.

use std::net::TcpStream;
use std::path::Path;

use redis::AsyncCommands;
use sqlx::postgres::PgPool;
use sqlx::{query, query_scalar};

use crate::servers::{OwnPostgres, OwnRedis, postgres_url, redis_url};

#[tokio::test]
async fn a_private_postgresql_starts_stops_and_keeps_its_data() {
    let server = OwnPostgres::new();
    let pool = PgPool::connect(server.url()).await.expect("it is up");
    let fsync: String = query_scalar("SHOW fsync").fetch_one(&pool).await.expect("a setting");
    assert_eq!(fsync, "on");
    query("CREATE TABLE kept (number int PRIMARY KEY)").execute(&pool).await.expect("a table");
    for (number, name) in [(1, "stop"), (2, "kill -9")] {
        query("INSERT INTO kept VALUES ($1)").bind(number).execute(&pool).await.expect("a row");
        if name == "stop" {
            server.stop()
        } else {
            server.kill_nine()
        }
        // Not through a pool, which goes on calling for half a minute.
        assert!(TcpStream::connect(address(server.url())).is_err(), "{name}: it is down");
        server.start();
        // No waiting: a server that has started answers.
        let again = PgPool::connect(server.url()).await.expect(name);
        let rows: i64 = query_scalar("SELECT count(*) FROM kept").fetch_one(&again).await.expect(name);
        assert_eq!(rows, i64::from(number), "{name}");
    }

    let folder: String = query_scalar("SHOW data_directory").fetch_one(&pool).await.expect("a setting");
    let address = address(server.url());
    assert!(Path::new(&folder).parent().expect("a folder").exists());
    drop(server);
    assert!(TcpStream::connect(address).is_err());
    assert!(!Path::new(&folder).parent().expect("a folder").exists());
}

#[tokio::test]
async fn a_private_redis_starts_stops_and_keeps_its_data() {
    let server = OwnRedis::new();
    let client = redis::Client::open(server.url()).expect("a URL");
    for (number, name) in [(1, "stop"), (2, "kill -9")] {
        let mut connection = client.get_multiplexed_async_connection().await.expect("it is up");
        let count: i64 = connection.incr("kept", 1).await.expect("a number");
        assert_eq!(count, number, "{name}");
        if name == "stop" {
            server.stop()
        } else {
            server.kill_nine()
        }
        assert!(TcpStream::connect(address(server.url())).is_err(), "{name}: it is down");
        server.start();
        let mut again = client.get_multiplexed_async_connection().await.expect(name);
        let count: i64 = again.get("kept").await.expect("a number");
        assert_eq!(count, number, "{name}");
    }

    let mut connection = client.get_multiplexed_async_connection().await.expect("it is up");
    let mut setting = async |name: &str| -> String {
        let setting = redis::cmd("CONFIG").arg("GET").arg(name).query_async(&mut connection).await;
        let [_, value]: [String; 2] = setting.expect("a setting");
        value
    };
    assert_eq!(setting("appendfsync").await, "always");
    let folder = setting("dir").await;
    let folder = Path::new(&folder);
    let address = address(server.url());
    assert!(folder.exists());
    drop(server);
    assert!(TcpStream::connect(address).is_err());
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_started_server_may_be_started_and_a_stopped_one_stopped() {
    let server = OwnRedis::new();
    server.start();
    server.stop();
    server.stop();
    server.kill_nine();
    server.start();
    assert!(TcpStream::connect(address(server.url())).is_ok());
}

#[tokio::test]
async fn the_shared_servers_answer() {
    let pool = PgPool::connect(&postgres_url()).await.expect("PostgreSQL");
    let one: i32 = query_scalar("SELECT 1").fetch_one(&pool).await.expect("an answer");
    assert_eq!(one, 1);
    let client = redis::Client::open(redis_url()).expect("a URL");
    let mut connection = client.get_multiplexed_async_connection().await.expect("Redis");
    let answer: String = redis::cmd("PING").query_async(&mut connection).await.expect("an answer");
    assert_eq!(answer, "PONG");
}

/// Host and port of a URL.
pub(crate) fn address(url: &str) -> String {
    let (_, rest) = url.split_once("://").expect("a URL");
    let authority = rest.split('/').next().expect("an authority");
    authority.rsplit('@').next().expect("an address").to_owned()
}

//! Settings from the environment, read once and reported on in one go.
//!
//! An [`Environment`] is gathered from the process and, if the application wants that,
//! from a `.env` file; the process wins. A [`SettingsReader`] takes values out of it and
//! collects everything that is wrong, so that an operator sees all of it at the first
//! start. The environment of the process is never modified.
//!
//! Every setting `NAME` can be given as `NAME_FILE` instead: the path of a file that
//! holds the value, such as a mounted Docker or Kubernetes secret.

mod env_file;
mod environment;
mod error;
mod reader;

pub use environment::{Environment, SettingsWarning};
pub use error::{Problem, SettingsError};
pub use reader::SettingsReader;

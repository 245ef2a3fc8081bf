//! Emulators by other teams, each a Python program in a virtual environment of its own.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use tempfile::TempDir;

use super::missing::Missing;
use super::ports::free_port;
use super::program::Program;

/// The longest wait for an emulator's answer: Python reads much from disk at the first start.
const START: Duration = Duration::from_mins(1);

/// A running emulator; it ends when this is dropped.
pub struct ThirdParty {
    endpoint: String,
    // Dropped in this order.
    _program: Program,
    _state: TempDir,
}

impl ThirdParty {
    /// ministack (`EKSACCESS_MINISTACK`: the Python that has it): IAM, STS, and EKS with access entries. It checks
    /// signatures, identity policies and trust. The root's keys are `test` and `test`, the account is 000000000000.
    pub fn ministack() -> Result<Self, Missing> {
        let port = free_port().to_string();
        let env = [("AUTH", "true"), ("BIND_HOST", "127.0.0.1"), ("GATEWAY_PORT", port.as_str())];
        Self::start(("ministack", "EKSACCESS_MINISTACK"), &["-m", "ministack.app"], &env, &port, "/_ministack/health")
    }

    /// moto (`EKSACCESS_MOTO`: the Python that has it): IAM and STS, without authorisation.
    pub fn moto() -> Result<Self, Missing> {
        let port = free_port().to_string();
        let args = ["-m", "moto.server", "-H", "127.0.0.1", "-p", port.as_str()];
        Self::start(("moto", "EKSACCESS_MOTO"), &args, &[], &port, "/moto-api/data.json")
    }

    /// The URL for every AWS endpoint.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn start(
        (name, variable): (&'static str, &'static str),
        args: &[&str],
        env: &[(&str, &str)],
        port: &str,
        health: &str,
    ) -> Result<Self, Missing> {
        let python = Missing::or_path(variable, "")?;
        let state = TempDir::new().expect("the temporary directory can be written");
        let env: Vec<_> = env.iter().map(|(name, value)| (*name, OsStr::new(value))).collect();
        let mut program = Program::start(name, &python, args, &env, state.path()).expect("a shell is there");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().expect("a port was printed")));
        program.wait_until("answering", START, || answers(address, health));
        Ok(Self { endpoint: format!("http://{address}"), _program: program, _state: state })
    }
}

/// Whether a GET of `path` returns 200.
fn answers(address: SocketAddr, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}

//! Child processes, which end with this process, however it ends.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

/// The executable of this process, even if the file was replaced meanwhile.
pub const THIS_PROGRAM: &str = "/proc/self/exe";
/// How long a server may take to answer after its start.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a child may take to end after SIGTERM.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// The kernel's unit of processor time in `/proc`, on every Linux there is.
const TICKS_PER_SECOND: f64 = 100.0;

/// A child process that gets SIGTERM when this is dropped, and SIGKILL from the kernel when this process
/// dies.
pub struct ChildProcess(Child);

/// How a child is started; see [`ChildProcess::spawn`].
pub struct Start<'a> {
    /// The program.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: &'a [&'a str],
    /// Variables besides those of this process that are not Cognate's.
    pub environment: &'a [(&'a str, OsString)],
    /// User and group, if it is not to run as this process does.
    pub account: Option<(u32, u32)>,
    /// Its standard output.
    pub output: Stdio,
    /// Its standard error.
    pub errors: Stdio,
}

impl ChildProcess {
    /// Starts `program` through `with-parent` (see [`exec_with_parent_death_signal`]).
    ///
    /// # Errors
    /// If the process cannot be started.
    pub fn start(program: &Path, arguments: &[&str], output: Stdio) -> anyhow::Result<Self> {
        Self::spawn(Start {
            program,
            arguments,
            environment: &[],
            account: None,
            output,
            errors: Stdio::inherit(),
        })
    }

    /// The same with more to choose. The child ends with the thread that calls this, too: call it
    /// on one that lives as long as the process.
    ///
    /// # Errors
    /// If the process cannot be started.
    pub fn spawn(start: Start<'_>) -> anyhow::Result<Self> {
        let mut command = Command::new(THIS_PROGRAM);
        command
            .env_clear()
            .args(["with-parent", &std::process::id().to_string()])
            .arg(start.program)
            .args(start.arguments)
            // The run does not use variables of the developer's shell.
            .envs(std::env::vars_os().filter(|(name, _)| {
                !name
                    .to_string_lossy()
                    .to_uppercase()
                    .starts_with("COGNATE_")
            }))
            .envs(start.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stderr(start.errors)
            .stdout(start.output);
        if let Some((user, group)) = start.account {
            command.uid(user).gid(group).current_dir("/");
        }
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", start.program.display()))?;
        Ok(Self(child))
    }

    /// Sends it a signal. One that has ended gets none.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, signal);
        }
    }

    /// Sends SIGKILL and waits for the end.
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }

    /// Its process id: that of the program, which takes the place of `with-parent`.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Waits for its end and returns what it printed.
    ///
    /// # Errors
    /// If it failed.
    pub fn output(mut self) -> anyhow::Result<String> {
        let mut text = String::new();
        if let Some(output) = &mut self.0.stdout {
            output.read_to_string(&mut text)?;
        }
        let status = self.0.wait()?;
        if !status.success() {
            bail!("ended with {status}: {text}");
        }
        Ok(text)
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        let asked = pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok());
        let begun = Instant::now();
        while asked && begun.elapsed() < STOP_TIMEOUT {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            pause(Duration::from_millis(5));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first step of a child: requests SIGKILL from the kernel at the end of its parent, and executes
/// the program. Returns only if that fails.
///
/// # Errors
/// Always: that is why it returned.
pub fn exec_with_parent_death_signal(
    parent: i32,
    program: &Path,
    arguments: &[String],
) -> anyhow::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let still = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    if still != Some(parent) {
        bail!("the parent has ended already");
    }
    let error = Command::new(program).args(arguments).exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}

/// A running server.
pub struct Server {
    process: ChildProcess,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to its first answer that it is ready.
    pub ready_after: Duration,
}

impl Server {
    /// Starts `program` and waits until `GET path` is answered with 200.
    ///
    /// # Errors
    /// If it ends, or does not answer in time.
    pub fn start(
        program: &Path,
        arguments: &[&str],
        address: SocketAddr,
        path: &str,
    ) -> anyhow::Result<Self> {
        let begun = Instant::now();
        let mut process = ChildProcess::start(program, arguments, Stdio::null())?;
        while !answers(address, path) {
            if let Some(status) = process.0.try_wait()? {
                bail!("{} ended with {status}", program.display());
            }
            if begun.elapsed() > START_TIMEOUT {
                bail!("{} does not answer", program.display());
            }
            pause(Duration::from_millis(1));
        }
        Ok(Self {
            process,
            address,
            ready_after: begun.elapsed(),
        })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Resident memory now, and the most it ever was, in bytes.
    pub fn memory(&self) -> (u64, u64) {
        let path = format!("/proc/{}/status", self.process.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name));
            let kib = value.and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok());
            kib.unwrap_or(0) * 1024
        };
        (line("VmRSS:"), line("VmHWM:"))
    }
}

fn answers(address: SocketAddr, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")
                .as_bytes(),
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

/// A loopback address that is free now.
///
/// # Errors
/// If there is none.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Waits without a runtime.
pub fn pause(duration: Duration) {
    std::thread::park_timeout(duration);
}

/// Processor time of a process so far, in seconds; 0 if it is gone.
pub fn cpu_of_process(pid: u32) -> f64 {
    stat(pid).map_or(0.0, |stat| ticks(&stat, &[11, 12]))
}

/// Processor time of a process, its living children and those it has waited for, in seconds.
pub fn cpu_of_process_tree(pid: u32) -> f64 {
    let own = stat(pid).map_or(0.0, |stat| ticks(&stat, &[11, 12, 13, 14]));
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let children: f64 = children
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|child| child.parse().ok())
        .map(cpu_of_process)
        .sum();
    own + children
}

/// CPU time of the whole machine so far, in seconds.
pub fn cpu_of_machine() -> f64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let fields: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    // user, nice, system, irq, softirq; not idle, waiting and what a hypervisor took
    ticks(&fields, &[1, 2, 3, 6, 7])
}

/// The parent of a process.
pub fn parent_of(pid: u32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}

/// The fields of `/proc/PID/stat` after the program's name, of which the first is the state.
fn stat(pid: u32) -> Option<Vec<String>> {
    let mut text = String::new();
    File::open(format!("/proc/{pid}/stat"))
        .and_then(|mut file| file.read_to_string(&mut text))
        .ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

fn ticks(stat: &[String], fields: &[usize]) -> f64 {
    let seconds = |field: &usize| stat.get(*field)?.parse::<f64>().ok();
    fields.iter().filter_map(seconds).sum::<f64>() / TICKS_PER_SECOND
}
